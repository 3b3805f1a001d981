#pragma once

#include <cstdint>
#include <cub/block/block_reduce.cuh>
#include <cub/block/block_scan.cuh>

#include "kernels/lanes/scalar.hpp"
#include "kernels/walk/rule.hpp"

namespace wend::kernels {

/// The threads of a block, which make a row together (kernels/lockstep/make_row.hpp): thread i has
/// what is at i, i + kSize, .. of a row. All threads of the block must call sync and the
/// reductions, and all get the result. Rows of kSize > 32 are any; a warp makes rows of at most 32
/// outcomes.
template <std::uint32_t kThreads>
class BlockRowGroup {
 public:
  static constexpr std::uint32_t kSize = kThreads;
  static_assert(kSize == kPartialSums || kSize == 32);

  static constexpr int kBlock = static_cast<int>(kThreads);

  using Count = unsigned long long;
  using ReduceReal = cub::BlockReduce<double, kBlock>;
  using ReduceCount = cub::BlockReduce<Count, kBlock>;
  using ScanCount = cub::BlockScan<Count, kBlock>;

  /// In shared memory.
  struct Exchange {
    double partial[kThreads];
    union {
      typename ReduceReal::TempStorage real;
      typename ReduceCount::TempStorage count;
      typename ScanCount::TempStorage scan;
    };
    double real_result;
    Count count_result;
  };

  __device__ explicit BlockRowGroup(Exchange& exchange) : exchange_(exchange) {}

  [[nodiscard]] static __device__ std::uint32_t rank() { return threadIdx.x; }
  static __device__ void sync() { __syncthreads(); }

  /// In the order of kernels::ordered_sum, whose partial sums are a thread's each:
  /// fold_partial_sums with a thread a pair. CUB's reduction promises no order.
  template <class Value>
  [[nodiscard]] __device__ double sum(std::uint32_t count, const Value& value) const {
    double partial = 0;
    if (rank() < count) {
      partial = value(rank());
      for (std::uint32_t i = rank() + kSize; i < count; i += kSize)
        partial = ScalarF64::add(partial, value(i));
    }
    exchange_.partial[rank()] = partial;
    __syncthreads();
    std::uint32_t width = count < kSize ? count : kSize;
    for (std::uint32_t apart = kSize / 2; apart >= 1; apart /= 2) {
      if (width <= apart) continue;
      if (rank() < width - apart)
        exchange_.partial[rank()] =
            ScalarF64::add(exchange_.partial[rank()], exchange_.partial[apart + rank()]);
      width = apart;
      __syncthreads();
    }
    const double total = exchange_.partial[0];
    __syncthreads();  // now the next sum may write there
    return total;
  }

  /// What does not depend on an order is CUB's.
  template <class Value>
  [[nodiscard]] __device__ double maximum(std::uint32_t count, const Value& value) const {
    double largest = value(0U);
    for (std::uint32_t i = rank(); i < count; i += kSize)
      largest = ScalarF64::maximum(value(i), largest);
    largest = ReduceReal(exchange_.real).Reduce(largest, Larger{});
    if (rank() == 0) exchange_.real_result = largest;
    __syncthreads();
    largest = exchange_.real_result;
    __syncthreads();
    return largest;
  }

  template <class Holds>
  [[nodiscard]] __device__ std::uint32_t first_where(std::uint32_t count,
                                                     const Holds& holds) const {
    std::uint32_t first = rank();
    while (first < count && !holds(first)) first += kSize;
    const Count none = ~Count{0};
    const Count least = ~largest(first < count ? ~Count{first} : ~none);
    return least == none ? count : static_cast<std::uint32_t>(least);
  }

  [[nodiscard]] __device__ std::uint64_t sum(std::uint64_t value) const {
    return handed_out(ReduceCount(exchange_.count).Sum(Count{value}));
  }

  [[nodiscard]] __device__ std::uint64_t sum_before(std::uint64_t value) const {
    Count before = 0;
    ScanCount(exchange_.scan).ExclusiveSum(Count{value}, before);
    __syncthreads();
    return before;
  }

  /// Of units, of which there are 2^32 at most, the largest number, and the first outcome that has
  /// it: one number of both.
  __device__ void first_most(std::uint64_t& most, std::uint32_t& first) const {
    constexpr std::uint32_t kOutcomes = (1U << 20U) - 1;
    const Count both = largest(Count{most << 20U | (kOutcomes - first)});
    most = both >> 20U;
    first = kOutcomes - static_cast<std::uint32_t>(both & kOutcomes);
  }

 private:
  struct Larger {
    template <class T>
    __device__ T operator()(T a, T b) const {
      return a > b ? a : b;
    }
  };

  [[nodiscard]] __device__ Count largest(Count value) const {
    return handed_out(ReduceCount(exchange_.count).Reduce(value, Larger{}));
  }
  /// Thread 0's number.
  [[nodiscard]] __device__ Count handed_out(Count value) const {
    if (rank() == 0) exchange_.count_result = value;
    __syncthreads();
    value = exchange_.count_result;
    __syncthreads();
    return value;
  }

  Exchange& exchange_;
};

}  // namespace wend::kernels
