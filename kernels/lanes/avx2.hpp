#pragma once

#include <immintrin.h>

#include <cstdint>

#include "kernels/lanes/concepts.hpp"
#include "kernels/lanes/scalar.hpp"
#include "kernels/lanes/simd.hpp"
#include "kernels/lanes/words64.hpp"

// Eight chains that step together, in AVX2 registers. Only a translation unit that is compiled for
// AVX2 includes this, and only after the CPU has been asked does it run.
namespace wend::kernels {

struct U32x8 {
  __m256i value;
  WEND_HD U32x8() = default;
  WEND_HD explicit U32x8(__m256i v) : value(v) {}
  WEND_HD U32x8(std::uint32_t v) : value(_mm256_set1_epi32(static_cast<int>(v))) {}
};

/// All ones where set.
struct Mask8 {
  __m256i value;
};

struct U64x4;

struct Avx2Lanes {
  using U32 = U32x8;
  using Mask = Mask8;
  using U64 = U64x4;
  static constexpr std::uint32_t kWidth = 8;
  static constexpr std::uint32_t kRegisters = 16;
  WEND_HD static U32 splat(std::uint32_t value) { return U32(value); }
  WEND_HD static U32 iota() { return U32(_mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7)); }
  WEND_HD static U32 one_where(Mask mask) { return U32(_mm256_srli_epi32(mask.value, 31)); }
  WEND_HD static std::uint32_t bits(Mask mask) {
    return static_cast<std::uint32_t>(_mm256_movemask_ps(_mm256_castsi256_ps(mask.value)));
  }
  WEND_HD static bool any(Mask mask) { return bits(mask) != 0; }
  WEND_HD static std::uint32_t get(const U32& lanes, std::uint32_t lane) {
    std::uint32_t value;
    __builtin_memcpy(&value, reinterpret_cast<const char*>(&lanes) + 4 * lane, 4);
    return value;
  }
  WEND_HD static void set(U32& lanes, std::uint32_t lane, std::uint32_t value) {
    __builtin_memcpy(reinterpret_cast<char*>(&lanes) + 4 * lane, &value, 4);
  }
};

WEND_HD U32x8 operator+(U32x8 a, U32x8 b) { return U32x8(_mm256_add_epi32(a.value, b.value)); }
WEND_HD U32x8 operator-(U32x8 a, U32x8 b) { return U32x8(_mm256_sub_epi32(a.value, b.value)); }
WEND_HD U32x8 operator*(U32x8 a, U32x8 b) { return U32x8(_mm256_mullo_epi32(a.value, b.value)); }
WEND_HD U32x8 operator&(U32x8 a, U32x8 b) { return U32x8(_mm256_and_si256(a.value, b.value)); }
WEND_HD U32x8 operator|(U32x8 a, U32x8 b) { return U32x8(_mm256_or_si256(a.value, b.value)); }
WEND_HD U32x8 operator<<(U32x8 a, std::uint32_t count) {
  return U32x8(_mm256_sll_epi32(a.value, _mm_cvtsi32_si128(static_cast<int>(count))));
}
WEND_HD U32x8 operator>>(U32x8 a, std::uint32_t count) {
  return U32x8(_mm256_srl_epi32(a.value, _mm_cvtsi32_si128(static_cast<int>(count))));
}

WEND_HD U32x8 select(Mask8 mask, U32x8 yes, U32x8 no) {
  return U32x8(_mm256_blendv_epi8(no.value, yes.value, mask.value));
}
WEND_HD U32x8 min_u32(U32x8 a, U32x8 b) { return U32x8(_mm256_min_epu32(a.value, b.value)); }
WEND_HD Mask8 at_least(U32x8 a, U32x8 b) {
  return {_mm256_cmpeq_epi32(_mm256_max_epu32(a.value, b.value), a.value)};
}
WEND_HD Mask8 less(U32x8 a, U32x8 b) {
  const __m256i sign = _mm256_set1_epi32(static_cast<int>(0x80000000U));
  return {_mm256_cmpgt_epi32(_mm256_xor_si256(b.value, sign), _mm256_xor_si256(a.value, sign))};
}
WEND_HD Mask8 equal(U32x8 a, U32x8 b) { return {_mm256_cmpeq_epi32(a.value, b.value)}; }
WEND_HD Mask8 mask_or(Mask8 a, Mask8 b) { return {_mm256_or_si256(a.value, b.value)}; }
WEND_HD Mask8 mask_and(Mask8 a, Mask8 b) { return {_mm256_and_si256(a.value, b.value)}; }
WEND_HD Mask8 mask_and_not(Mask8 a, Mask8 b) { return {_mm256_andnot_si256(b.value, a.value)}; }
WEND_HD Mask8 neither(Mask8 a, Mask8 b) {
  return {_mm256_andnot_si256(_mm256_or_si256(a.value, b.value), _mm256_set1_epi32(-1))};
}
WEND_HD U32x8 add_mask(U32x8 value, Mask8 mask) {
  return U32x8(_mm256_sub_epi32(value.value, mask.value));
}
WEND_HD U32x8 subtract_mask(U32x8 value, Mask8 mask) {
  return U32x8(_mm256_add_epi32(value.value, mask.value));
}
WEND_HD Mask8 zero_where(Mask8 mask, U32x8 value) {
  return {_mm256_and_si256(mask.value, _mm256_cmpeq_epi32(value.value, _mm256_setzero_si256()))};
}
WEND_HD U32x8 multiply_high(U32x8 a, U32x8 b) {
  const __m256i even = _mm256_mul_epu32(a.value, b.value);
  const __m256i odd =
      _mm256_mul_epu32(_mm256_srli_epi64(a.value, 32), _mm256_srli_epi64(b.value, 32));
  return U32x8(_mm256_blend_epi32(_mm256_srli_epi64(even, 32), odd, 0xAA));
}

/// Loads of one pair each: as fast as the gather instruction, and indices are unsigned.
WEND_HD __m256 gather_pairs(const std::uint32_t* base, std::uint32_t a, std::uint32_t b,
                            std::uint32_t c, std::uint32_t d) {
  const auto* pairs = reinterpret_cast<const __m64*>(base);
  const __m128 none = _mm_setzero_ps();
  const __m128 low = _mm_loadh_pi(_mm_loadl_pi(none, pairs + a), pairs + b);
  const __m128 high = _mm_loadh_pi(_mm_loadl_pi(none, pairs + c), pairs + d);
  return _mm256_insertf128_ps(_mm256_castps128_ps256(low), high, 1);
}

WEND_HD void store_lanes(std::uint32_t* at, U32x8 lanes) {
  _mm256_store_si256(reinterpret_cast<__m256i*>(at), lanes.value);
}

/// Loads entries of two words whose places (in pairs of words) lie in memory.
WEND_HD void gather_entries(const std::uint32_t* base, const std::uint32_t* at, U32x8 (&entry)[2]) {
  const __m256 a = gather_pairs(base, at[0], at[1], at[4], at[5]);
  const __m256 b = gather_pairs(base, at[2], at[3], at[6], at[7]);
  entry[0] = U32x8(_mm256_castps_si256(_mm256_shuffle_ps(a, b, 0x88)));
  entry[1] = U32x8(_mm256_castps_si256(_mm256_shuffle_ps(a, b, 0xDD)));
}

/// The same for entries of four words, from any place on, which are then transposed.
WEND_HD void gather_entries(const std::uint32_t* base, const std::uint32_t* at, U32x8 (&entry)[4]) {
  const auto quad = [base](std::uint32_t i) __attribute__((always_inline)) {
    const auto* pairs = reinterpret_cast<const std::uint64_t*>(base);
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(pairs + i));
  };
  __m256i lane[4];  // lane[i]: the entries of lanes i and i + 4
  for (std::uint32_t i = 0; i < 4; ++i)
    lane[i] = _mm256_inserti128_si256(_mm256_castsi128_si256(quad(at[i])), quad(at[i + 4]), 1);
  const __m256i low01 = _mm256_unpacklo_epi32(lane[0], lane[1]);
  const __m256i high01 = _mm256_unpackhi_epi32(lane[0], lane[1]);
  const __m256i low23 = _mm256_unpacklo_epi32(lane[2], lane[3]);
  const __m256i high23 = _mm256_unpackhi_epi32(lane[2], lane[3]);
  entry[0] = U32x8(_mm256_unpacklo_epi64(low01, low23));
  entry[1] = U32x8(_mm256_unpackhi_epi64(low01, low23));
  entry[2] = U32x8(_mm256_unpacklo_epi64(high01, high23));
  entry[3] = U32x8(_mm256_unpackhi_epi64(high01, high23));
}

/// Addresses of words: path[place] where the mask is set, else next[place].
WEND_HD void store_sources(const std::uint32_t** sources, Mask8 from_path,
                           const std::uint32_t* path, const std::uint32_t* next, U32x8 place) {
  const __m256i path_base = _mm256_set1_epi64x(reinterpret_cast<std::int64_t>(path));
  const __m256i next_base = _mm256_set1_epi64x(reinterpret_cast<std::int64_t>(next));
  const auto half = [=](__m128i mask, __m128i index) __attribute__((always_inline)) {
    return _mm256_add_epi64(_mm256_slli_epi64(_mm256_cvtepu32_epi64(index), 2),
                            _mm256_blendv_epi8(next_base, path_base, _mm256_cvtepi32_epi64(mask)));
  };
  auto* out = reinterpret_cast<__m256i*>(sources);
  _mm256_store_si256(
      out, half(_mm256_castsi256_si128(from_path.value), _mm256_castsi256_si128(place.value)));
  _mm256_store_si256(out + 1, half(_mm256_extracti128_si256(from_path.value, 1),
                                   _mm256_extracti128_si256(place.value, 1)));
}

WEND_HD void load_sources(const std::uint32_t* const* sources, U32x8& words) {
  const auto four = [](const std::uint32_t* const* at) __attribute__((always_inline)) {
    __m128i quad = _mm_cvtsi32_si128(static_cast<int>(*at[0]));
    quad = _mm_insert_epi32(quad, static_cast<int>(*at[1]), 1);
    quad = _mm_insert_epi32(quad, static_cast<int>(*at[2]), 2);
    return _mm_insert_epi32(quad, static_cast<int>(*at[3]), 3);
  };
  words =
      U32x8(_mm256_inserti128_si256(_mm256_castsi128_si256(four(sources)), four(sources + 4), 1));
}

/// Loads words whose places lie in memory.
WEND_HD void gather_words(const std::uint32_t* base, const std::uint32_t* at, U32x8& words) {
  const auto four = [base](const std::uint32_t* here) __attribute__((always_inline)) {
    __m128i quad = _mm_cvtsi32_si128(static_cast<int>(base[here[0]]));
    quad = _mm_insert_epi32(quad, static_cast<int>(base[here[1]]), 1);
    quad = _mm_insert_epi32(quad, static_cast<int>(base[here[2]]), 2);
    return _mm_insert_epi32(quad, static_cast<int>(base[here[3]]), 3);
  };
  words = U32x8(_mm256_inserti128_si256(_mm256_castsi128_si256(four(at)), four(at + 4), 1));
}

/// Four 64-bit lanes, for Philox: its words are the low halves, the high halves hold anything.
struct U64x4 {
  __m256i value;
};

WEND_HD U64x4 load_words(const std::uint64_t* words, U64x4) {
  return {_mm256_load_si256(reinterpret_cast<const __m256i*>(words))};
}
WEND_HD void store_words(std::uint64_t* words, U64x4 a) {
  _mm256_store_si256(reinterpret_cast<__m256i*>(words), a.value);
}
WEND_HD U64x4 add_words(U64x4 a, std::uint64_t b) {
  return {_mm256_add_epi64(a.value, _mm256_set1_epi64x(static_cast<std::int64_t>(b)))};
}
/// The 64-bit products of the low halves.
WEND_HD U64x4 multiply_words(U64x4 a, std::uint32_t b) {
  return {_mm256_mul_epu32(a.value, _mm256_set1_epi32(static_cast<int>(b)))};
}
WEND_HD U64x4 high_words(U64x4 a) { return {_mm256_srli_epi64(a.value, 32)}; }
WEND_HD U64x4 xor_words(U64x4 a, U64x4 b, std::uint32_t c) {
  return {
      _mm256_xor_si256(_mm256_xor_si256(a.value, b.value), _mm256_set1_epi32(static_cast<int>(c)))};
}
/// The words of the even lanes and of the odd lanes in one register.
WEND_HD U32x8 merge_words(U64x4 even, U64x4 odd) {
  return U32x8(_mm256_blend_epi32(even.value, _mm256_slli_epi64(odd.value, 32), 0xAA));
}

static_assert(SomeLanes<Avx2Lanes>);

// --- what words64.hpp needs ---------------------------------------------------------------------

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

// --- members of a class, as doubles
// ---------------------------------------------------------------

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
