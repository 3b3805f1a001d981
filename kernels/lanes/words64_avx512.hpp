#pragma once

#include "kernels/lanes/avx512.hpp"
#include "kernels/lanes/words64.hpp"

// What lanes64.hpp needs of AVX-512's lanes.
namespace wend::kernels {

WEND_HD U32x16 shift_left(U32x16 value, U32x16 count) {
  return U32x16(_mm512_sllv_epi32(value.value, count.value));
}
WEND_HD U32x16 shift_right(U32x16 value, U32x16 count) {
  return U32x16(_mm512_srlv_epi32(value.value, count.value));
}
WEND_HD U32x16 operator^(U32x16 a, U32x16 b) { return U32x16(_mm512_xor_si512(a.value, b.value)); }

/// Writes first + lane for every lane of the mask to `list`, which has room for all lanes, and
/// returns their number.
WEND_HD std::uint32_t append_lanes(std::uint32_t* list, Mask16 mask, std::uint32_t first) {
  _mm512_storeu_si512(
      list, _mm512_maskz_compress_epi32(mask.value, (Avx512Lanes::iota() + U32x16(first)).value));
  return static_cast<std::uint32_t>(__builtin_popcount(Avx512Lanes::bits(mask)));
}

}  // namespace wend::kernels
