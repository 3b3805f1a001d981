// The noise of an estimate over prefixes: 2^x by products and sums, factors within kappa, and what
// they depend on. The one chi-square raises a false alarm at p < 1e-6.
#include "kernels/random/prefix_noise.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

#include "tests/support/chi_square.hpp"

namespace wend::test {
namespace {

using kernels::PrefixNoise;

TEST(ExactExp2, IsWithinAFewUnitsInTheLastPlace) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 100000; ++i) {
    const double x =
        (static_cast<double>(random() >> 11U) * 0x1p-53 - 0.5) * (i % 2 == 0 ? 2 : 2000);
    const double expected = std::exp2(x);
    ASSERT_NEAR(kernels::exact_exp2(x), expected, 2e-15 * expected) << x;
  }
  for (const int whole : {-1000, -1, 0, 1, 1000})
    EXPECT_EQ(kernels::exact_exp2(whole), std::ldexp(1.0, whole));
}

PrefixNoise noise(PrefixNoise::Model model, double kappa) {
  return {model, kappa, std::log2(kappa), 77};
}

TEST(PrefixNoise, IsWithinKappaAndFillsIt) {
  for (const double kappa : {1.0, 1.25, 30.0}) {
    const PrefixNoise iid = noise(PrefixNoise::Model::kIid, kappa);
    std::vector<std::uint64_t> found(20);
    for (std::uint32_t i = 0; i < 20000; ++i) {
      const double factor = iid.factor(1 + i % 7, kernels::extend_prefix(0, i));
      ASSERT_GE(factor, (1 - 1e-14) / kappa);
      ASSERT_LE(factor, (1 + 1e-14) * kappa);
      if (kappa > 1) {
        const double exponent = std::log(factor) / std::log(kappa);  // uniform in [-1, 1)
        ++found[std::min<std::size_t>(19, static_cast<std::size_t>((exponent + 1) * 10))];
      }
    }
    if (kappa > 1) {
      EXPECT_GT(chi_square_p(found, std::vector<double>(20, 1.0)), 1e-6) << kappa;
    }
  }
}

TEST(PrefixNoise, OfSignsIsAtItsBounds) {
  const PrefixNoise sign = noise(PrefixNoise::Model::kSign, 1.5);
  std::uint64_t above = 0;
  for (std::uint32_t i = 0; i < 10000; ++i) {
    const double factor = sign.factor(2, kernels::extend_prefix(0, i));
    above += factor > 1 ? 1U : 0U;
    ASSERT_TRUE(factor == 1.5 || factor == 1 / 1.5) << factor;
  }
  EXPECT_NEAR(static_cast<double>(above), 5000, 300);  // six standard deviations
  EXPECT_EQ(noise(PrefixNoise::Model::kNone, 1.5).factor(2, 9), 1.0);
}

TEST(PrefixNoise, DependsOnSeedDepthAndEverySymbol) {
  PrefixNoise iid = noise(PrefixNoise::Model::kIid, 2.0);
  const std::uint64_t prefix = kernels::extend_prefix(kernels::extend_prefix(0, 1), 0);
  const double factor = iid.factor(2, prefix);
  EXPECT_EQ(iid.factor(2, prefix), factor);
  EXPECT_NE(iid.factor(3, prefix), factor);
  EXPECT_NE(iid.factor(2, kernels::extend_prefix(kernels::extend_prefix(0, 0), 0)), factor);
  EXPECT_NE(iid.factor(2, kernels::extend_prefix(kernels::extend_prefix(0, 1), 1)), factor);
  EXPECT_NE(iid.factor(2, kernels::extend_prefix(kernels::extend_prefix(0, 0), 1)), factor);
  iid.seed = 78;
  EXPECT_NE(iid.factor(2, prefix), factor);
}

TEST(PrefixNoise, HasAStreamOfItsOwn) {
  const PrefixNoise iid = noise(PrefixNoise::Model::kIid, 2.0);
  const auto from = [](std::uint32_t purpose) {
    const kernels::DrawBlock block = kernels::draw_block(77, purpose, 3, 0x1234U >> 8U);
    const std::uint64_t bits = std::uint64_t{block.word[0]} << 21U | block.word[1] >> 11U;
    return std::exp2(std::ldexp(static_cast<double>(bits), -52) - 1.0);
  };
  EXPECT_NEAR(iid.factor(3, 0x1234U), from(kernels::kPurposeNoise), 1e-12);
  for (const std::uint32_t other : {kernels::kPurposeWalk, kernels::kPurposePilot,
                                    kernels::kPurposeClass, kernels::kPurposeReplicate})
    EXPECT_GT(std::abs(iid.factor(3, 0x1234U) - from(other)), 1e-6);
}

}  // namespace
}  // namespace wend::test
