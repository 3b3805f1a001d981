#pragma once

#include <cstdint>

#include "kernels/elimination/concepts.hpp"
#include "kernels/elimination/members.hpp"
#include "kernels/lanes/scalar.hpp"

namespace wend::kernels {

/// The threads of a block, which own a path together: SoloGroup (host/elimination) for CUDA. Thread
/// i has the members at position i of every word, so that a word is one coalesced load. All threads
/// of the block must call sync and the reductions, and all get the result.
class BlockGroup {
 public:
  static constexpr std::uint32_t kSize = kMembersPerWord;
  /// One: the masses are read and written once a level, whatever is asked.
  static constexpr std::uint32_t kPending = 1;

  /// In shared memory.
  struct Exchange {
    double reals[kMembersPerWord];
    std::uint32_t counts[kMembersPerWord];
  };

  __device__ explicit BlockGroup(Exchange& exchange) : exchange_(exchange) {}

  [[nodiscard]] static __device__ std::uint32_t rank() { return threadIdx.x; }
  static __device__ void sync() { __syncthreads(); }

  /// The partial sums folded by halves, 32, 16, .. 1 apart, as ClassPathWalk::fold folds those of a
  /// group of one. Not CUB's BlockReduce: its order is its own affair, may change with its version
  /// or the architecture, and would give other bits than the CPU.
  [[nodiscard]] __device__ double sum(double value) const {
    return reduce(value, exchange_.reals, [](double a, double b) { return ScalarF64::add(a, b); });
  }
  [[nodiscard]] __device__ double maximum(double value) const {
    return reduce(value, exchange_.reals,
                  [](double a, double b) { return ScalarF64::maximum(a, b); });
  }
  [[nodiscard]] __device__ std::uint32_t sum(std::uint32_t value) const {
    return reduce(value, exchange_.counts, [](std::uint32_t a, std::uint32_t b) { return a + b; });
  }
  [[nodiscard]] __device__ std::uint32_t minimum(std::uint32_t value) const {
    return reduce(value, exchange_.counts,
                  [](std::uint32_t a, std::uint32_t b) { return a < b ? a : b; });
  }

  /// A word of 64 bits is two of 32, a warp's each. A warp reads and writes its own alone: so
  /// warps need not wait for each other, and all threads of one take the same branches.
  [[nodiscard]] static __device__ std::uint64_t load_word(const std::uint64_t* word) {
    const std::uint32_t half = reinterpret_cast<const std::uint32_t*>(word)[warp()];
    return static_cast<std::uint64_t>(half) << (warp() * kWarp);
  }
  /// `bits`: this thread's, bit rank() or none.
  static __device__ void store_word(std::uint64_t* word, std::uint64_t bits) {
    const std::uint32_t half = __ballot_sync(kAll, bits != 0);
    if (threadIdx.x % kWarp == 0) reinterpret_cast<std::uint32_t*>(word)[warp()] = half;
    __syncwarp();
  }
  [[nodiscard]] static __device__ std::uint32_t population(std::uint64_t bits) {
    return static_cast<std::uint32_t>(__popcll(static_cast<long long>(bits)));
  }
  /// Number of the lowest bit that is set; bits != 0.
  [[nodiscard]] static __device__ std::uint32_t lowest(std::uint64_t bits) {
    return static_cast<std::uint32_t>(__ffsll(static_cast<long long>(bits)) - 1);
  }

 private:
  static constexpr std::uint32_t kWarp = 32;
  static constexpr unsigned kAll = ~0U;
  static_assert(kMembersPerWord == 2 * kWarp);

  [[nodiscard]] static __device__ std::uint32_t warp() { return threadIdx.x / kWarp; }

  /// Every thread folds the whole word, its own end first: `combine` commutes to the bit, so that
  /// all of them have thread 0's result and none has to hand it out.
  template <class T, class Combine>
  __device__ T reduce(T value, T* exchange, Combine combine) const {
    exchange[rank()] = value;
    __syncthreads();
    value = combine(value, exchange[rank() ^ kWarp]);
    __syncthreads();  // now the next reduction may write there
#pragma unroll
    for (unsigned apart = kWarp / 2; apart >= 1; apart /= 2)
      value = combine(value, __shfl_xor_sync(kAll, value, apart));
    return value;
  }

  Exchange& exchange_;
};
static_assert(SomeGroup<BlockGroup>);

}  // namespace wend::kernels
