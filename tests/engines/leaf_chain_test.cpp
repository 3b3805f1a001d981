#include "tests/support/leaf_chain.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "host/oracles/row_compiler.hpp"
#include "host/oracles/walk_of.hpp"
#include "tests/support/row_units.hpp"
#include "tests/support/small_trees.hpp"
#include "wend/bounds.hpp"

namespace wend {
namespace {

using test::Case;
using test::cases;
using test::Estimate;
using test::LeafChain;
using test::LeafChainFacts;
using test::make_case;
using test::Masses;
using test::SmallTree;
using test::StepLaw;
using test::total_variation;

constexpr double kDelta = 0.01;

StepLaw step_law(const SmallTree& tree, Algorithm algorithm) {
  return [&tree, algorithm](std::uint32_t node, bool from_below, std::span<double> outcomes) {
    step_outcomes(walk_of(algorithm), from_below, tree.parent_weight(node), tree.children(node), {},
                  outcomes);
  };
}

LeafChain solve(const SmallTree& tree, Algorithm algorithm, const StepLaw& law) {
  return solve_leaf_chain(tree, algorithm == Algorithm::kLifted, law);
}

// 2 sum_{v != root} w(v) / sum_leaves w, over the nodes that can be reached.
double expected_steps_per_visit(const SmallTree& tree) {
  std::vector<bool> reached(tree.nodes(), true);
  double all = 0;
  double leaves = 0;
  for (std::uint32_t node = 2; node < tree.nodes(); ++node) {
    reached[node] = reached[tree.parent(node)] && tree.w[node] > 0;
    if (!reached[node]) continue;
    all += tree.w[node];
    if (tree.is_leaf(node)) leaves += tree.w[node];
  }
  return 2 * all / leaves;
}

class LeafChainOf : public testing::TestWithParam<Algorithm> {
 protected:
  LeafChain solve_case(const SmallTree& tree) const {
    return solve(tree, GetParam(), step_law(tree, GetParam()));
  }
};

TEST_P(LeafChainOf, StationaryLawIsTheTarget) {
  for (const Case& c : cases())
    EXPECT_LE(measure(c.tree, solve_case(c.tree)).stationary_error, 1e-10) << c.name;
}

TEST_P(LeafChainOf, ProvenVisitReachesDelta) {
  double worst = 0;
  for (const Case& c : cases()) {
    const LeafChain chain = solve_case(c.tree);
    const std::uint32_t visits = proven_visits(relaxation_bound(c.kappa, c.tree.horizon), kDelta);
    const double distance = total_variation(visit_law(chain, visits), target(c.tree, chain));
    EXPECT_LE(distance, kDelta) << c.name;
    worst = std::max(worst, distance);
  }
  RecordProperty("worst_distance", testing::PrintToString(worst));
  EXPECT_LE(worst, 1e-3);  // K is on the safe side: on trees this small, by far
}

TEST_P(LeafChainOf, StepsAVisit) {
  for (const Case& c : cases()) {
    const LeafChainFacts facts = measure(c.tree, solve_case(c.tree));
    EXPECT_NEAR(facts.steps_per_visit / expected_steps_per_visit(c.tree), 1, 1e-10) << c.name;
    EXPECT_LE(facts.steps_per_visit, 2 * relaxation_bound(c.kappa, c.tree.horizon) * (1 + 1e-10))
        << c.name;
  }
}

TEST_P(LeafChainOf, FirstVisitDensity) {
  for (const Case& c : cases())
    EXPECT_LE(measure(c.tree, solve_case(c.tree)).first_visit_density,
              relaxation_bound(c.kappa, c.tree.horizon) * (1 + 1e-10))
        << c.name;
}

// Points 1 to 3 of what docs/design.md proves.
TEST_P(LeafChainOf, ReversiblePositiveSemidefiniteAndFast) {
  for (const Case& c : cases()) {
    const LeafChainFacts facts = measure(c.tree, solve_case(c.tree));
    EXPECT_LE(facts.reversibility_error, 1e-12) << c.name;
    EXPECT_GE(facts.least_eigenvalue, -1e-10) << c.name;
    EXPECT_LE(facts.relaxation, relaxation_bound(c.kappa, c.tree.horizon) * (1 + 1e-10)) << c.name;
  }
}

// docs/design.md, point 3: the lifted leaf visits' transition matrix is the smaller operator on
// L2(mu), so that its spectral gap is no less.
TEST(LeafChainOrder, LiftedIsBelowJerrumSinclair) {
  for (const Case& c : cases()) {
    const auto matrix = [&c](Algorithm algorithm) {
      return solve(c.tree, algorithm, step_law(c.tree, algorithm));
    };
    const LeafChain reversible = matrix(Algorithm::kJerrumSinclair);
    const LeafChain lifted = matrix(Algorithm::kLifted);
    ASSERT_EQ(reversible.leaves, lifted.leaves);
    const Eigen::VectorXd root_mu = target(c.tree, lifted).transpose().cwiseSqrt();
    const Eigen::MatrixXd difference = root_mu.asDiagonal() *
                                       (reversible.transition - lifted.transition) *
                                       root_mu.cwiseInverse().asDiagonal();
    const Eigen::MatrixXd symmetric = (difference + difference.transpose()) / 2;
    EXPECT_GE(Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>(symmetric).eigenvalues().minCoeff(),
              -1e-10)
        << c.name;
  }
}

// An estimate that gives mass to subtrees without any costs steps, never correctness.
TEST_P(LeafChainOf, DeadEndsAreBackedOutOf) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Case c = make_case(seed % 2 == 0 ? 2 : 3, 4, Masses::kHalfZero, Estimate::kIid, 2.0, seed);
    std::mt19937_64 random(seed);
    const std::uint32_t dead = c.tree.child(1, 0);  // the whole subtree of the first symbol
    std::uint32_t dead_ends = 0;
    for (std::uint32_t node = 2; node < c.tree.nodes(); ++node) {
      std::uint32_t top = node;
      while (c.tree.parent(top) != 1) top = c.tree.parent(top);
      if (top == dead) c.tree.mass[node] = 0;
      if (c.tree.mass[node] > 0) continue;
      c.tree.w[node] = c.tree.is_leaf(node) ? 0.0 : 0.1 + test::uniform(random);
      dead_ends += c.tree.is_leaf(node) ? 0U : 1U;
    }
    ASSERT_GE(dead_ends, 7U);
    const LeafChain chain = solve_case(c.tree);
    const LeafChainFacts facts = measure(c.tree, chain);
    EXPECT_LE(facts.stationary_error, 1e-10) << c.name;
    EXPECT_NEAR(facts.steps_per_visit / expected_steps_per_visit(c.tree), 1, 1e-10) << c.name;
    const double late = total_variation(visit_law(chain, 2000), target(c.tree, chain));
    EXPECT_LE(late, 1e-8) << c.name;
  }
}

// The rows as the kernels see them, in units of 2^-32.
StepLaw integer_law(Algorithm algorithm, const RowTable& table) {
  const std::uint32_t stride = kernels::rows_per_node(walk_of(algorithm));
  return [&table, stride](std::uint32_t node, bool from_below, std::span<double> outcomes) {
    const auto units = test::row_units(table, stride * node + (from_below ? stride - 1 : 0));
    std::ranges::transform(units, outcomes.begin(),
                           [](std::uint64_t unit) { return static_cast<double>(unit); });
  };
}

/// kappa at all depths above the leaves.
std::vector<double> accuracy(const Case& c) {
  std::vector<double> kappa(c.tree.horizon, c.kappa);
  kappa.back() = 1;
  return kappa;
}

RowTable integer_rows(const SmallTree& tree, Algorithm algorithm) {
  const std::uint32_t stride = kernels::rows_per_node(walk_of(algorithm));
  RowTable table(tree.alphabet, std::uint64_t{stride} * tree.first_leaf());
  const StepLaw law = step_law(tree, algorithm);
  std::vector<double> outcomes(tree.alphabet + 1);
  for (std::uint32_t node = 1; node < tree.first_leaf(); ++node) {
    for (std::uint32_t row = 0; row < stride; ++row) {
      law(node, row == 1, outcomes);
      table.set(stride * node + row, outcomes);
    }
  }
  return table;
}

TEST_P(LeafChainOf, IntegerRowsStayWithinTheRoundingDistance) {
  std::vector<Case> all = cases();
  for (const std::uint32_t alphabet : {4U, 5U, 6U})
    for (const auto masses : {Masses::kSpread, Masses::kHalfZero, Masses::kGeometric})
      all.push_back(make_case(alphabet, 3, masses, Estimate::kSign, 2.0, alphabet));
  double largest = 0;
  for (const Case& c : all) {
    const RowTable table = integer_rows(c.tree, GetParam());
    const LeafChain chain = solve(c.tree, GetParam(), integer_law(GetParam(), table));
    ASSERT_EQ(chain.leaves.size(), solve_case(c.tree).leaves.size()) << c.name;
    const double distance = total_variation(stationary(chain), target(c.tree, chain));
    EXPECT_LE(distance, rounding_distance(accuracy(c), c.tree.alphabet)) << c.name;
    largest = std::max(largest, distance);
  }
  RecordProperty("largest_distance", testing::PrintToString(largest));
  EXPECT_GT(largest, 1e-11);  // that is, rounding was seen at all
}

// Estimates that are far too high, or too low, at all nodes of a depth alike: what counts is the
// product of mass over estimate and estimate over mass, not the larger one squared.
TEST_P(LeafChainOf, IntegerRowsUnderATiltStayWithinTheRoundingDistance) {
  double largest = 0;
  for (const double tilt : {30.0, 1.0 / 30}) {
    for (Case c : cases()) {
      std::vector<double> kappa = accuracy(c);
      std::vector<double> excess = kappa;
      for (std::uint32_t h = 1; h < c.tree.horizon; ++h) {
        const double factor = std::pow(tilt, c.tree.horizon - h);
        for (std::uint32_t node = c.tree.end_of_depth(h - 1); node < c.tree.end_of_depth(h); ++node)
          c.tree.w[node] *= factor;
        kappa[h - 1] /= factor;
        excess[h - 1] *= factor;
      }
      const double bound = rounding_distance(kappa, excess, c.tree.alphabet);
      const RowTable table = integer_rows(c.tree, GetParam());
      const LeafChain chain = solve(c.tree, GetParam(), integer_law(GetParam(), table));
      const double distance = total_variation(stationary(chain), target(c.tree, chain));
      EXPECT_LE(distance, bound) << c.name << ", tilt " << tilt;
      largest = std::max(largest, distance / bound);
    }
  }
  RecordProperty("largest_share_of_the_bound", testing::PrintToString(largest));
  EXPECT_GT(largest, 0.01);
}

TEST_P(LeafChainOf, RowsOffByMoreThanRoundingAreSeen) {
  const Case c = make_case(2, 4, Masses::kSpread, Estimate::kIid, 2.0, 5);
  RowTable table = integer_rows(c.tree, GetParam());
  const double bound = rounding_distance(accuracy(c), 2);
  for (std::uint32_t row = 0; row < kernels::rows_per_node(walk_of(GetParam())); ++row) {
    std::vector<double> outcomes(3);
    step_law(c.tree, GetParam())(1, row == 1, outcomes);
    outcomes[1] *= 1 + 1e-4;
    table.set(kernels::rows_per_node(walk_of(GetParam())) + row, outcomes);
  }
  const LeafChain chain = solve(c.tree, GetParam(), integer_law(GetParam(), table));
  EXPECT_GT(total_variation(stationary(chain), target(c.tree, chain)), 10 * bound);
}

INSTANTIATE_TEST_SUITE_P(Walks, LeafChainOf,
                         testing::Values(Algorithm::kJerrumSinclair, Algorithm::kLifted),
                         [](const auto& instance) {
                           return instance.param == Algorithm::kLifted ? "lifted"
                                                                       : "jerrum_sinclair";
                         });

// Negative controls: a wrong step law must fail the checks above, by a wide margin.

Case control() { return make_case(2, 4, Masses::kSpread, Estimate::kSign, 4.0, 11); }

void expect_wrong_law(const Case& c, const LeafChain& chain) {
  const LeafChainFacts facts = measure(c.tree, chain);
  const Eigen::RowVectorXd mu = target(c.tree, chain);
  EXPECT_GT(facts.stationary_error, 1e-3);
  EXPECT_GT(facts.reversibility_error, 1e-4);
  EXPECT_GT(
      total_variation(visit_law(chain, proven_visits(relaxation_bound(c.kappa, 4), kDelta)), mu),
      kDelta);
  EXPECT_GT(std::abs(facts.steps_per_visit / expected_steps_per_visit(c.tree) - 1), 1e-3);
}

TEST(WrongStepLaw, ChildrenSwapped) {
  const Case c = control();
  for (const auto algorithm : {Algorithm::kJerrumSinclair, Algorithm::kLifted}) {
    const StepLaw right = step_law(c.tree, algorithm);
    const StepLaw wrong = [&](std::uint32_t node, bool from_below, std::span<double> outcomes) {
      right(node, from_below, outcomes);
      std::ranges::reverse(outcomes.subspan(1));
    };
    expect_wrong_law(c, solve(c.tree, algorithm, wrong));
  }
}

TEST(WrongStepLaw, UpWithTheChildrensSum) {
  const Case c = control();
  const StepLaw wrong = [&](std::uint32_t node, bool, std::span<double> outcomes) {
    const auto children = c.tree.children(node);
    const double sum = std::accumulate(children.begin(), children.end(), 0.0);
    step_outcomes(kernels::Walk::kJerrumSinclair, false, node == 1 ? 0.0 : sum, children, {},
                  outcomes);
  };
  expect_wrong_law(c, solve(c.tree, Algorithm::kJerrumSinclair, wrong));
}

TEST(WrongStepLaw, DirectionIgnored) {
  Case c = make_case(3, 2, Masses::kSpread, Estimate::kSign, 2.0, 11);
  for (std::uint32_t node = 2; node < c.tree.first_leaf(); ++node) c.tree.w[node] /= 4;
  const StepLaw wrong = [&](std::uint32_t node, bool, std::span<double> outcomes) {
    step_outcomes(kernels::Walk::kLifted, true, c.tree.parent_weight(node), c.tree.children(node),
                  {}, outcomes);
  };
  const LeafChain right = solve(c.tree, Algorithm::kLifted, step_law(c.tree, Algorithm::kLifted));
  EXPECT_LE(measure(c.tree, right).stationary_error, 1e-10);
  EXPECT_GT(measure(c.tree, solve(c.tree, Algorithm::kLifted, wrong)).stationary_error, 1e-3);
}

// Reluctant moves up leave the stationary law alone, all leaves being equally deep. What they break
// is the speed.
TEST(WrongStepLaw, TooFewMovesUp) {
  Case c = make_case(3, 5, Masses::kFlat, Estimate::kExact, 1.0, 1);
  const double kappa = 8;  // first children are overrated, the others underrated
  for (std::uint32_t node = 2; node < c.tree.first_leaf(); ++node)
    c.tree.w[node] *= node == c.tree.child(c.tree.parent(node), 0) ? kappa : 1 / kappa;
  const StepLaw wrong = [&](std::uint32_t node, bool, std::span<double> outcomes) {
    step_outcomes(kernels::Walk::kJerrumSinclair, false, c.tree.parent_weight(node) * 0.01,
                  c.tree.children(node), {}, outcomes);
  };
  const LeafChain chain = solve(c.tree, Algorithm::kJerrumSinclair, wrong);
  const LeafChainFacts facts = measure(c.tree, chain);
  EXPECT_LE(facts.stationary_error, 1e-6);
  EXPECT_GT(facts.relaxation, relaxation_bound(kappa, 5));
  EXPECT_GT(facts.first_visit_density, relaxation_bound(kappa, 5));
  EXPECT_GT(std::abs(facts.steps_per_visit / expected_steps_per_visit(c.tree) - 1), 0.1);
  const std::uint32_t visits = proven_visits(relaxation_bound(kappa, 5), kDelta);
  EXPECT_GT(total_variation(visit_law(chain, visits), target(c.tree, chain)), kDelta);
}

// No walk on a tree has a chain like this one; it shows that the measurement sees the sign.
TEST(WrongStepLaw, AlternatingLeavesAreNotPositive) {
  const Case c = make_case(2, 1, Masses::kFlat, Estimate::kExact, 1.0, 1);
  LeafChain chain = solve(c.tree, Algorithm::kLifted, step_law(c.tree, Algorithm::kLifted));
  chain.transition << 0, 1, 1, 0;
  EXPECT_NEAR(measure(c.tree, chain).least_eigenvalue, -1, 1e-12);
}

}  // namespace
}  // namespace wend
