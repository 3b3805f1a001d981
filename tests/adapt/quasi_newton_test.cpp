#include "host/adapt/quasi_newton.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace wend {
namespace {

// A bent valley: 100 (y - x^2)^2 + (1 - x)^2.
double valley(const Eigen::VectorXd& at, Eigen::VectorXd& gradient) {
  const double across = at(1) - at(0) * at(0);
  gradient = Eigen::Vector2d(-400 * across * at(0) - 2 * (1 - at(0)), 200 * across);
  return 100 * across * across + std::pow(1 - at(0), 2);
}

TEST(QuasiNewton, FindsTheEndOfAValley) {
  const Eigen::VectorXd found = descend(valley, Eigen::Vector2d(-1.2, 1), {60, 0});
  EXPECT_NEAR(found(0), 1, 1e-6);
  EXPECT_NEAR(found(1), 1, 1e-6);
}

TEST(QuasiNewton, StopsWhereItIsToldTo) {
  for (const int most : {0, 1, 7}) {
    int falls = 0;
    double least = std::numeric_limits<double>::infinity();
    const auto counted = [&](const Eigen::VectorXd& at, Eigen::VectorXd& gradient) {
      const double value = valley(at, gradient);
      falls += value < least ? 1 : 0;
      least = std::min(least, value);
      return value;
    };
    descend(counted, Eigen::Vector2d(-1.2, 1), {most, 0});
    EXPECT_LE(falls, most + 1) << most;
  }
  // The first step gains less than that.
  Eigen::VectorXd gradient;
  const Eigen::Vector2d start(-1.2, 1);
  const Eigen::VectorXd first = descend(valley, start, {1, 0});
  EXPECT_EQ(descend(valley, start, {60, 1e6}), first);
  EXPECT_LT(valley(first, gradient), valley(start, gradient));
}

// Where no step is of use it stays: by a wrong gradient, or where numbers end.
TEST(QuasiNewton, GoesNowhereWorse) {
  const Eigen::VectorXd start = Eigen::Vector2d(0.5, -3);
  const auto misled = [](const Eigen::VectorXd& at, Eigen::VectorXd& gradient) {
    gradient = -2 * at;
    return at.squaredNorm();
  };
  EXPECT_EQ(descend(misled, start, {20, 0}), start);
  const auto alone = [&](const Eigen::VectorXd& at, Eigen::VectorXd& gradient) {
    gradient = at;
    return at == start ? 1 : std::numeric_limits<double>::quiet_NaN();
  };
  EXPECT_EQ(descend(alone, start, {20, 0}), start);
  const auto level = [](const Eigen::VectorXd& at, Eigen::VectorXd& gradient) {
    gradient = Eigen::VectorXd::Zero(at.size());
    return 1.0;
  };
  EXPECT_EQ(descend(level, start, {20, 0}), start);
}

}  // namespace
}  // namespace wend
