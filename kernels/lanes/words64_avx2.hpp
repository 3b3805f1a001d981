#pragma once

#include "kernels/lanes/avx2.hpp"
#include "kernels/lanes/words64.hpp"

// What lanes64.hpp needs of AVX2's lanes.
namespace wend::kernels {

WEND_HD U32x8 shift_left(U32x8 value, U32x8 count) {
  return U32x8(_mm256_sllv_epi32(value.value, count.value));
}
WEND_HD U32x8 shift_right(U32x8 value, U32x8 count) {
  return U32x8(_mm256_srlv_epi32(value.value, count.value));
}
WEND_HD U32x8 operator^(U32x8 a, U32x8 b) { return U32x8(_mm256_xor_si256(a.value, b.value)); }

/// Writes first + lane for every lane of the mask to `list`, which has room for all lanes, and
/// returns their number.
WEND_HD std::uint32_t append_lanes(std::uint32_t* list, Mask8 mask, std::uint32_t first) {
  std::uint32_t count = 0;
  for (std::uint32_t left = Avx2Lanes::bits(mask); left != 0; left &= left - 1U)
    list[count++] = first + static_cast<std::uint32_t>(__builtin_ctz(left));
  return count;
}

}  // namespace wend::kernels
