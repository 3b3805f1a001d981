// How far from an answer a member's mass may be: nothing at a leaf, kappa above, and for either
// the relative 1e-9 that covers rounding.
#include <gtest/gtest.h>

#include "tests/support/coin_class.hpp"

namespace wend::test {
namespace {

TEST(ClassTolerance, ALeafsAnswerIsExact) {
  // A half, so that both symbols' masses are off by as much.
  const std::vector<double> zero = {0.5,
                                    0.5 * (1 + 1e-6),
                                    0.5 * (1 - 1e-6),
                                    0.5 * (1 + 1e-8),
                                    0.5 * (1 - 1e-8),
                                    0.5 * (1 + 1e-10),
                                    0.5 * (1 - 1e-10),
                                    0.5};
  for (const Simd simd : lane_widths()) {
    for (std::uint64_t number = 0; number < 6; ++number) {
      const CoinPath asked = ask_coins(1, zero, 3.0, simd, number, 100);
      ASSERT_EQ(asked.outcome.leaf_queries, 1U);
      EXPECT_EQ(asked.survives,
                (std::vector<bool>{true, false, false, false, false, true, true, true}));
      EXPECT_EQ(asked.outcome.survivors, 4U);
    }
  }
}

TEST(ClassTolerance, AnAnswerAboveTheLeavesIsWithinKappa) {
  constexpr double kKappa = 1.5;
  constexpr double kMass = 0.4;
  // Member 0 stands out among 57 that hardly ever draw a 0, with six at the ends of what its
  // answer allows.
  std::vector<double> zero(64, 0.01);
  zero[0] = kMass;
  zero[10] = kMass * kKappa * (1 + 1e-8);
  zero[20] = kMass * kKappa * (1 - 1e-8);
  zero[30] = kMass * kKappa * (1 + 1e-10);
  zero[40] = kMass / kKappa * (1 - 1e-8);
  zero[50] = kMass / kKappa * (1 + 1e-8);
  zero[60] = kMass / kKappa * (1 - 1e-10);
  for (const Simd simd : lane_widths()) {
    for (std::uint64_t number = 0; number < 6; ++number) {
      // The limit keeps the leaf, which would leave member 0 alone, from being asked.
      const CoinPath asked = ask_coins(2, zero, kKappa, simd, number, 1);
      ASSERT_EQ(asked.outcome.interior_queries, 1U);
      ASSERT_EQ(asked.outcome.status, kernels::PathStatus::kOutOfQueries);
      std::vector<bool> expected(64, false);
      for (const std::size_t i : {0U, 20U, 30U, 50U, 60U}) expected[i] = true;
      EXPECT_EQ(asked.survives, expected);
    }
  }
}

TEST(ClassTolerance, MassesFarBelowThePathAreNotToldApart) {
  // Below 2^-500 of the drawn member's mass no answer decides.
  const std::vector<double> zero = {0x1p-600, 0x1p-700, 0, 0x1p-490, 0.5, 0.5};
  for (const Simd simd : lane_widths()) {
    std::uint64_t drawn = 0;
    for (std::uint64_t number = 0; number < 40; ++number) {
      const CoinPath asked = ask_coins(1, zero, 8.0, simd, number, 100);
      if (asked.symbols[0] != 0) continue;
      ++drawn;
      EXPECT_EQ(asked.survives, (std::vector<bool>{true, true, true, false, false, false}));
    }
    EXPECT_GT(drawn, 0U);
  }
}

}  // namespace
}  // namespace wend::test
