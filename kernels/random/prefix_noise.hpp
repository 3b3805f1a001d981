#pragma once

#include <cstdint>

#include "kernels/lanes/scalar.hpp"
#include "kernels/random/philox.hpp"

// The noise of an estimate over prefixes too many to number: a pure function of the seed and the
// prefix, the same bits on every backend.
namespace wend::kernels {

/// Running 64-bit hash of a prefix; that of the root is 0. (The finaliser of splitmix64.)
WEND_HD std::uint64_t extend_prefix(std::uint64_t hash, std::uint32_t symbol) {
  std::uint64_t x = hash + 0x9E3779B97F4A7C15ULL * (static_cast<std::uint64_t>(symbol) + 1U);
  x = (x ^ (x >> 30U)) * 0xBF58476D1CE4E5B9ULL;
  x = (x ^ (x >> 27U)) * 0x94D049BB133111EBULL;
  return x ^ (x >> 31U);
}

/// 2^x for |x| <= 1000, within a few units in the last place. The C library's would do on one
/// machine, but not to the same bits on all: this is products and sums alone.
WEND_HD double exact_exp2(double x) {
  const int whole = static_cast<int>(x < 0 ? x - 0.5 : x + 0.5);
  const double y =
      ScalarF64::multiply(ScalarF64::add(x, -static_cast<double>(whole)), 0.69314718055994530942);
  // Taylor's series of e^y for |y| <= 0.35.
  double sum = 1.0;
  for (int k = 14; k >= 1; --k)
    sum = ScalarF64::add(1.0, ScalarF64::multiply(sum, y / static_cast<double>(k)));
  const std::uint64_t bits = static_cast<std::uint64_t>(whole + 1023) << 52U;
  double scale;
#if defined(__CUDA_ARCH__)
  scale = __longlong_as_double(static_cast<long long>(bits));
#else
  __builtin_memcpy(&scale, &bits, sizeof scale);
#endif
  return ScalarF64::multiply(sum, scale);
}

/// Noise of an estimate: exact, or a factor kappa^e with e uniform in [-1, 1) or e = +-1.
struct PrefixNoise {
  enum class Model : std::uint8_t { kNone, kIid, kSign };
  Model model = Model::kNone;
  double kappa = 1.0;
  double log2_kappa = 0.0;  ///< computed once, on the host
  std::uint64_t seed = 0;

  /// The factor at an interior node of depth >= 1.
  [[nodiscard]] WEND_HD double factor(std::uint32_t depth, std::uint64_t hash) const {
    if (model == Model::kNone) return 1.0;
    // A block number has 56 bits.
    const DrawBlock draws = draw_block(seed, kPurposeNoise, depth, hash >> 8U);
    if (model == Model::kSign) return (draws.word[0] & 1U) != 0 ? kappa : 1.0 / kappa;
    const std::uint64_t bits =
        (static_cast<std::uint64_t>(draws.word[0]) << 21U) | (draws.word[1] >> 11U);
    const double e = ScalarF64::add(ScalarF64::multiply(static_cast<double>(bits), 0x1p-52), -1.0);
    return exact_exp2(ScalarF64::multiply(e, log2_kappa));
  }
};

}  // namespace wend::kernels
