#pragma once

#include <immintrin.h>

#include <cstdint>

#include "kernels/lanes/concepts.hpp"
#include "kernels/lanes/f64.hpp"
#include "kernels/lanes/simd.hpp"
#include "kernels/lanes/words64_avx2.hpp"

// Only a translation unit that is compiled for AVX2 includes this.
namespace wend::kernels {

/// Four members. A mask is a vector whose elements are all ones or all zeros.
struct Avx2F64 {
  struct F64 {
    __m256d value;
  };
  struct Mask {
    __m256d value;
  };
  static constexpr std::uint32_t kWidth = 4;
  WEND_HD static F64 splat(double value) { return {_mm256_set1_pd(value)}; }
  WEND_HD static F64 load(const double* at) { return {_mm256_loadu_pd(at)}; }
  WEND_HD static void store(double* at, F64 value) { _mm256_storeu_pd(at, value.value); }
  WEND_HD static F64 add(F64 a, F64 b) { return {_mm256_add_pd(a.value, b.value)}; }
  WEND_HD static F64 multiply(F64 a, F64 b) { return {_mm256_mul_pd(a.value, b.value)}; }
  WEND_HD static F64 maximum(F64 a, F64 b) { return {_mm256_max_pd(a.value, b.value)}; }
  WEND_HD static F64 maximum_where(Mask mask, F64 a, F64 b) {
    return {_mm256_blendv_pd(a.value, _mm256_max_pd(a.value, b.value), mask.value)};
  }
  WEND_HD static F64 select(Mask mask, F64 yes, F64 no) {
    return {_mm256_blendv_pd(no.value, yes.value, mask.value)};
  }
  WEND_HD static F64 flush_below(F64 value, F64 least) {
    return {_mm256_and_pd(value.value, _mm256_cmp_pd(value.value, least.value, _CMP_GE_OQ))};
  }
  WEND_HD static Mask within(F64 value, F64 low, F64 high) {
    return {_mm256_and_pd(_mm256_cmp_pd(value.value, low.value, _CMP_GE_OQ),
                          _mm256_cmp_pd(value.value, high.value, _CMP_LE_OQ))};
  }
  WEND_HD static Mask below(F64 value, F64 limit) {
    return {_mm256_cmp_pd(value.value, limit.value, _CMP_LT_OQ)};
  }
  WEND_HD static Mask mask_or(Mask a, Mask b) { return {_mm256_or_pd(a.value, b.value)}; }
  WEND_HD static Mask mask_and(Mask a, Mask b) { return {_mm256_and_pd(a.value, b.value)}; }
  WEND_HD static std::uint32_t bits(Mask mask) {
    return static_cast<std::uint32_t>(_mm256_movemask_pd(mask.value));
  }
  WEND_HD static Mask from_bits(std::uint32_t bits) {
    const __m256i lane = _mm256_setr_epi64x(1, 2, 4, 8);
    const __m256i set = _mm256_and_si256(_mm256_set1_epi64x(bits & 0xFU), lane);
    return {_mm256_castsi256_pd(_mm256_cmpeq_epi64(set, lane))};
  }
  WEND_HD static Mask any_bit(const std::uint64_t* words, std::uint64_t pattern) {
    const __m256i found =
        _mm256_and_si256(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(words)),
                         _mm256_set1_epi64x(static_cast<long long>(pattern)));
    const __m256i none = _mm256_cmpeq_epi64(found, _mm256_setzero_si256());
    return {_mm256_castsi256_pd(_mm256_xor_si256(none, _mm256_set1_epi64x(-1)))};
  }
  WEND_HD static Mask same_bits(const std::uint64_t* words, std::uint64_t value,
                                std::uint64_t pattern) {
    const __m256i difference =
        _mm256_xor_si256(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(words)),
                         _mm256_set1_epi64x(static_cast<long long>(value)));
    const __m256i found =
        _mm256_and_si256(difference, _mm256_set1_epi64x(static_cast<long long>(pattern)));
    return {_mm256_castsi256_pd(_mm256_cmpeq_epi64(found, _mm256_setzero_si256()))};
  }
  WEND_HD static F64 gather(const double* table, const std::uint32_t* index, std::uint32_t stride,
                            std::uint32_t offset) {
    const __m256i rows =
        _mm256_cvtepu32_epi64(_mm_loadu_si128(reinterpret_cast<const __m128i*>(index)));
    const __m256i at =
        _mm256_add_epi64(_mm256_mul_epu32(rows, _mm256_set1_epi64x(static_cast<long long>(stride))),
                         _mm256_set1_epi64x(static_cast<long long>(offset)));
    return {_mm256_i64gather_pd(table, at, 8)};
  }
};

static_assert(SomeF64Lanes<Avx2F64>);

template <>
struct LanesOf<Simd::kAvx2> {
  using U32 = Avx2Lanes;
  using F64 = Avx2F64;
};

}  // namespace wend::kernels
