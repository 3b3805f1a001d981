#include "host/adapt/log_linear.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <memory>
#include <random>
#include <vector>

namespace wend {
namespace {

constexpr double kZero = -std::numeric_limits<double>::infinity();

struct Made {
  std::size_t count;
  std::vector<double> features;
  std::vector<double> log_value;
};

// B numbers whose logarithms are linear in `count` features, of scales that differ by far.
Made linear(std::size_t buckets, std::size_t count, double spread) {
  std::mt19937_64 random(20261127);
  std::normal_distribution<double> normal;
  std::vector<double> theta;
  for (std::size_t k = 0; k < count; ++k) theta.push_back(spread * normal(random));
  Made made{count, {}, {}};
  for (std::size_t b = 0; b < buckets; ++b) {
    double log = 3;
    for (std::size_t k = 0; k < count; ++k) {
      const double x = normal(random);
      made.features.push_back(7 + std::pow(1000.0, static_cast<double>(k) - 1) * x);
      log += theta[k] * x;
    }
    made.log_value.push_back(log);
  }
  return made;
}

std::vector<double> fit(const std::vector<double>& features, const SeenMeans& seen,
                        double log_prior) {
  return LogLinear(std::make_shared<const FeatureDesign>(features, seen.weight.size()))
      .fit(seen, log_prior);
}

TEST(LogLinear, FindsWhatIsLinear) {
  const Made made = linear(300, 3, 0.7);
  const std::vector<double> weight(300, 1e7);
  const std::vector<double> found = fit(made.features, {weight, made.log_value}, 0);
  for (std::size_t b = 0; b < 300; ++b) EXPECT_NEAR(found[b], made.log_value[b], 1e-3) << b;
}

TEST(LogLinear, SaysWhatFollowsOfBucketsThatWereNotMet) {
  const Made made = linear(300, 3, 0.7);
  std::vector<double> weight(300, 0.0);
  std::vector<double> seen(300, kZero);
  double low = 1e9;
  double high = -1e9;
  for (std::size_t b = 0; b < 300; b += 7) {
    weight[b] = 1e7;
    seen[b] = made.log_value[b];
    low = std::min(low, seen[b]);
    high = std::max(high, seen[b]);
  }
  const std::vector<double> found = fit(made.features, {weight, seen}, 0);
  for (std::size_t b = 0; b < 300; ++b)
    EXPECT_NEAR(found[b], std::clamp(made.log_value[b], low, high), 1e-3) << b;
}

// A feature of its own for each: what is fitted are the means, of zeros too.
TEST(LogLinear, GivesMeansWhereEachHasAFeature) {
  const std::vector<double> features = {1, 0, 0, 1};
  const std::vector<double> weight = {1e8, 3e8};
  const std::vector<double> log_mean = {std::log(5.0), std::log(0.01)};
  const std::vector<double> found = fit(features, {weight, log_mean}, 1);
  EXPECT_NEAR(found[0], log_mean[0], 1e-5);
  EXPECT_NEAR(found[1], log_mean[1], 1e-5);
}

// The mean of what was seen, and not of its logarithms: half of the nodes of one kind are dead
// ends.
TEST(LogLinear, CountsDeadEnds) {
  const std::vector<double> features = {1, 1, 0, 0};
  const std::vector<double> weight = {1e6, 1e6, 1e6, 1e6};
  const std::vector<double> log_mean = {std::log(8.0), kZero, std::log(4.0), std::log(2.0)};
  const std::vector<double> found = fit(features, {weight, log_mean}, 0);
  EXPECT_NEAR(found[0], std::log(4.0), 1e-3);
  EXPECT_NEAR(found[1], std::log(4.0), 1e-3);
  EXPECT_NEAR(found[2], std::log(3.0), 1e-3);
}

TEST(LogLinear, FewObservationsStayNearTheirMean) {
  const Made made = linear(300, 3, 3);
  std::vector<double> weight(300, 0.0);
  std::vector<double> seen(300, kZero);
  weight[4] = weight[5] = 0.01;
  seen[4] = 10;
  seen[5] = 8;
  const std::vector<double> found = fit(made.features, {weight, seen}, 9);
  for (const double log : found) EXPECT_NEAR(log, 9.2, 0.3);  // a fifth is the prior's
}

TEST(LogLinear, NothingSeenIsThePrior) {
  const Made made = linear(10, 2, 1);
  const std::vector<double> none(10, 0.0);
  const std::vector<double> zeros(10, kZero);
  for (const std::vector<double>& weight : {none, std::vector<double>(10, 2.0)})
    for (const double log : fit(made.features, {weight, zeros}, -2.5)) EXPECT_EQ(log, -2.5);
}

TEST(LogLinear, BearsRangesOfHundredsOfOrders) {
  const Made made = linear(200, 2, 100);
  const std::vector<double> weight(200, 5.0);
  const std::vector<double> found = fit(made.features, {weight, made.log_value}, 0);
  double worst = 0;
  for (std::size_t b = 0; b < 200; ++b) {
    ASSERT_TRUE(std::isfinite(found[b]));
    worst = std::max(worst, std::abs(found[b] - made.log_value[b]));
  }
  EXPECT_LT(worst, 600);
}

}  // namespace
}  // namespace wend
