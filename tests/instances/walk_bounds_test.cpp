// WalkBounds of every kind of instance against enumeration of all paths.
#include "host/oracles/walk_bounds.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "host/files/json_reader.hpp"
#include "host/instances/instance.hpp"
#include "host/instances/tree/bounds.hpp"
#include "host/oracles/row_compiler.hpp"
#include "tests/support/leaf_chain.hpp"
#include "tests/support/random_trees.hpp"
#include "tests/support/row_units.hpp"
#include "tests/support/temporary_folder.hpp"
#include "wend/bounds.hpp"

namespace wend::test {
namespace {

TreeMasses masses_of(const SmallTree& tree) {
  TreeMasses masses;
  masses.alphabet = tree.alphabet;
  masses.horizon = tree.horizon;
  masses.leaf_mass = [&tree](std::uint64_t leaf) { return tree.mass[tree.first_leaf() + leaf]; };
  masses.estimate = [&tree](std::uint32_t depth, std::uint64_t index, double) {
    return tree.w[tree.end_of_depth(depth - 1) + index];
  };
  return masses;
}

/// Distance of the law of leaf visits over integer rows from the target.
double rounding_of(const SmallTree& tree, kernels::Walk walk) {
  RowTable table(tree.alphabet, 2);
  std::vector<double> outcomes(tree.alphabet + 1);
  const LeafChain chain = solve_leaf_chain(
      tree, kernels::is_directed(walk),
      [&](std::uint32_t node, bool from_below, std::span<double> units) {
        step_outcomes(walk, from_below, tree.parent_weight(node), tree.children(node), {},
                      outcomes);
        table.set(0, outcomes);
        const auto whole = row_units(table, 0);
        std::ranges::transform(whole, units.begin(),
                               [](std::uint64_t unit) { return static_cast<double>(unit); });
      });
  return total_variation(stationary(chain), target(tree, chain));
}

// Sum of w over the nodes that can be reached, without the root.
double flow_of(const SmallTree& tree) {
  std::vector<bool> reached(tree.nodes(), true);
  double flow = 0;
  for (std::uint32_t node = 2; node < tree.nodes(); ++node) {
    reached[node] = reached[tree.parent(node)] && tree.w[node] > 0;
    if (reached[node]) flow += tree.w[node];
  }
  return flow;
}

TEST(WalkBounds, OfTreesAreThoseOfAllPaths) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE("tree " + std::to_string(seed));
    const SmallTree tree = random_tree(seed);
    const WalkBounds bounds = walk_bounds(masses_of(tree));
    const std::vector<double> all = climbs(tree);
    const double least = *std::ranges::min_element(all);
    EXPECT_LE(bounds.least_climb, least);
    EXPECT_GE(bounds.least_climb, least * (1 - 1e-8));
    EXPECT_NEAR(bounds.steps_per_visit.value() / (2 * flow_of(tree) / tree.mass[1]), 1, 1e-9);
    for (const kernels::Walk walk : {kernels::Walk::kJerrumSinclair, kernels::Walk::kLifted})
      EXPECT_LE(rounding_of(tree, walk), bounds.rounding + 1e-12);
    const std::vector<double> kappa = kappa_by_depth(tree);
    const std::vector<double> low = estimate_errors(masses_of(tree)).low;
    for (std::uint32_t h = 0; h < tree.horizon; ++h) EXPECT_NEAR(low[h] / kappa[h], 1, 1e-9);
  }
}

// One child of the root has no mass, but an estimate of 1e6 where the others have less than 1: the
// right probabilities of the others are few units of 2^-32.
TEST(WalkBounds, RoundingOfDeadEndsThatLookHeavy) {
  SmallTree tree(4, 2);
  for (std::uint32_t node = tree.first_leaf(); node < tree.nodes(); ++node)
    if ((node - tree.first_leaf()) / 4 < 3 && (node - tree.first_leaf()) % 4 < 3)
      tree.mass[node] = tree.w[node] = 0.1 + 0.037 * (node % 7);
  for (std::uint32_t node = tree.first_leaf(); node-- > 1;) {
    for (std::uint32_t c = 0; c < 4; ++c) tree.mass[node] += tree.mass[tree.child(node, c)];
    tree.w[node] = tree.mass[node];
  }
  tree.w[tree.child(1, 3)] = 1e6;
  const double bound = walk_bounds(masses_of(tree)).rounding;
  double largest = 0;
  for (const kernels::Walk walk : {kernels::Walk::kJerrumSinclair, kernels::Walk::kLifted})
    largest = std::max(largest, rounding_of(tree, walk));
  EXPECT_GT(largest, 1e-5);  // with kappa 1 the formula says some 1e-8
  EXPECT_LE(largest, bound);
  EXPECT_LT(bound, 1);
}

// The least climb over all leaves from an instance's own answers.
double enumerated_climb(const Instance& instance) {
  const InstanceFacts& facts = instance.facts();
  std::vector<std::uint32_t> symbols(facts.horizon, 0);
  const auto mass_of = [&](std::uint32_t depth) {
    return std::exp(*instance.log_estimate(symbols.data(), depth));
  };
  double least = 1;
  const std::function<bool(std::uint32_t, double)> go = [&](std::uint32_t depth, double climb) {
    if (depth == facts.horizon) {
      const bool leaf = std::isfinite(instance.log_mass(symbols.data()));
      if (leaf) least = std::min(least, climb);
      return leaf;
    }
    if (depth > 0) {
      const double own = mass_of(depth);
      if (!(own > 0)) return false;
      double below = 0;
      for (std::uint32_t c = 0; c < facts.alphabet; ++c) {
        symbols[depth] = c;
        below += mass_of(depth + 1);
      }
      climb *= below > own ? own / below : 1.0;
    }
    bool any = false;
    for (std::uint32_t c = 0; c < facts.alphabet; ++c) {
      symbols[depth] = c;
      if (mass_of(depth + 1) > 0) any = go(depth + 1, climb) || any;
    }
    return any;
  };
  EXPECT_TRUE(go(0, 1.0));
  return least;
}

class WalkBoundsOf : public ::testing::TestWithParam<std::string> {};

TEST_P(WalkBoundsOf, LeastClimb) {
  const wend::testing::TemporaryFolder folder;
  EXPECT_FALSE(folder.add("words.txt", "abba\nbabab\ncab\nacac\nbb\nabcabc\n").empty());
  const auto instance = load_instance(folder.add("i.json", GetParam()));
  const WalkBounds bounds = instance->walk_bounds();
  const double least = enumerated_climb(*instance);
  EXPECT_LE(bounds.least_climb, least * (1 + 1e-12));
  if (instance->facts().kind != "class") {
    EXPECT_GE(bounds.least_climb, least * (1 - 1e-7));
  }
  EXPECT_GT(bounds.steps_per_visit.value(), 2 * instance->facts().horizon - 1e-6);
  EXPECT_LT(bounds.rounding, 1e-2);
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, WalkBoundsOf,
    ::testing::Values(
        R"({"wend": 1, "kind": "knapsack", "weights": [3, 5, 7, 2, 6, 4, 3, 9], "capacity": 16,
            "estimate": {"kind": "exact"}})",
        R"({"wend": 1, "kind": "knapsack", "weights": [3, 5, 7, 2, 6, 4, 3, 9], "capacity": 16,
            "estimate": {"kind": "noise", "model": "sign", "kappa": 3, "seed": 5}})",
        R"({"wend": 1, "kind": "ngram", "corpus": "words.txt", "order": 2, "horizon": 6,
            "forbid": ["ab"], "estimate": {"kind": "noise", "model": "iid", "kappa": 2, "seed": 1}})",
        R"({"wend": 1, "kind": "ngram", "corpus": "words.txt", "order": 2, "horizon": 6,
            "require": ["bb"], "estimate": {"kind": "lookahead", "depth": 2}})",
        R"({"wend": 1, "kind": "class", "horizon": 6, "truth": 1,
            "family": {"kind": "product", "count": 4, "seed": 1, "gamma": 0.3},
            "estimate": {"kind": "noise", "model": "iid", "kappa": 1.5, "seed": 2}})"));

/// The masses that the rounded counter gives, by its definition, and the least climb over all
/// paths.
double rounded_climb(const std::vector<std::uint64_t>& weights, std::uint64_t capacity,
                     double kappa) {
  const std::size_t n = weights.size();
  const double log_q = 2 * std::log(kappa) / static_cast<double>(n) * (1 - 1e-6);
  const std::function<double(std::size_t, std::uint64_t)> exponent = [&](std::size_t i,
                                                                         std::uint64_t c) {
    if (i == n) return 0.0;
    double sum = std::exp(exponent(i + 1, c) * log_q);
    if (weights[i] > c) return exponent(i + 1, c);
    sum += std::exp(exponent(i + 1, c - weights[i]) * log_q);
    return std::round(std::log(sum) / log_q);
  };
  const std::function<double(std::size_t, std::uint64_t)> climb = [&](std::size_t i,
                                                                      std::uint64_t c) {
    if (i == n) return 1.0;
    double least = climb(i + 1, c);
    double below = std::exp(exponent(i + 1, c) * log_q);
    if (weights[i] <= c) {
      least = std::min(least, climb(i + 1, c - weights[i]));
      below += std::exp(exponent(i + 1, c - weights[i]) * log_q);
    }
    return i == 0 ? least : least * std::min(1.0, std::exp(exponent(i, c) * log_q) / below);
  };
  return climb(0, capacity);
}

TEST(WalkBounds, OfRoundedKnapsacks) {
  const wend::testing::TemporaryFolder folder;
  for (const std::uint64_t capacity : {10U, 17U, 26U}) {
    for (const double kappa : {1.5, 8.0, 100.0}) {
      const auto instance = load_instance(folder.add(
          "i.json", R"({"wend": 1, "kind": "knapsack", "weights": [3, 5, 7, 2, 6, 4, 3, 9],
                       "capacity": )" +
                        std::to_string(capacity) +
                        R"(, "estimate": {"kind": "rounded", "kappa": )" + std::to_string(kappa) +
                        "}}"));
      const double least = rounded_climb({3, 5, 7, 2, 6, 4, 3, 9}, capacity, kappa);
      const double bound = instance->walk_bounds().least_climb;
      EXPECT_LE(bound, least);
      EXPECT_GE(bound, 0.5 * least);  // within a step the least of the paths counts for all
      EXPECT_GE(bound, 0.999 / kappa);
      EXPECT_EQ(instance->facts().kappa_by_depth.size(), 8U);
      EXPECT_DOUBLE_EQ(instance->facts().kappa_by_depth[3], std::sqrt(kappa));
    }
  }
}

}  // namespace
}  // namespace wend::test
