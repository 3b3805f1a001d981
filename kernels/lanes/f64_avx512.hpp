#pragma once

#include <immintrin.h>

#include <cstdint>

#include "kernels/lanes/concepts.hpp"
#include "kernels/lanes/f64.hpp"
#include "kernels/lanes/simd.hpp"
#include "kernels/lanes/words64_avx512.hpp"

// Only a translation unit that is compiled for AVX-512 (F, BW, DQ, VL) includes this.
namespace wend::kernels {

/// Eight members.
struct Avx512F64 {
  struct F64 {
    __m512d value;
  };
  struct Mask {
    __mmask8 value;
  };
  static constexpr std::uint32_t kWidth = 8;
  WEND_HD static F64 splat(double value) { return {_mm512_set1_pd(value)}; }
  WEND_HD static F64 load(const double* at) { return {_mm512_loadu_pd(at)}; }
  WEND_HD static void store(double* at, F64 value) { _mm512_storeu_pd(at, value.value); }
  WEND_HD static F64 add(F64 a, F64 b) { return {_mm512_add_pd(a.value, b.value)}; }
  WEND_HD static F64 multiply(F64 a, F64 b) { return {_mm512_mul_pd(a.value, b.value)}; }
  WEND_HD static F64 maximum(F64 a, F64 b) { return {_mm512_max_pd(a.value, b.value)}; }
  WEND_HD static F64 maximum_where(Mask mask, F64 a, F64 b) {
    return {_mm512_mask_max_pd(a.value, mask.value, a.value, b.value)};
  }
  WEND_HD static F64 select(Mask mask, F64 yes, F64 no) {
    return {_mm512_mask_mov_pd(no.value, mask.value, yes.value)};
  }
  WEND_HD static F64 flush_below(F64 value, F64 least) {
    return {
        _mm512_maskz_mov_pd(_mm512_cmp_pd_mask(value.value, least.value, _CMP_GE_OQ), value.value)};
  }
  WEND_HD static Mask within(F64 value, F64 low, F64 high) {
    return {_mm512_mask_cmp_pd_mask(_mm512_cmp_pd_mask(value.value, low.value, _CMP_GE_OQ),
                                    value.value, high.value, _CMP_LE_OQ)};
  }
  WEND_HD static Mask below(F64 value, F64 limit) {
    return {_mm512_cmp_pd_mask(value.value, limit.value, _CMP_LT_OQ)};
  }
  WEND_HD static Mask mask_or(Mask a, Mask b) { return {_kor_mask8(a.value, b.value)}; }
  WEND_HD static Mask mask_and(Mask a, Mask b) { return {_kand_mask8(a.value, b.value)}; }
  WEND_HD static std::uint32_t bits(Mask mask) { return _cvtmask8_u32(mask.value); }
  WEND_HD static Mask from_bits(std::uint32_t bits) { return {_cvtu32_mask8(bits & 0xFFU)}; }
  WEND_HD static Mask any_bit(const std::uint64_t* words, std::uint64_t pattern) {
    return {_mm512_test_epi64_mask(_mm512_loadu_si512(words),
                                   _mm512_set1_epi64(static_cast<long long>(pattern)))};
  }
  WEND_HD static Mask same_bits(const std::uint64_t* words, std::uint64_t value,
                                std::uint64_t pattern) {
    const __m512i difference = _mm512_xor_si512(_mm512_loadu_si512(words),
                                                _mm512_set1_epi64(static_cast<long long>(value)));
    return {
        _mm512_testn_epi64_mask(difference, _mm512_set1_epi64(static_cast<long long>(pattern)))};
  }
  WEND_HD static F64 gather(const double* table, const std::uint32_t* index, std::uint32_t stride,
                            std::uint32_t offset) {
    const __m512i rows =
        _mm512_cvtepu32_epi64(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(index)));
    const __m512i at =
        _mm512_add_epi64(_mm512_mul_epu32(rows, _mm512_set1_epi64(static_cast<long long>(stride))),
                         _mm512_set1_epi64(static_cast<long long>(offset)));
    return {_mm512_i64gather_pd(at, table, 8)};
  }
};

static_assert(SomeF64Lanes<Avx512F64>);

template <>
struct LanesOf<Simd::kAvx512> {
  using U32 = Avx512Lanes;
  using F64 = Avx512F64;
};

}  // namespace wend::kernels
