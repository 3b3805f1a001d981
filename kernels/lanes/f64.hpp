#pragma once

#include <cstdint>

#include "kernels/platform.hpp"

// Masses of several class members at once: a vector of doubles for each instruction set, with one
// set of names. Only operations whose result IEEE 754 fixes are here (and the build does not fuse a
// product with a sum), so that every width, and a GPU, computes the same bits.
namespace wend::kernels {

/// Width one: a CUDA thread, and the portable CPU path.
struct ScalarF64 {
  using F64 = double;
  using Mask = bool;
  static constexpr std::uint32_t kWidth = 1;
  WEND_HD static F64 splat(double value) { return value; }
  WEND_HD static F64 load(const double* at) { return *at; }
  WEND_HD static void store(double* at, F64 value) { *at = value; }
  WEND_HD static F64 add(F64 a, F64 b) {
#if defined(__CUDA_ARCH__)
    return __dadd_rn(a, b);
#else
    return a + b;
#endif
  }
  WEND_HD static F64 multiply(F64 a, F64 b) {
#if defined(__CUDA_ARCH__)
    return __dmul_rn(a, b);
#else
    return a * b;
#endif
  }
  WEND_HD static F64 maximum(F64 a, F64 b) { return a > b ? a : b; }
  /// maximum(a, b) where the mask is set, else a.
  WEND_HD static F64 maximum_where(Mask mask, F64 a, F64 b) { return mask && b > a ? b : a; }
  WEND_HD static F64 select(Mask mask, F64 yes, F64 no) { return mask ? yes : no; }
  /// value where it is at least `least`, else 0.
  WEND_HD static F64 flush_below(F64 value, F64 least) { return value >= least ? value : 0.0; }
  WEND_HD static Mask within(F64 value, F64 low, F64 high) { return value >= low && value <= high; }
  WEND_HD static Mask below(F64 value, F64 limit) { return value < limit; }
  WEND_HD static Mask mask_or(Mask a, Mask b) { return a || b; }
  WEND_HD static Mask mask_and(Mask a, Mask b) { return a && b; }
  WEND_HD static std::uint32_t bits(Mask mask) { return mask ? 1U : 0U; }
  WEND_HD static Mask from_bits(std::uint32_t bits) { return (bits & 1U) != 0; }
  /// True where the words have any bit of `pattern`.
  WEND_HD static Mask any_bit(const std::uint64_t* words, std::uint64_t pattern) {
    return (*words & pattern) != 0;
  }
  /// True where the words equal `value` in all bits of `pattern`.
  WEND_HD static Mask same_bits(const std::uint64_t* words, std::uint64_t value,
                                std::uint64_t pattern) {
    return ((*words ^ value) & pattern) == 0;
  }
  /// table[index[lane] * stride + offset].
  WEND_HD static F64 gather(const double* table, const std::uint32_t* index, std::uint32_t stride,
                            std::uint32_t offset) {
    return table[static_cast<std::uint64_t>(*index) * stride + offset];
  }
};

}  // namespace wend::kernels
