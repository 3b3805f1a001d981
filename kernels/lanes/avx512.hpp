#pragma once

#include <immintrin.h>

#include <cstdint>

#include "kernels/lanes/concepts.hpp"
#include "kernels/lanes/scalar.hpp"
#include "kernels/lanes/simd.hpp"
#include "kernels/lanes/words64.hpp"

// Sixteen chains that step together, in AVX-512 registers. Only a translation unit that is compiled
// for AVX-512 (F, BW, DQ, VL) includes this, and only after the CPU has been asked does it run.
namespace wend::kernels {

struct U32x16 {
  __m512i value;
  WEND_HD U32x16() = default;
  WEND_HD explicit U32x16(__m512i v) : value(v) {}
  WEND_HD U32x16(std::uint32_t v) : value(_mm512_set1_epi32(static_cast<int>(v))) {}
};

struct Mask16 {
  __mmask16 value;
};

struct U64x8;

struct Avx512Lanes {
  using U32 = U32x16;
  using Mask = Mask16;
  using U64 = U64x8;
  static constexpr std::uint32_t kWidth = 16;
  static constexpr std::uint32_t kRegisters = 32;
  WEND_HD static U32 splat(std::uint32_t value) { return U32(value); }
  WEND_HD static U32 iota() {
    return U32(_mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));
  }
  WEND_HD static U32 one_where(Mask mask) {
    return U32(_mm512_maskz_mov_epi32(mask.value, _mm512_set1_epi32(1)));
  }
  WEND_HD static std::uint32_t bits(Mask mask) { return _cvtmask16_u32(mask.value); }
  WEND_HD static bool any(Mask mask) { return _kortestz_mask16_u8(mask.value, mask.value) == 0; }
  WEND_HD static std::uint32_t get(const U32& lanes, std::uint32_t lane) {
    std::uint32_t value;
    __builtin_memcpy(&value, reinterpret_cast<const char*>(&lanes) + 4 * lane, 4);
    return value;
  }
  WEND_HD static void set(U32& lanes, std::uint32_t lane, std::uint32_t value) {
    __builtin_memcpy(reinterpret_cast<char*>(&lanes) + 4 * lane, &value, 4);
  }
};

WEND_HD U32x16 operator+(U32x16 a, U32x16 b) { return U32x16(_mm512_add_epi32(a.value, b.value)); }
WEND_HD U32x16 operator-(U32x16 a, U32x16 b) { return U32x16(_mm512_sub_epi32(a.value, b.value)); }
WEND_HD U32x16 operator*(U32x16 a, U32x16 b) {
  return U32x16(_mm512_mullo_epi32(a.value, b.value));
}
WEND_HD U32x16 operator&(U32x16 a, U32x16 b) { return U32x16(_mm512_and_si512(a.value, b.value)); }
WEND_HD U32x16 operator|(U32x16 a, U32x16 b) { return U32x16(_mm512_or_si512(a.value, b.value)); }
WEND_HD U32x16 operator<<(U32x16 a, std::uint32_t count) {
  return U32x16(_mm512_sll_epi32(a.value, _mm_cvtsi32_si128(static_cast<int>(count))));
}
WEND_HD U32x16 operator>>(U32x16 a, std::uint32_t count) {
  return U32x16(_mm512_srl_epi32(a.value, _mm_cvtsi32_si128(static_cast<int>(count))));
}

WEND_HD U32x16 select(Mask16 mask, U32x16 yes, U32x16 no) {
  return U32x16(_mm512_mask_mov_epi32(no.value, mask.value, yes.value));
}
WEND_HD U32x16 min_u32(U32x16 a, U32x16 b) { return U32x16(_mm512_min_epu32(a.value, b.value)); }
WEND_HD Mask16 less(U32x16 a, U32x16 b) { return {_mm512_cmplt_epu32_mask(a.value, b.value)}; }
WEND_HD Mask16 at_least(U32x16 a, U32x16 b) { return {_mm512_cmpge_epu32_mask(a.value, b.value)}; }
WEND_HD Mask16 equal(U32x16 a, U32x16 b) { return {_mm512_cmpeq_epi32_mask(a.value, b.value)}; }
WEND_HD Mask16 mask_or(Mask16 a, Mask16 b) { return {_kor_mask16(a.value, b.value)}; }
WEND_HD Mask16 mask_and(Mask16 a, Mask16 b) { return {_kand_mask16(a.value, b.value)}; }
WEND_HD Mask16 mask_and_not(Mask16 a, Mask16 b) { return {_kandn_mask16(b.value, a.value)}; }
WEND_HD Mask16 neither(Mask16 a, Mask16 b) { return {_knot_mask16(_kor_mask16(a.value, b.value))}; }
WEND_HD U32x16 add_mask(U32x16 value, Mask16 mask) {
  return U32x16(_mm512_mask_sub_epi32(value.value, mask.value, value.value, _mm512_set1_epi32(-1)));
}
WEND_HD U32x16 subtract_mask(U32x16 value, Mask16 mask) {
  return U32x16(_mm512_mask_add_epi32(value.value, mask.value, value.value, _mm512_set1_epi32(-1)));
}
WEND_HD Mask16 zero_where(Mask16 mask, U32x16 value) {
  return {_mm512_mask_testn_epi32_mask(mask.value, value.value, value.value)};
}
WEND_HD U32x16 multiply_high(U32x16 a, U32x16 b) {
  const __m512i even = _mm512_mul_epu32(a.value, b.value);
  const __m512i odd =
      _mm512_mul_epu32(_mm512_srli_epi64(a.value, 32), _mm512_srli_epi64(b.value, 32));
  return U32x16(_mm512_mask_mov_epi32(_mm512_srli_epi64(even, 32), 0xAAAA, odd));
}

/// Two indices in memory, read at once.
struct IndexPair {
  std::uint32_t first;
  std::uint32_t second;
};
WEND_HD IndexPair index_pair(const std::uint32_t* at) {
  std::uint64_t both;
  __builtin_memcpy(&both, at, sizeof both);
  return {static_cast<std::uint32_t>(both), static_cast<std::uint32_t>(both >> 32U)};
}

/// The pairs of lanes at[0], at[1], of at[4], at[5], of at[8], at[9] and of at[12], at[13].
WEND_HD __m512 gather_half(const std::uint32_t* base, const std::uint32_t* at) {
  const auto* pairs = reinterpret_cast<const __m64*>(base);
  const auto two = [pairs](const std::uint32_t* here) __attribute__((always_inline)) {
    const IndexPair index = index_pair(here);
    return _mm_loadh_pi(_mm_loadl_pi(_mm_setzero_ps(), pairs + index.first), pairs + index.second);
  };
  const __m256 low = _mm256_insertf128_ps(_mm256_castps128_ps256(two(at)), two(at + 4), 1);
  const __m256 high = _mm256_insertf128_ps(_mm256_castps128_ps256(two(at + 8)), two(at + 12), 1);
  return _mm512_insertf32x8(_mm512_castps256_ps512(low), high, 1);
}

/// Loads entries of two words whose places (in pairs of words) have lain in memory for a while:
/// sixteen scalar loads, which take two thirds of the time of the gather instruction here
/// (docs/performance.md).
WEND_HD void gather_entries(const std::uint32_t* base, const std::uint32_t* at,
                            U32x16 (&entry)[2]) {
  const __m512 a = gather_half(base, at);
  const __m512 b = gather_half(base, at + 2);
  entry[0] = U32x16(_mm512_castps_si512(_mm512_shuffle_ps(a, b, 0x88)));
  entry[1] = U32x16(_mm512_castps_si512(_mm512_shuffle_ps(a, b, 0xDD)));
}

/// The same for entries of four words, from any place on, which are then transposed.
WEND_HD void gather_entries(const std::uint32_t* base, const std::uint32_t* at,
                            U32x16 (&entry)[4]) {
  const auto* pairs = reinterpret_cast<const std::uint64_t*>(base);
  const auto four = [pairs](std::uint32_t a, std::uint32_t b, std::uint32_t c, std::uint32_t d)
      __attribute__((always_inline)) {
    const auto quad = [pairs](std::uint32_t i) __attribute__((always_inline)) {
      return _mm_loadu_si128(reinterpret_cast<const __m128i*>(pairs + i));
    };
    const __m256i low = _mm256_inserti128_si256(_mm256_castsi128_si256(quad(a)), quad(b), 1);
    const __m256i high = _mm256_inserti128_si256(_mm256_castsi128_si256(quad(c)), quad(d), 1);
    return _mm512_inserti64x4(_mm512_castsi256_si512(low), high, 1);
  };
  __m512i lane[4];  // lane[i]: the entries of lanes i, i + 4, i + 8, i + 12
  for (std::uint32_t i = 0; i < 4; i += 2) {
    const IndexPair a = index_pair(at + i);
    const IndexPair b = index_pair(at + i + 4);
    const IndexPair c = index_pair(at + i + 8);
    const IndexPair d = index_pair(at + i + 12);
    lane[i] = four(a.first, b.first, c.first, d.first);
    lane[i + 1] = four(a.second, b.second, c.second, d.second);
  }
  const __m512i low01 = _mm512_unpacklo_epi32(lane[0], lane[1]);
  const __m512i high01 = _mm512_unpackhi_epi32(lane[0], lane[1]);
  const __m512i low23 = _mm512_unpacklo_epi32(lane[2], lane[3]);
  const __m512i high23 = _mm512_unpackhi_epi32(lane[2], lane[3]);
  entry[0] = U32x16(_mm512_unpacklo_epi64(low01, low23));
  entry[1] = U32x16(_mm512_unpackhi_epi64(low01, low23));
  entry[2] = U32x16(_mm512_unpacklo_epi64(high01, high23));
  entry[3] = U32x16(_mm512_unpackhi_epi64(high01, high23));
}

WEND_HD void store_lanes(std::uint32_t* at, U32x16 lanes) { _mm512_store_si512(at, lanes.value); }

/// Addresses of words: path[place] where the mask is set, else next[place].
WEND_HD void store_sources(const std::uint32_t** sources, Mask16 from_path,
                           const std::uint32_t* path, const std::uint32_t* next, U32x16 place) {
  const __m512i path_base = _mm512_set1_epi64(reinterpret_cast<std::int64_t>(path));
  const __m512i next_base = _mm512_set1_epi64(reinterpret_cast<std::int64_t>(next));
  const auto low_mask = static_cast<__mmask8>(from_path.value);
  const auto high_mask = static_cast<__mmask8>(from_path.value >> 8U);
  const __m512i low = _mm512_cvtepu32_epi64(_mm512_castsi512_si256(place.value));
  const __m512i high = _mm512_cvtepu32_epi64(_mm512_extracti64x4_epi64(place.value, 1));
  _mm512_store_si512(sources,
                     _mm512_add_epi64(_mm512_slli_epi64(low, 2),
                                      _mm512_mask_mov_epi64(next_base, low_mask, path_base)));
  _mm512_store_si512(sources + 8,
                     _mm512_add_epi64(_mm512_slli_epi64(high, 2),
                                      _mm512_mask_mov_epi64(next_base, high_mask, path_base)));
}

WEND_HD void load_sources(const std::uint32_t* const* sources, U32x16& words) {
  const auto four = [](const std::uint32_t* const* at) __attribute__((always_inline)) {
    __m128i quad = _mm_cvtsi32_si128(static_cast<int>(*at[0]));
    quad = _mm_insert_epi32(quad, static_cast<int>(*at[1]), 1);
    quad = _mm_insert_epi32(quad, static_cast<int>(*at[2]), 2);
    return _mm_insert_epi32(quad, static_cast<int>(*at[3]), 3);
  };
  const __m256i low =
      _mm256_inserti128_si256(_mm256_castsi128_si256(four(sources)), four(sources + 4), 1);
  const __m256i high =
      _mm256_inserti128_si256(_mm256_castsi128_si256(four(sources + 8)), four(sources + 12), 1);
  words = U32x16(_mm512_inserti64x4(_mm512_castsi256_si512(low), high, 1));
}

/// Loads words whose places lie in memory.
WEND_HD void gather_words(const std::uint32_t* base, const std::uint32_t* at, U32x16& words) {
  const auto four = [base](const std::uint32_t* here) __attribute__((always_inline)) {
    const IndexPair low = index_pair(here);
    const IndexPair high = index_pair(here + 2);
    __m128i quad = _mm_cvtsi32_si128(static_cast<int>(base[low.first]));
    quad = _mm_insert_epi32(quad, static_cast<int>(base[low.second]), 1);
    quad = _mm_insert_epi32(quad, static_cast<int>(base[high.first]), 2);
    return _mm_insert_epi32(quad, static_cast<int>(base[high.second]), 3);
  };
  const __m256i low = _mm256_inserti128_si256(_mm256_castsi128_si256(four(at)), four(at + 4), 1);
  const __m256i high =
      _mm256_inserti128_si256(_mm256_castsi128_si256(four(at + 8)), four(at + 12), 1);
  words = U32x16(_mm512_inserti64x4(_mm512_castsi256_si512(low), high, 1));
}

/// Eight 64-bit lanes, for Philox: its words are the low halves, the high halves hold anything.
struct U64x8 {
  __m512i value;
};

WEND_HD U64x8 load_words(const std::uint64_t* words, U64x8) { return {_mm512_load_si512(words)}; }
WEND_HD void store_words(std::uint64_t* words, U64x8 a) { _mm512_store_si512(words, a.value); }
WEND_HD U64x8 add_words(U64x8 a, std::uint64_t b) {
  return {_mm512_add_epi64(a.value, _mm512_set1_epi64(static_cast<std::int64_t>(b)))};
}
/// The 64-bit products of the low halves.
WEND_HD U64x8 multiply_words(U64x8 a, std::uint32_t b) {
  return {_mm512_mul_epu32(a.value, _mm512_set1_epi32(static_cast<int>(b)))};
}
WEND_HD U64x8 high_words(U64x8 a) { return {_mm512_maskz_srli_epi64(0xFF, a.value, 32)}; }
WEND_HD U64x8 xor_words(U64x8 a, U64x8 b, std::uint32_t c) {
  return {
      _mm512_ternarylogic_epi64(a.value, b.value, _mm512_set1_epi32(static_cast<int>(c)), 0x96)};
}
/// The words of the even lanes and of the odd lanes in one register.
WEND_HD U32x16 merge_words(U64x8 even, U64x8 odd) {
  return U32x16(_mm512_mask_shuffle_epi32(even.value, 0xAAAA, odd.value, _MM_PERM_CCAA));
}

static_assert(SomeLanes<Avx512Lanes>);

// --- what words64.hpp needs ---------------------------------------------------------------------

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

// --- members of a class, as doubles
// ---------------------------------------------------------------

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
