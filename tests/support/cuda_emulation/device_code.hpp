#pragma once

// The language of kernels, for the host's compiler: execution spaces, built-in variables, barriers,
// warps, atomics and intrinsics. A block's threads are fibres of one thread of the host, so that
// they stop at barriers (grid.cpp) and nothing of theirs happens at once.

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>

#include "tests/support/cuda_emulation/vector_types.hpp"

#define __host__
#define __device__
#define __global__
#define __forceinline__ inline __attribute__((always_inline))
#define __launch_bounds__(...)
#define __grid_constant__
// A block runs on one thread of the host, all of it before the next. What a block leaves there the
// next one finds, as on a GPU.
#define __shared__ thread_local

constinit inline thread_local uint3 threadIdx{};
constinit inline thread_local uint3 blockIdx{};
constinit inline thread_local dim3 blockDim{};
constinit inline thread_local dim3 gridDim{};

namespace cuda_emulation {

/// Where threads meet, and what for: those that meet must have come to the same call.
struct Meeting {
  enum class Kind : std::uint8_t { kBlock, kWarp, kVote, kShuffle, kReduction };
  Kind kind;
  const char* file;
  int line;
};

/// Stops the current thread until all threads of its block that have not ended have come.
void wait_for_block(const Meeting& meeting);
/// Stops it until the threads of its warp that are in `lanes` have come. The process ends with a
/// message if they cannot, or come to another meeting.
void wait_for_warp(std::uint32_t lanes, const Meeting& meeting);
/// The current thread's number in its warp, and the lanes that its warp has.
unsigned lane();
std::uint32_t warp_lanes();
/// Leaves 8 bytes for the threads of the warp that meet at its next barrier, and what lane `lane`
/// had left when this thread's last barrier let it go.
void post(std::uint64_t bits);
std::uint64_t posted_by(unsigned lane);

/// Hands `value` around among `lanes`, all of which must call; `read` gets a function from lane to
/// value.
template <class T, class Read>
void exchange(std::uint32_t lanes, T value, const Meeting& meeting, const Read& read) {
  static_assert(sizeof(T) <= sizeof(std::uint64_t));
  std::uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof value);
  post(bits);
  wait_for_warp(lanes, meeting);
  read([](unsigned from) {
    const std::uint64_t other_bits = posted_by(from);
    T other;
    std::memcpy(&other, &other_bits, sizeof other);
    return other;
  });
}

}  // namespace cuda_emulation

inline void __syncthreads(const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
  cuda_emulation::wait_for_block({cuda_emulation::Meeting::Kind::kBlock, file, line});
}
inline void __syncwarp(unsigned mask = 0xFFFFFFFFU, const char* file = __builtin_FILE(),
                       int line = __builtin_LINE()) {
  cuda_emulation::wait_for_warp(mask & cuda_emulation::warp_lanes(),
                                {cuda_emulation::Meeting::Kind::kWarp, file, line});
}

inline unsigned __ballot_sync(unsigned mask, bool predicate, const char* file = __builtin_FILE(),
                              int line = __builtin_LINE()) {
  unsigned votes = 0;
  cuda_emulation::exchange(mask, predicate, {cuda_emulation::Meeting::Kind::kVote, file, line},
                           [&](const auto& vote_of) {
                             for (unsigned lane = 0; lane < 32; ++lane)
                               if ((mask >> lane & 1U) != 0 && vote_of(lane)) votes |= 1U << lane;
                           });
  return votes;
}

template <class T>
T __shfl_xor_sync(unsigned mask, T value, unsigned apart, const char* file = __builtin_FILE(),
                  int line = __builtin_LINE()) {
  T other{};
  cuda_emulation::exchange(
      mask, value, {cuda_emulation::Meeting::Kind::kShuffle, file, line},
      [&](const auto& value_of) { other = value_of(cuda_emulation::lane() ^ apart); });
  return other;
}

template <class T>
T atomicAdd(T* to, T value) {
  const T before = *to;
  *to = before + value;
  return before;
}

template <class T>
T atomicAnd(T* to, T value) {
  const T before = *to;
  *to = before & value;
  return before;
}

template <class T>
T atomicMin(T* to, T value) {
  const T before = *to;
  *to = value < before ? value : before;
  return before;
}

template <class T>
T __ldg(const T* from) {
  return *from;
}

constexpr float __fadd_rn(float a, float b) { return a + b; }
constexpr float __fmul_rn(float a, float b) { return a * b; }
constexpr float __fdiv_rn(float a, float b) { return a / b; }
inline float __fsqrt_rn(float a) { return std::sqrt(a); }
inline float __fmaf_rn(float a, float b, float c) { return std::fma(a, b, c); }
constexpr double __dadd_rn(double a, double b) { return a + b; }
constexpr double __dsub_rn(double a, double b) { return a - b; }
constexpr double __dmul_rn(double a, double b) { return a * b; }
constexpr double __ddiv_rn(double a, double b) { return a / b; }
constexpr unsigned __umulhi(unsigned a, unsigned b) {
  return static_cast<unsigned>((static_cast<std::uint64_t>(a) * b) >> 32U);
}
constexpr int __popcll(long long bits) {
  return std::popcount(static_cast<unsigned long long>(bits));
}
constexpr int __ffsll(long long bits) {
  return bits == 0 ? 0 : std::countr_zero(static_cast<unsigned long long>(bits)) + 1;
}
constexpr double __longlong_as_double(long long bits) { return std::bit_cast<double>(bits); }
