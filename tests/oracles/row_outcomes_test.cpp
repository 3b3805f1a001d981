#include "host/oracles/row_outcomes.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <random>
#include <vector>

namespace wend {
namespace {

using Law = std::vector<double>;

Law normalised(Law outcomes) {
  const double sum = std::accumulate(outcomes.begin(), outcomes.end(), 0.0);
  for (double& outcome : outcomes) outcome /= sum;
  return outcomes;
}

Law jerrum_sinclair(double parent, const Law& children) {
  Law outcomes(children.size() + 1, -1.0);
  jerrum_sinclair_outcomes(parent, children, outcomes);
  return normalised(outcomes);
}

Law lifted(double parent, const Law& children, bool from_below) {
  Law outcomes(children.size() + 1, -1.0);
  lifted_outcomes(parent, children, from_below, outcomes);
  return normalised(outcomes);
}

Law sequential(const Law& children, const Law& acceptance) {
  Law outcomes(children.size() + 1, -1.0);
  sequential_outcomes(children, acceptance, outcomes);
  return normalised(outcomes);
}

void expect_law(const Law& law, const Law& expected) {
  ASSERT_EQ(law.size(), expected.size());
  for (std::size_t i = 0; i < law.size(); ++i) {
    EXPECT_NEAR(law[i], expected[i], 1e-14) << i;
    EXPECT_EQ(law[i] == 0, expected[i] == 0) << i;
  }
}

TEST(RowOutcomes, JerrumSinclair) {
  expect_law(jerrum_sinclair(2, {1, 0, 5}), {0.25, 0.125, 0, 0.625});
  expect_law(jerrum_sinclair(0, {1, 3}), {0, 0.25, 0.75});  // root
  expect_law(jerrum_sinclair(2, {0, 0}), {1, 0, 0});        // dead end
}

TEST(RowOutcomes, LiftedFromAbove) {
  expect_law(lifted(8, {1, 3}, false), {0.5, 0.125, 0.375});  // S < w: on with S/w
  expect_law(lifted(2, {1, 3}, false), {0, 0.25, 0.75});      // S > w: always on
  expect_law(lifted(4, {1, 3}, false), {0, 0.25, 0.75});
  expect_law(lifted(0, {1, 3}, false), {0, 0.25, 0.75});
  expect_law(lifted(2, {0, 0}, false), {1, 0, 0});
}

TEST(RowOutcomes, LiftedFromBelow) {
  expect_law(lifted(8, {1, 3}, true), {1, 0, 0});            // w > S: always on
  expect_law(lifted(2, {1, 3}, true), {0.5, 0.125, 0.375});  // w < S: on with w/S
  expect_law(lifted(4, {1, 3}, true), {1, 0, 0});
  expect_law(lifted(0, {1, 3}, true), {0, 0.25, 0.75});  // root
  expect_law(lifted(2, {0, 0}, true), {1, 0, 0});
}

// A flow w(u) arrives from above and S(u) from below; as much must leave along every edge.
TEST(RowOutcomes, LiftedKeepsTheFlows) {
  std::mt19937_64 random(3);
  std::exponential_distribution<double> weight;
  for (std::size_t repeat = 0; repeat < 1000; ++repeat) {
    Law children(2 + repeat % 4);
    for (double& child : children)
      child = repeat % 3 == 0 ? weight(random) : std::exp(weight(random));
    const double parent = weight(random) * static_cast<double>(children.size());
    const double below = std::accumulate(children.begin(), children.end(), 0.0);
    const Law from_above = lifted(parent, children, false);
    const Law from_below = lifted(parent, children, true);
    EXPECT_NEAR(parent * from_above[0] + below * from_below[0], parent, 1e-12 * (parent + below));
    for (std::size_t c = 0; c < children.size(); ++c)
      EXPECT_NEAR(parent * from_above[1 + c] + below * from_below[1 + c], children[c],
                  1e-12 * (parent + below));
  }
}

TEST(RowOutcomes, Sequential) {
  expect_law(sequential({1, 3}, {}), {0, 0.25, 0.75});
  expect_law(sequential({1, 3}, {0.5, 0.5}), {0, 0.25, 0.75});  // thinned relative to the most
  expect_law(sequential({1, 3}, {0.2, 0.1}), {0.375, 0.25, 0.375});
  expect_law(sequential({1, 3}, {0, 0.1}), {0.25, 0, 0.75});
  expect_law(sequential({0, 3, 1}, {9, 1, 0.5}), {0.125, 0, 0.75, 0.125});  // 9 is unreachable
  expect_law(sequential({0, 0}, {}), {1, 0, 0});
  expect_law(sequential({0, 0}, {1, 1}), {1, 0, 0});
  expect_law(sequential({1, 3}, {0, 0}), {1, 0, 0});
}

TEST(RowOutcomes, RowsPerNode) {
  EXPECT_EQ(rows_per_node(Algorithm::kJerrumSinclair), 1U);
  EXPECT_EQ(rows_per_node(Algorithm::kLifted), 2U);
  EXPECT_EQ(rows_per_node(Algorithm::kSequential), 1U);
}

}  // namespace
}  // namespace wend
