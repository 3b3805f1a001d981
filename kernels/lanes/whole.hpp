#pragma once

#include <cstdint>

#include "kernels/platform.hpp"

#if defined(__AVX512F__)
#include "kernels/lanes/avx512.hpp"
#elif defined(__AVX2__)
#include "kernels/lanes/avx2.hpp"
#endif

// Whole numbers in lanes of doubles (LanesOf<..>::F64). A translation unit has the width that it is
// compiled for.
namespace wend::kernels {

#if defined(__AVX2__) && !defined(__AVX512F__)
/// Rounded towards zero.
WEND_HD Avx2F64::F64 truncated(Avx2F64::F64 a) {
  return {_mm256_round_pd(a.value, _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC)};
}
/// Stores whole numbers below 2^32 as words.
WEND_HD void store_whole(std::uint32_t* at, Avx2F64::F64 a) {
  // The low halves of 2^52 + a.
  const __m256i bits = _mm256_castpd_si256(_mm256_add_pd(a.value, _mm256_set1_pd(0x1p52)));
  const __m256i low = _mm256_permutevar8x32_epi32(bits, _mm256_setr_epi32(0, 2, 4, 6, 0, 2, 4, 6));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(at), _mm256_castsi256_si128(low));
}
#endif

#if defined(__AVX512F__)
WEND_HD Avx512F64::F64 truncated(Avx512F64::F64 a) {
  return {_mm512_roundscale_pd(a.value, _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC)};
}
WEND_HD void store_whole(std::uint32_t* at, Avx512F64::F64 a) {
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(at), _mm512_cvttpd_epu32(a.value));
}
#endif

}  // namespace wend::kernels
