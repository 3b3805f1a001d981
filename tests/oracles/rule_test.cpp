#include "kernels/walk/rule.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <random>
#include <vector>

#include "host/oracles/row_compiler.hpp"

namespace wend {
namespace {

using Law = std::vector<double>;

Law normalised(Law outcomes) {
  const double sum = std::accumulate(outcomes.begin(), outcomes.end(), 0.0);
  for (double& outcome : outcomes) outcome /= sum;
  return outcomes;
}

Law outcomes_of(kernels::Walk walk, bool from_below, double own, const Law& children,
                const Law& kept = {}) {
  Law outcomes(children.size() + 1, -1.0);
  step_outcomes(walk, from_below, own, children, kept, outcomes);
  return normalised(outcomes);
}
Law jerrum_sinclair(double own, const Law& children) {
  return outcomes_of(kernels::Walk::kJerrumSinclair, false, own, children);
}
Law lifted(double own, const Law& children, bool from_below) {
  return outcomes_of(kernels::Walk::kLifted, from_below, own, children);
}
Law sequential(const Law& children, const Law& kept) {
  return outcomes_of(kernels::Walk::kSequential, false, 1.0, children, kept);
}

void expect_law(const Law& law, const Law& expected) {
  ASSERT_EQ(law.size(), expected.size());
  for (std::size_t i = 0; i < law.size(); ++i) {
    EXPECT_NEAR(law[i], expected[i], 1e-14) << i;
    EXPECT_EQ(law[i] == 0, expected[i] == 0) << i;
  }
}

TEST(StepLaw, JerrumSinclair) {
  expect_law(jerrum_sinclair(2, {1, 0, 5}), {0.25, 0.125, 0, 0.625});
  expect_law(jerrum_sinclair(0, {1, 3}), {0, 0.25, 0.75});  // root
  expect_law(jerrum_sinclair(2, {0, 0}), {1, 0, 0});        // dead end
}

TEST(StepLaw, LiftedFromAbove) {
  expect_law(lifted(8, {1, 3}, false), {0.5, 0.125, 0.375});  // S < w: on with S/w
  expect_law(lifted(2, {1, 3}, false), {0, 0.25, 0.75});      // S > w: always on
  expect_law(lifted(4, {1, 3}, false), {0, 0.25, 0.75});
  expect_law(lifted(0, {1, 3}, false), {0, 0.25, 0.75});
  expect_law(lifted(2, {0, 0}, false), {1, 0, 0});
}

TEST(StepLaw, LiftedFromBelow) {
  expect_law(lifted(8, {1, 3}, true), {1, 0, 0});            // w > S: always on
  expect_law(lifted(2, {1, 3}, true), {0.5, 0.125, 0.375});  // w < S: on with w/S
  expect_law(lifted(4, {1, 3}, true), {1, 0, 0});
  expect_law(lifted(0, {1, 3}, true), {0, 0.25, 0.75});  // root
  expect_law(lifted(2, {0, 0}, true), {1, 0, 0});
}

// A flow w(u) arrives from above and S(u) from below; as much must leave along every edge.
TEST(StepLaw, LiftedKeepsTheFlows) {
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

TEST(StepLaw, Sequential) {
  expect_law(sequential({1, 3}, {}), {0, 0.25, 0.75});
  expect_law(sequential({1, 3}, {1, 1}), {0, 0.25, 0.75});
  expect_law(sequential({1, 3}, {1, 0.5}), {0.375, 0.25, 0.375});
  expect_law(sequential({1, 3}, {0.5, 0.5}), {0.5, 0.125, 0.375});
  expect_law(sequential({1, 3}, {0, 1}), {0.25, 0, 0.75});
  expect_law(sequential({0, 3, 1}, {0, 1, 0.5}), {0.125, 0, 0.75, 0.125});
  expect_law(sequential({0, 0}, {}), {1, 0, 0});
  expect_law(sequential({0, 0}, {1, 1}), {1, 0, 0});
  expect_law(sequential({1, 3}, {0, 0}), {1, 0, 0});
}

TEST(StepLaw, RowsOfANode) {
  EXPECT_EQ(kernels::rows_per_node(kernels::Walk::kJerrumSinclair), 1U);
  EXPECT_EQ(kernels::rows_per_node(kernels::Walk::kLifted), 2U);
  EXPECT_EQ(kernels::rows_per_node(kernels::Walk::kSequential), 1U);
}

// A block of threads takes each partial sum in a thread of its own.
TEST(OrderedSum, IsThatOfPartialSums) {
  for (const std::uint32_t count : {1U, 2U, 3U, 255U, 256U, 257U, 1000U, 65536U}) {
    std::mt19937_64 random(count);
    std::vector<double> values(count);
    for (double& value : values) value = std::exp(40.0 * (static_cast<double>(random()) * 0x1p-64));
    std::vector<double> partial(std::min(count, kernels::kPartialSums), 0.0);
    for (std::uint32_t i = 0; i < count; ++i) partial[i % kernels::kPartialSums] += values[i];
    // Thread i of the block adds what thread i + apart has, for as many as there are of those.
    for (std::size_t apart = kernels::kPartialSums / 2; apart >= 1; apart /= 2)
      for (std::size_t i = 0; i < apart && i + apart < partial.size(); ++i)
        partial[i] += partial[i + apart];
    EXPECT_EQ(kernels::ordered_sum(count, [&](std::uint32_t i) { return values[i]; }), partial[0]);
    const double plain = std::accumulate(values.begin(), values.end(), 0.0);
    EXPECT_NEAR(partial[0], plain, 1e-12 * plain);
  }
}

// Exact masses are the sums of their children: the lifted walk then never turns.
TEST(StepLaw, ExactMassesNeverTurn) {
  std::mt19937_64 random(9);
  for (std::uint32_t alphabet : {2U, 3U, 5U, 300U, 5000U}) {
    Law children(alphabet);
    for (double& child : children) child = static_cast<double>(random() >> 11U) * 0x1p-53;
    const double own = kernels::ordered_sum(alphabet, [&](std::uint32_t c) { return children[c]; });
    EXPECT_EQ(lifted(own, children, false)[0], 0.0) << alphabet;
    EXPECT_EQ(lifted(own, children, true)[0], 1.0) << alphabet;
  }
}

}  // namespace
}  // namespace wend
