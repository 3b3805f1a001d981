// Where a path asks: at children where a survivor stands out, until half of the class is gone, and
// at its leaf.
#include <gtest/gtest.h>

#include "tests/support/coin_class.hpp"

namespace wend::test {
namespace {

constexpr double kKappa = 1.5;  // C = 4.5

/// Five members stand out among 64 that hardly ever draw a 0.
std::vector<double> five_of_64() {
  std::vector<double> zero(64, 0.01);
  for (const std::size_t i : {0U, 20U, 30U, 50U, 60U}) zero[i] = 0.4;
  return zero;
}

TEST(ClassAsking, EndsAboveTheLeavesOnceHalfIsGone) {
  // The first answer leaves the five, which stand out below the first 0 as well.
  for (const Simd simd : lane_widths()) {
    std::uint64_t zeros = 0;
    for (std::uint64_t number = 0; number < 200; ++number) {
      const CoinPath asked = ask_coins(3, five_of_64(), kKappa, simd, number, 100);
      zeros += asked.symbols[0] == 0 ? 1U : 0U;
      EXPECT_EQ(asked.outcome.interior_queries, 1U);
      EXPECT_EQ(asked.outcome.leaf_queries, 1U);
      EXPECT_EQ(asked.outcome.nodes_asked, 2U);
      EXPECT_EQ(asked.outcome.survivors, 5U);
    }
    EXPECT_GT(zeros, 0U);
  }
}

TEST(ClassAsking, IsForSurvivorsAlone) {
  // The five are gone already: nobody who is left stands out, and only the leaf is asked.
  for (const Simd simd : lane_widths()) {
    for (std::uint64_t number = 0; number < 50; ++number) {
      const CoinPath asked =
          ask_coins(3, five_of_64(), kKappa, simd, number, 100, 1, {0, 20, 30, 50, 60});
      EXPECT_EQ(asked.outcome.interior_queries, 0U);
      EXPECT_EQ(asked.outcome.leaf_queries, 1U);
      EXPECT_EQ(asked.outcome.nodes_asked, 1U);
      EXPECT_EQ(asked.outcome.survivors, 59U);
    }
  }
}

TEST(ClassAsking, TakesMoreThanCTimesTheMean) {
  // One of 64 has 0.4; the mean q of all is such that 0.4 is just below, or just above, C q.
  for (const bool above : {false, true}) {
    const double others = (64 * 0.4 / 4.5 - 0.4) / 63 * (above ? 0.99 : 1.01);
    std::vector<double> zero(64, others);
    zero[7] = 0.4;
    for (const Simd simd : lane_widths()) {
      const CoinPath asked = ask_coins(2, zero, kKappa, simd, 0, 1, 7);
      EXPECT_EQ(asked.outcome.interior_queries, above ? 1U : 0U);
    }
  }
}

TEST(ClassAsking, EndsWhereNoneOfTheWatchedIsLeft) {
  // Member 10 alone is watched: the first answer rules it out, and leaves the five.
  for (const Simd simd : lane_widths()) {
    const CoinPath asked =
        ask_coins(3, five_of_64(), kKappa, simd, 0, 100, 0, {}, {std::uint64_t{1} << 10U});
    EXPECT_EQ(asked.outcome.status, kernels::PathStatus::kExhausted);
    EXPECT_EQ(asked.outcome.survivors, 5U);
    EXPECT_EQ(asked.outcome.depth, 1U);
    EXPECT_EQ(asked.outcome.last_symbol, 0U);
    EXPECT_EQ(asked.outcome.last_member, 10U);
    EXPECT_EQ(asked.outcome.leaf_queries, 0U);
  }
}

}  // namespace
}  // namespace wend::test
