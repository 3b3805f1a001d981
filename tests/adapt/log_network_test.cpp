#include "host/adapt/log_network.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <memory>
#include <random>
#include <vector>

#include "host/adapt/feature_design.hpp"
#include "host/adapt/gamma_regression.hpp"
#include "host/adapt/log_linear.hpp"
#include "host/adapt/network_regression.hpp"

namespace wend {
namespace {

constexpr double kZero = -std::numeric_limits<double>::infinity();

struct Made {
  std::size_t buckets;
  std::vector<double> features;
  std::vector<double> log_value;
};

// Two features count only together; a third says nothing.
Made of_two_together(std::size_t buckets) {
  std::mt19937_64 random(20261128);
  std::normal_distribution<double> normal;
  Made made{buckets, {}, {}};
  for (std::size_t b = 0; b < buckets; ++b) {
    const double x = normal(random);
    const double y = normal(random);
    for (const double feature : {3 + 10 * x, y, normal(random)}) made.features.push_back(feature);
    made.log_value.push_back(2 + 0.5 * x + x * y);
  }
  return made;
}

template <class Fit>
std::vector<double> fit(const std::vector<double>& features, const SeenMeans& seen,
                        double log_prior) {
  return Fit(std::make_shared<const FeatureDesign>(features, seen.weight.size()))
      .fit(seen, log_prior);
}

double deviation(const std::vector<double>& found, const std::vector<double>& sought) {
  double sum = 0;
  for (std::size_t b = 0; b < found.size(); ++b) sum += std::pow(found[b] - sought[b], 2);
  return std::sqrt(sum / static_cast<double>(found.size()));
}

TEST(LogNetwork, FindsWhatTwoFeaturesSayTogether) {
  const Made made = of_two_together(500);
  const std::vector<double> weight(500, 1e4);
  const SeenMeans seen{weight, made.log_value};
  EXPECT_GT(deviation(fit<LogLinear>(made.features, seen, 0), made.log_value), 1);
  EXPECT_LT(deviation(fit<LogNetwork>(made.features, seen, 0), made.log_value), 0.15);
}

// Of buckets that were not met, from three observations of each second one.
TEST(LogNetwork, SaysWhatFollowsOfBucketsThatWereNotMet) {
  const Made made = of_two_together(1000);
  std::mt19937_64 random(1);
  std::gamma_distribution<double> of_three(3.0, 1.0 / 3);
  std::vector<double> weight(1000, 0.0);
  std::vector<double> seen(1000, kZero);
  for (std::size_t b = 0; b < 1000; b += 2) {
    weight[b] = 3;
    seen[b] = made.log_value[b] + std::log(of_three(random));
  }
  EXPECT_GT(deviation(fit<LogLinear>(made.features, {weight, seen}, 0), made.log_value), 1);
  EXPECT_LT(deviation(fit<LogNetwork>(made.features, {weight, seen}, 0), made.log_value), 0.45);
}

// What chance says is not taken for what features say together: one observation of each bucket.
TEST(LogNetwork, FewObservationsSayLittle) {
  std::mt19937_64 random(2);
  std::normal_distribution<double> normal;
  std::exponential_distribution<double> of_one;
  std::vector<double> features;
  std::vector<double> seen;
  for (std::size_t b = 0; b < 300; ++b) {
    for (int k = 0; k < 10; ++k) features.push_back(normal(random));
    seen.push_back(std::log(of_one(random)));
  }
  const std::vector<double> weight(300, 1.0);
  EXPECT_LT(deviation(fit<LogNetwork>(features, {weight, seen}, 0), std::vector<double>(300, 0.0)),
            0.35);
}

Observations random_observations(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal;
  const auto count = static_cast<Eigen::Index>(1 + random() % 60);
  const auto columns = static_cast<Eigen::Index>(2 + random() % 12);
  const double spread = std::pow(10.0, static_cast<double>(seed % 4) - 1);
  Observations observed{RowMatrix(count, columns), Eigen::VectorXd(count), Eigen::VectorXd(count),
                        Eigen::VectorXd(count)};
  for (Eigen::Index i = 0; i < count; ++i) {
    observed.rows(i, 0) = 1;
    for (Eigen::Index k = 1; k < columns; ++k) observed.rows(i, k) = normal(random);
    observed.weight(i) = std::exp(3 * normal(random));
    const double log = std::clamp(spread * normal(random), -600.0, 600.0);
    const bool dead = random() % 5 == 0;
    observed.mean(i) = dead ? 0 : std::exp(log);
    observed.log_mean(i) = dead ? -5 : std::max(log, -5.0);
  }
  return observed;
}

TEST(NetworkRegression, IsNowhereWorseThanTheLinearOne) {
  int better = 0;
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    const Observations observed = random_observations(seed);
    const NetworkRegression network(observed);
    Eigen::VectorXd gradient;
    const double linear = network.objective(network.linear(), gradient);
    const GammaRegression alone(observed);
    EXPECT_NEAR(linear, alone.objective(alone.solve()), 1e-12 * std::abs(linear)) << seed;
    const double found = network.objective(network.solve(), gradient);
    EXPECT_LE(found, linear) << seed;
    better += found < linear - 0.01 * std::abs(linear) ? 1 : 0;
  }
  EXPECT_GT(better, 100);
}

TEST(NetworkRegression, KnowsItsGradient) {
  for (std::uint64_t seed = 0; seed < 40; seed += 4) {  // of means that do not differ by far
    const Observations observed = random_observations(seed);
    const NetworkRegression network(observed);
    Eigen::VectorXd at = network.solve();
    std::mt19937_64 random(seed);
    std::normal_distribution<double> normal;
    for (double& number : at) number += 0.3 * normal(random);
    Eigen::VectorXd gradient;
    Eigen::VectorXd other;
    network.objective(at, gradient);
    for (Eigen::Index k = 0; k < at.size(); ++k) {
      constexpr double kStep = 1e-5;
      Eigen::VectorXd moved = at;
      moved(k) += kStep;
      const double above = network.objective(moved, other);
      moved(k) -= 2 * kStep;
      const double slope = (above - network.objective(moved, other)) / (2 * kStep);
      EXPECT_NEAR(gradient(k), slope, 1e-5 * (gradient.cwiseAbs().maxCoeff() + 1)) << k;
    }
  }
}

TEST(NetworkRegression, SaysOfRowsWhatItIsMeasuredBy) {
  const Observations observed = random_observations(4);
  const NetworkRegression network(observed);
  const Eigen::VectorXd numbers = network.solve();
  const Eigen::VectorXd log_value = network.log_values(observed.rows, numbers);
  // Without a ridge, which is far less than such weights say.
  Observations heavy = observed;
  heavy.weight *= 1e12;
  Eigen::VectorXd gradient;
  const double found = NetworkRegression(heavy).objective(numbers, gradient);
  EXPECT_NEAR(found, gamma_deviance(heavy, relative_means(heavy, log_value), log_value),
              1e-9 * std::abs(found));
}

TEST(LogNetwork, KeepsToTheRangeOfWhatWasSeen) {
  const Made made = of_two_together(500);
  std::vector<double> weight(500, 0.0);
  std::vector<double> seen(500, kZero);
  std::size_t outside = 0;
  for (std::size_t b = 0; b < 500; ++b) {
    const bool inside = std::abs(made.log_value[b] - 2) < 0.5;
    outside += inside ? 0U : 1U;
    if (!inside) continue;
    weight[b] = 1e4;
    seen[b] = made.log_value[b];
  }
  ASSERT_GT(outside, 100U);
  const std::vector<double> found = fit<LogNetwork>(made.features, {weight, seen}, 0);
  EXPECT_GT(std::ranges::count(found, std::ranges::max(found)), 10);
  for (const double log : found) {
    EXPECT_GE(log, 1.5);
    EXPECT_LE(log, 2.5);
  }
}

TEST(LogNetwork, NothingSeenIsThePrior) {
  const Made made = of_two_together(10);
  const std::vector<double> zeros(10, kZero);
  for (const double weight : {0.0, 2.0})
    for (const double log :
         fit<LogNetwork>(made.features, {std::vector<double>(10, weight), zeros}, -2.5))
      EXPECT_EQ(log, -2.5);
}

TEST(LogNetwork, OneBucketSaysItOfAll) {
  const Made made = of_two_together(10);
  std::vector<double> weight(10, 0.0);
  std::vector<double> seen(10, kZero);
  weight[3] = 7;
  seen[3] = 1.25;
  for (const double log : fit<LogNetwork>(made.features, {weight, seen}, 9)) EXPECT_EQ(log, 1.25);
}

// Three kinds of bucket by one feature are more than a line has numbers, whatever stands beside it.
TEST(FeatureDesign, CountsTheFeaturesThatDiffer) {
  const std::vector<double> one = {0, 1, 2, 0};
  EXPECT_TRUE(FeatureDesign(one, 4).says_more_than_linear());
  const std::vector<double> with_constants = {0, 5, 7, 1, 5, 7, 2, 5, 7, 0, 5, 7};
  EXPECT_TRUE(FeatureDesign(with_constants, 4).says_more_than_linear());
  const std::vector<double> two_kinds = {0, 5, 1, 5, 1, 5};
  EXPECT_FALSE(FeatureDesign(two_kinds, 3).says_more_than_linear());
  const std::vector<double> three_corners = {0, 0, 0, 1, 1, 0};
  EXPECT_FALSE(FeatureDesign(three_corners, 3).says_more_than_linear());
}

TEST(LogNetwork, FeaturesOfOneValueSayNothing) {
  const Made made = of_two_together(200);
  const std::vector<double> weight(200, 20.0);
  const SeenMeans seen{weight, made.log_value};
  std::vector<double> with_constants;
  for (std::size_t b = 0; b < 200; ++b) {
    for (std::size_t k = 0; k < 3; ++k) with_constants.push_back(made.features[3 * b + k]);
    with_constants.push_back(7);
    with_constants.push_back(0);
  }
  const std::vector<double> without = fit<LogNetwork>(made.features, seen, 0);
  const std::vector<double> with = fit<LogNetwork>(with_constants, seen, 0);
  for (std::size_t b = 0; b < 200; ++b) EXPECT_NEAR(with[b], without[b], 1e-6) << b;
  const std::vector<double> all_alike = fit<LogNetwork>(std::vector<double>(400, 5.0), seen, 0);
  const std::vector<double> linear = fit<LogLinear>(std::vector<double>(400, 5.0), seen, 0);
  for (std::size_t b = 0; b < 200; ++b) EXPECT_NEAR(all_alike[b], linear[b], 1e-3) << b;
}

// A feature that was the same of all buckets that were met says nothing of those where it is not.
TEST(LogNetwork, IsNotLedByFeaturesThatNeverDiffered) {
  const Made made = of_two_together(400);
  std::vector<double> features;
  std::vector<double> weight;
  for (std::size_t b = 0; b < 400; ++b) {
    const std::size_t of = b % 200;  // each twice
    for (std::size_t k = 0; k < 3; ++k) features.push_back(made.features[3 * of + k]);
    features.push_back(b < 200 ? 0 : 1);
    weight.push_back(b < 200 ? 20 : 0);
  }
  const std::vector<double> network = fit<LogNetwork>(features, {weight, made.log_value}, 2);
  double apart = 0;
  for (std::size_t b = 0; b < 200; ++b) apart += std::abs(network[b] - network[b + 200]) / 200;
  EXPECT_LT(apart, 0.03);
}

TEST(LogNetwork, SaysTheSameTwice) {
  const Made made = of_two_together(300);
  const std::vector<double> weight(300, 4.0);
  const SeenMeans seen{weight, made.log_value};
  EXPECT_EQ(fit<LogNetwork>(made.features, seen, 0), fit<LogNetwork>(made.features, seen, 0));
}

TEST(LogNetwork, BearsRangesOfHundredsOfOrders) {
  Made made = of_two_together(200);
  for (double& log : made.log_value) log *= 100;
  const std::vector<double> weight(200, 5.0);
  for (const double log : fit<LogNetwork>(made.features, {weight, made.log_value}, 0))
    ASSERT_TRUE(std::isfinite(log));
}

}  // namespace
}  // namespace wend
