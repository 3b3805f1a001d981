#include "wend/diagnostics.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "host/run/draw_monitor.hpp"

namespace wend {
namespace {

// Stationary AR(1) chains, one after the other: x_t = phi x_{t-1} + noise, of variance 1. Their
// integrated autocorrelation time is (1 + phi) / (1 - phi).
std::vector<double> autoregressive(double phi, std::uint64_t chains, std::uint64_t length) {
  std::mt19937_64 random(20240611);
  std::normal_distribution<double> normal;
  std::vector<double> draws;
  for (std::uint64_t chain = 0; chain < chains; ++chain) {
    double value = normal(random);
    for (std::uint64_t i = 0; i < length; ++i) {
      draws.push_back(value);
      value = phi * value + std::sqrt(1 - phi * phi) * normal(random);
    }
  }
  return draws;
}

// Worked out by hand. Halves (1,2) (3,4) (2,4) (6,8): W = 5/4, B/n = 65/12, var+ = 145/24,
// V_1 = 5/2, rho_1 = 23/29, autocorrelation time 1 + 46/29.
TEST(Diagnostics, TwoChainsOfFour) {
  const std::vector<double> draws = {1, 2, 3, 4, 2, 4, 6, 8};
  EXPECT_NEAR(split_rhat(draws, 4).value(), std::sqrt(145.0 / 30.0), 1e-12);
  EXPECT_NEAR(autocorrelation_time(draws, 4), 75.0 / 29.0, 1e-12);
  EXPECT_NEAR(effective_sample_size(draws, 4).value(), 8 * 29.0 / 75.0, 1e-12);
}

// The figures of the next three come from the formulas evaluated in rational arithmetic.
TEST(Diagnostics, LaterPairsAreHeldDownToEarlierOnes) {
  // rho: 1, .787, .663, .572, .796, .749; the third pair is cut to the second.
  const std::vector<double> draws = {3, 4, 4, 6, 5, 5, 2, 1, 0, 1, 3, 2,
                                     4, 6, 7, 5, 5, 4, 2, 3, 1, 2, 2, 4};
  EXPECT_NEAR(split_rhat(draws, 12).value(), 1.8561367958628576, 1e-12);
  EXPECT_NEAR(autocorrelation_time(draws, 12), 7.5148491879350345, 1e-12);
}

TEST(Diagnostics, MiddleDrawOfOddChainsIsLeftOut) {
  std::vector<double> draws = {3, 4, 4, 6, 9, 5, 5, 2, 1, 0, 1, 3, 2,
                               4, 6, 7, 5, 5, 4, 8, 2, 3, 1, 2, 2, 4};
  EXPECT_NEAR(split_rhat(draws, 13).value(), 1.621472288464654, 1e-12);
  EXPECT_NEAR(effective_sample_size(draws, 13).value(), 3.797018261245016, 1e-12);
  draws[6] = draws[19] = -50;
  EXPECT_NEAR(split_rhat(draws, 13).value(), 1.621472288464654, 1e-12);
}

TEST(Diagnostics, SumEndsAtTheFirstNegativePair) {
  // rho: 1, .585, -.091, -.594, -.869, -.544, .320, .938.
  const std::vector<double> draws = {0, 1, 3, 3, 4, 4, 3, 1, 0, 0, 2, 3, 4, 4, 2, 0,
                                     1, 1, 2, 4, 4, 3, 3, 1, 1, 0, 1, 3, 3, 4, 3, 1};
  EXPECT_NEAR(split_rhat(draws, 16).value(), 0.9511522584541736, 1e-12);
  EXPECT_NEAR(autocorrelation_time(draws, 16), 2.1704357418643134, 1e-12);
}

TEST(Diagnostics, ShiftAndScaleDoNotMatter) {
  const std::vector<double> draws = autoregressive(0.5, 4, 200);
  std::vector<double> other;
  other.reserve(draws.size());
  for (const double draw : draws) other.push_back(-1e6 + 3 * draw);
  EXPECT_NEAR(split_rhat(other, 200).value(), split_rhat(draws, 200).value(), 1e-8);
  EXPECT_NEAR(autocorrelation_time(other, 200), autocorrelation_time(draws, 200), 1e-8);
}

// Fixed seed. With N = 160,000 draws the estimate of a time tau has a relative error of about
// 2 sqrt(3 tau / N), 4% at tau = 19; 20% is five times that.
TEST(Diagnostics, KnownAutocorrelationTimes) {
  for (const double phi : {0.0, 0.5, 0.9}) {
    const double time = (1 + phi) / (1 - phi);
    const std::vector<double> draws = autoregressive(phi, 8, 20000);
    EXPECT_NEAR(autocorrelation_time(draws, 20000), time, 0.2 * time) << phi;
    EXPECT_NEAR(effective_sample_size(draws, 20000).value() * time / 160000, 1, 0.2) << phi;
    EXPECT_NEAR(split_rhat(draws, 20000).value(), 1, 0.005) << phi;
  }
}

// Many short chains: what a chain is too short to show is seen between the chains.
TEST(Diagnostics, ManyShortChains) {
  const std::vector<double> draws = autoregressive(0.5, 20000, 16);
  EXPECT_NEAR(autocorrelation_time(draws, 16), 3, 0.15);
}

TEST(Diagnostics, NoMoreEffectiveDrawsThanDraws) {
  const std::vector<double> draws = autoregressive(-0.5, 4, 5000);  // time 1/3
  EXPECT_EQ(autocorrelation_time(draws, 5000), 1);
  EXPECT_EQ(effective_sample_size(draws, 5000).value(), 20000);
}

// 4 chains about +1 and 4 about -1: 16 half-means of variance 16/15, against 1 within.
TEST(Diagnostics, ChainsThatDisagree) {
  std::vector<double> draws = autoregressive(0, 8, 4000);
  for (std::uint64_t i = 0; i < draws.size(); ++i) draws[i] += i < draws.size() / 2 ? 1 : -1;
  EXPECT_NEAR(split_rhat(draws, 4000).value(), std::sqrt(1 + 16.0 / 15.0), 0.02);
  EXPECT_LT(effective_sample_size(draws, 4000).value(), 40);
}

// A single chain that drifts is seen because it is halved.
TEST(Diagnostics, OneChainThatDrifts) {
  std::vector<double> draws = autoregressive(0, 1, 4000);
  for (std::uint64_t i = 0; i < draws.size(); ++i)
    draws[i] += 4 * static_cast<double>(i) / static_cast<double>(draws.size());
  EXPECT_GT(split_rhat(draws, 4000).value(), 1.5);
}

TEST(Diagnostics, ValuesThatDoNotVary) {
  // 0.1 is no binary fraction: sums of it round.
  const std::vector<double> draws(4000, 0.1);
  EXPECT_FALSE(split_rhat(draws, 1000).has_value());
  EXPECT_FALSE(effective_sample_size(draws, 1000).has_value());
  EXPECT_EQ(autocorrelation_time(draws, 1000), 1);
  const std::vector<double> odd = {2, 2, 7, 2, 2};  // but for the middle draw
  EXPECT_FALSE(split_rhat(odd, 5).has_value());
}

// Chains that never move from where they began: one effective draw each, and R-hat says so.
TEST(Diagnostics, ChainsThatNeverMove) {
  std::vector<double> draws;
  for (int chain = 0; chain < 10; ++chain) draws.insert(draws.end(), 100, 0.1 * chain);
  EXPECT_EQ(split_rhat(draws, 100).value(), std::numeric_limits<double>::infinity());
  EXPECT_NEAR(effective_sample_size(draws, 100).value(), 1000.0 / 99.0, 1e-9);
}

TEST(Diagnostics, ChainsOfFewDraws) {
  const std::vector<double> one_each = {1, 2, 4, 8, 16};
  EXPECT_FALSE(split_rhat(one_each, 1).has_value());
  EXPECT_EQ(effective_sample_size(one_each, 1).value(), 5);  // chains are independent
  const std::vector<double> three_each = {1, 1, 1, 2, 2, 2};
  EXPECT_FALSE(split_rhat(three_each, 3).has_value());
  EXPECT_NEAR(effective_sample_size(three_each, 3).value(), 6.0 / 5.0, 1e-12);
  EXPECT_EQ(autocorrelation_time(std::vector<double>{3.0}, 1), 1);
}

TEST(Diagnostics, NothingToLookAt) {
  EXPECT_FALSE(split_rhat({}, 0).has_value());
  EXPECT_FALSE(effective_sample_size({}, 0).has_value());
  EXPECT_FALSE(effective_sample_size({}, 10).has_value());
  EXPECT_EQ(autocorrelation_time({}, 0), 1);
  const std::vector<double> infinite = {1, 2, -std::numeric_limits<double>::infinity(), 4};
  EXPECT_FALSE(split_rhat(infinite, 4).has_value());
  EXPECT_FALSE(effective_sample_size(infinite, 4).has_value());
}

// Draws of one symbol whose log-mass is that symbol.
void put(DrawMonitor& monitor, std::uint64_t chain, const std::vector<std::uint32_t>& symbols,
         const std::vector<double>& log_weight = {}) {
  const std::vector<double> log_mass(symbols.begin(), symbols.end());
  monitor.put({0, chain, symbols.size(), symbols.data(), log_mass.data(),
               log_weight.empty() ? nullptr : log_weight.data()},
              0);
}

// Interrupted: chain 1 has drawn nothing, and chain 2 the least of the others.
TEST(DrawMonitor, LeavesOutChainsWithoutDraws) {
  DrawMonitor monitor(12, 3, 1, false);
  put(monitor, 0, {1, 2, 3, 4});
  put(monitor, 2, {2, 4, 6});
  const Diagnostics found = monitor.finish({4, 0, 3}, 70);
  const std::vector<double> used = {1, 2, 3, 2, 4, 6};
  EXPECT_EQ(found.draws_used, 6U);
  const double effective = effective_sample_size(used, 3).value() * 7 / 6;
  EXPECT_DOUBLE_EQ(found.log_mass.effective_samples.value(), effective);
  EXPECT_DOUBLE_EQ(found.first_symbol.effective_samples.value(), effective);
  EXPECT_DOUBLE_EQ(found.queries_per_effective_sample.value(), 70 / effective);
  EXPECT_FALSE(found.weighted_effective_samples.has_value());
  EXPECT_EQ(monitor.finish({0, 0, 0}, 0).draws_used, 0U);
}

// Kish: weights 1, 1, 1, 3 are worth 36 / 12 draws.
TEST(DrawMonitor, CountsWeightedDraws) {
  DrawMonitor monitor(4, 2, 1, true);
  put(monitor, 0, {1, 2}, {-700, -700});
  put(monitor, 1, {2, 3}, {-700, -700 + std::log(3.0)});
  const Diagnostics found = monitor.finish({2, 2}, 60);
  EXPECT_NEAR(found.weighted_effective_samples.value(), 3, 1e-9);
  EXPECT_NEAR(found.queries_per_effective_sample.value(), 20, 1e-9);
  DrawMonitor larger_first(4, 2, 1, true);
  put(larger_first, 0, {3, 2}, {-700 + std::log(3.0), -700});
  put(larger_first, 1, {1, 2}, {-700, -700});
  EXPECT_NEAR(larger_first.finish({2, 2}, 60).weighted_effective_samples.value(), 3, 1e-9);
}

// Chains take turns in any order, some draws at a time; every digit is the same.
TEST(DrawMonitor, WeightsDoNotDependOnTheOrderOfChains) {
  constexpr std::uint64_t kChains = 7;
  constexpr std::uint64_t kDraws = 60;
  const auto log_weight = [](std::uint64_t chain, std::uint64_t draw) {
    const std::uint64_t number = chain * kDraws + draw;
    return number % 11 == 5 ? -std::numeric_limits<double>::infinity()
                            : 300 * std::sin(static_cast<double>(number * number));
  };
  const auto effective = [&](std::uint64_t step, std::uint64_t first_chain) {
    DrawMonitor monitor(kChains * kDraws, kChains, 1, true);
    for (std::uint64_t draw = 0; draw < kDraws; draw += step) {
      for (std::uint64_t k = 0; k < kChains; ++k) {
        const std::uint64_t chain = (first_chain + k * (1 + draw % 3)) % kChains;
        std::vector<double> weights;
        for (std::uint64_t i = draw; i < draw + step; ++i) weights.push_back(log_weight(chain, i));
        const std::vector<std::uint32_t> symbols(step, 1);
        monitor.put({0, chain, step, symbols.data(), weights.data(), weights.data()}, draw);
      }
    }
    return monitor.finish(std::vector<std::uint64_t>(kChains, kDraws), 1)
        .weighted_effective_samples.value();
  };
  const double expected = effective(1, 0);
  EXPECT_GT(expected, 1.0);
  for (const std::uint64_t step : {1U, 2U, 5U, 12U, 60U})
    for (std::uint64_t first = 0; first < kChains; ++first)
      EXPECT_EQ(effective(step, first), expected) << step << ' ' << first;
}

// Weights whose logs lie further apart than a double's exponents.
TEST(DrawMonitor, WeightsOfEveryScale) {
  DrawMonitor monitor(4, 2, 1, true);
  const double none = -std::numeric_limits<double>::infinity();
  put(monitor, 0, {1, 2}, {none, -1e4});
  put(monitor, 1, {2, 3}, {1e4, 1e4});
  EXPECT_EQ(monitor.finish({2, 2}, 1).weighted_effective_samples.value(), 2.0);
  DrawMonitor nothing(2, 2, 1, true);
  put(nothing, 0, {1}, {none});
  EXPECT_FALSE(nothing.finish({1, 0}, 1).weighted_effective_samples.has_value());
}

}  // namespace
}  // namespace wend
