#pragma once

#include <cstdint>

#include "kernels/platform.hpp"

// Transitions are written once, over "lanes": a type that holds one value for each of `kWidth`
// chains that step together. Here is the lane set of width one, for a CUDA thread and for the
// portable CPU path; avx2.hpp and avx512.hpp hold the wide ones with the same names.
namespace wend::kernels {

struct ScalarLanes {
  using U32 = std::uint32_t;
  using Mask = bool;
  static constexpr std::uint32_t kWidth = 1;
  WEND_HD static U32 splat(std::uint32_t value) { return value; }
  /// 0, 1, .. kWidth-1.
  WEND_HD static U32 iota() { return 0; }
  WEND_HD static U32 one_where(Mask mask) { return mask ? 1U : 0U; }
  /// The mask as bits, lane 0 lowest.
  WEND_HD static std::uint32_t bits(Mask mask) { return mask ? 1U : 0U; }
  WEND_HD static bool any(Mask mask) { return mask; }
  WEND_HD static std::uint32_t get(U32 lanes, std::uint32_t) { return lanes; }
  WEND_HD static void set(U32& lanes, std::uint32_t, std::uint32_t value) { lanes = value; }
};

WEND_HD std::uint32_t select(bool mask, std::uint32_t yes, std::uint32_t no) {
#if defined(__CUDA_ARCH__)
  return mask ? yes : no;
#else
  // A compiler might make this a branch, which no CPU could predict.
  return no ^ ((yes ^ no) & (0U - static_cast<std::uint32_t>(mask)));
#endif
}

WEND_HD std::uint32_t min_u32(std::uint32_t a, std::uint32_t b) { return a < b ? a : b; }

WEND_HD bool less(std::uint32_t a, std::uint32_t b) { return a < b; }
WEND_HD bool at_least(std::uint32_t a, std::uint32_t b) { return a >= b; }
WEND_HD bool equal(std::uint32_t a, std::uint32_t b) { return a == b; }
WEND_HD bool mask_or(bool a, bool b) { return a || b; }
WEND_HD bool mask_and(bool a, bool b) { return a && b; }
WEND_HD bool mask_and_not(bool a, bool b) { return a && !b; }
WEND_HD bool neither(bool a, bool b) { return !(a || b); }

/// value + 1 where the mask is set.
WEND_HD std::uint32_t add_mask(std::uint32_t value, bool mask) { return value + (mask ? 1U : 0U); }

/// value - 1 where the mask is set.
WEND_HD std::uint32_t subtract_mask(std::uint32_t value, bool mask) {
  return value - (mask ? 1U : 0U);
}

/// The lanes of the mask in which the value is 0.
WEND_HD bool zero_where(bool mask, std::uint32_t value) { return mask && value == 0; }

/// High word of the 32x32-bit product.
WEND_HD std::uint32_t multiply_high(std::uint32_t a, std::uint32_t b) {
  return static_cast<std::uint32_t>((static_cast<std::uint64_t>(a) * b) >> 32U);
}

/// Read-only table load; `base` must stay constant for the life of the kernel.
WEND_HD std::uint32_t gather(const std::uint32_t* base, std::uint32_t index) {
#if defined(__CUDA_ARCH__)
  return __ldg(base + index);
#else
  return base[index];
#endif
}

/// Asks for a table entry that a later step will load. A GPU hides latency by other threads.
WEND_HD void prefetch([[maybe_unused]] const std::uint32_t* entry) {
#if !defined(__CUDA_ARCH__)
  __builtin_prefetch(entry);
#endif
}

/// Loads the pair of words 2*index and 2*index+1; `base` is 8-byte aligned.
WEND_HD void gather_pair(const std::uint32_t* base, std::uint32_t index, std::uint32_t& low,
                         std::uint32_t& high) {
#if defined(__CUDA_ARCH__)
  const uint2 pair = __ldg(reinterpret_cast<const uint2*>(base) + index);
  low = pair.x;
  high = pair.y;
#else
  const std::uint32_t* pair = base + 2 * static_cast<std::uint64_t>(index);
  low = pair[0];
  high = pair[1];
#endif
}

/// Loads and stores of a chain's own path, which the kernel itself writes.
WEND_HD std::uint32_t load_path(const std::uint32_t* base, std::uint32_t index) {
  return base[index];
}
WEND_HD void store_path(std::uint32_t* base, std::uint32_t index, std::uint32_t value) {
  base[index] = value;
}

// --- members of a class, as doubles
// ---------------------------------------------------------------
//
// Masses of several class members at once: a vector of doubles for each instruction set, with one
// set of names. Only operations whose result IEEE 754 fixes are here (and the build does not fuse a
// product with a sum), so that every width, and a GPU, computes the same bits.

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
