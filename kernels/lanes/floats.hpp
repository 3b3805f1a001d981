#pragma once

#include <cstdint>

#include "kernels/lanes/simd.hpp"
#include "kernels/platform.hpp"

#if defined(__AVX2__) || defined(__AVX512F__)
#include <immintrin.h>
#endif

// Lanes of floats, over which neural networks' sums of products are computed: a product and a sum
// in one rounding, which IEEE 754 fixes, so that every width comes to the same bits. A translation
// unit has the widths that it is compiled for.
namespace wend::kernels {

struct ScalarF32 {
  using F32 = float;
  static constexpr std::uint32_t kWidth = 1;
  WEND_HD static F32 splat(float value) { return value; }
  WEND_HD static F32 load(const float* at) { return *at; }
  WEND_HD static void store(float* at, F32 value) { *at = value; }
  /// a b + sum, rounded once.
  WEND_HD static F32 fused(F32 a, F32 b, F32 sum) { return __builtin_fmaf(a, b, sum); }
};

/// The float lanes of a width.
template <Simd kSimd>
struct FloatLanesOf;

#if defined(__AVX2__) && defined(__FMA__)
struct Avx2F32 {
  struct F32 {
    __m256 value;
  };
  static constexpr std::uint32_t kWidth = 8;
  WEND_HD static F32 splat(float value) { return {_mm256_set1_ps(value)}; }
  WEND_HD static F32 load(const float* at) { return {_mm256_loadu_ps(at)}; }
  WEND_HD static void store(float* at, F32 value) { _mm256_storeu_ps(at, value.value); }
  WEND_HD static F32 fused(F32 a, F32 b, F32 sum) {
    return {_mm256_fmadd_ps(a.value, b.value, sum.value)};
  }
};

template <>
struct FloatLanesOf<Simd::kAvx2> {
  using Type = Avx2F32;
};
#endif

#if defined(__AVX512F__)
struct Avx512F32 {
  struct F32 {
    __m512 value;
  };
  static constexpr std::uint32_t kWidth = 16;
  WEND_HD static F32 splat(float value) { return {_mm512_set1_ps(value)}; }
  WEND_HD static F32 load(const float* at) { return {_mm512_loadu_ps(at)}; }
  WEND_HD static void store(float* at, F32 value) { _mm512_storeu_ps(at, value.value); }
  WEND_HD static F32 fused(F32 a, F32 b, F32 sum) {
    return {_mm512_fmadd_ps(a.value, b.value, sum.value)};
  }
};

template <>
struct FloatLanesOf<Simd::kAvx512> {
  using Type = Avx512F32;
};
#endif

}  // namespace wend::kernels
