// What is proven of how fast leaf visits forget (docs/design.md, "What is proven"), by dense linear
// algebra on 600 random trees: no sampling error. Planted bugs that must fail are at the end.
#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "host/oracles/row_compiler.hpp"
#include "host/oracles/walk_of.hpp"
#include "tests/support/leaf_chain.hpp"
#include "tests/support/random_trees.hpp"
#include "tests/support/small_trees.hpp"
#include "wend/bounds.hpp"

namespace wend::test {
namespace {

constexpr double kDelta = 0.01;
constexpr double kRounding = 1e-9;  // of the linear algebra

LeafChain solve(const SmallTree& tree, Algorithm algorithm) {
  return solve_leaf_chain(tree, algorithm == Algorithm::kLifted,
                          [&](std::uint32_t node, bool from_below, std::span<double> outcomes) {
                            step_outcomes(walk_of(algorithm), from_below, tree.parent_weight(node),
                                          tree.children(node), {}, outcomes);
                          });
}

constexpr std::uint64_t kTrees = 600;

class MixingBoundsOf : public testing::TestWithParam<Algorithm> {};

/// Calls check(tree, chain, mu) for all of them.
template <class Check>
void for_each_tree(Algorithm algorithm, const Check& check) {
  for (std::uint64_t seed = 1; seed <= kTrees; ++seed) {
    SCOPED_TRACE("tree " + std::to_string(seed));
    const SmallTree tree = random_tree(seed);
    const LeafChain chain = solve(tree, algorithm);
    check(tree, chain, target(tree, chain));
  }
}

TEST_P(MixingBoundsOf, DistanceIsAtMostTheChanceOfOneTour) {
  double sharpest = 0;
  for_each_tree(GetParam(),
                [&](const SmallTree&, const LeafChain& chain, const Eigen::RowVectorXd& mu) {
                  for (const std::uint32_t visits : {1U, 2U, 3U, 5U, 10U, 30U, 100U}) {
                    const double distance = total_variation(visit_law(chain, visits), mu);
                    const double bound = same_tour(chain, mu, visits);
                    EXPECT_LE(distance, bound + kRounding) << visits << " visits";
                    if (bound > 1e-6) sharpest = std::max(sharpest, distance / bound);
                  }
                });
  EXPECT_GT(sharpest, 0.95);
}

/// Largest eigenvalue of the leaf visits that are killed at the root.
double decay(const LeafChain& chain, const Eigen::RowVectorXd& mu) {
  const Eigen::VectorXd root = mu.transpose().cwiseSqrt();
  const Eigen::MatrixXd killed = chain.transition - chain.passes * chain.first;
  const Eigen::MatrixXd similar = root.asDiagonal() * killed * root.cwiseInverse().asDiagonal();
  EXPECT_LE((similar - similar.transpose()).cwiseAbs().maxCoeff(), 1e-7);
  const Eigen::VectorXd eigenvalues =
      Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>((similar + similar.transpose()) / 2)
          .eigenvalues();
  EXPECT_GE(eigenvalues.minCoeff(), -kRounding);
  return eigenvalues.maxCoeff();
}

TEST_P(MixingBoundsOf, DecayOfTours) {
  double sharpest = 0;
  for_each_tree(GetParam(),
                [&](const SmallTree& tree, const LeafChain& chain, const Eigen::RowVectorXd& mu) {
                  const double rate = decay(chain, mu);
                  const double bound = 1 - 1 / relaxation_bound(kappa_by_depth(tree));
                  EXPECT_LE(rate, bound + kRounding);
                  sharpest = std::max(sharpest, rate / bound);
                  if (GetParam() == Algorithm::kLifted) {
                    const std::vector<double> all = climbs(tree);
                    EXPECT_LE(rate, 1 - *std::ranges::min_element(all) + kRounding);
                  }
                });
  EXPECT_GT(sharpest, 0.99);
}

TEST_P(MixingBoundsOf, ProvenVisitsReachDelta) {
  double worst = 0;
  for_each_tree(GetParam(),
                [&](const SmallTree& tree, const LeafChain& chain, const Eigen::RowVectorXd& mu) {
                  const auto distance = [&](double relaxation) {
                    return total_variation(visit_law(chain, proven_visits(relaxation, kDelta)), mu);
                  };
                  worst = std::max(worst, distance(relaxation_bound(kappa_by_depth(tree))));
                  if (GetParam() == Algorithm::kLifted) {
                    const std::vector<double> all = climbs(tree);
                    worst = std::max(worst, distance(1 / *std::ranges::min_element(all)));
                  }
                });
  EXPECT_LE(worst, kDelta);
  EXPECT_GT(worst, kDelta / 20);  // the bounds are of some use
}

INSTANTIATE_TEST_SUITE_P(Walks, MixingBoundsOf,
                         testing::Values(Algorithm::kJerrumSinclair, Algorithm::kLifted),
                         [](const auto& instance) {
                           return instance.param == Algorithm::kLifted ? "lifted"
                                                                       : "jerrum_sinclair";
                         });

// Controls: bounds that are wrong in a likely way must fail somewhere.

TEST(WrongMixingBound, MeanOfTheClimbsInPlaceOfTheLeast) {
  std::uint64_t failures = 0;
  for_each_tree(Algorithm::kLifted,
                [&](const SmallTree& tree, const LeafChain& chain, const Eigen::RowVectorXd& mu) {
                  const std::vector<double> all = climbs(tree);
                  double mean = 0;
                  for (const double climb : all) mean += climb / static_cast<double>(all.size());
                  failures += decay(chain, mu) > 1 - mean + kRounding ? 1U : 0U;
                });
  EXPECT_GT(failures, 10U);
}

TEST(WrongMixingBound, EstimateOverMassInPlaceOfMassOverEstimate) {
  std::uint64_t failures = 0;
  for_each_tree(Algorithm::kJerrumSinclair, [&](const SmallTree& tree, const LeafChain& chain,
                                                const Eigen::RowVectorXd& mu) {
    std::vector<double> kappa(tree.horizon, 0.0);
    for (std::uint32_t node = 2; node < tree.nodes(); ++node) {
      double& largest = kappa[depth_of(tree, node) - 1];
      if (tree.mass[node] > 0) largest = std::max(largest, tree.w[node] / tree.mass[node]);
    }
    failures += decay(chain, mu) > 1 - 1 / relaxation_bound(kappa) + kRounding ? 1U : 0U;
  });
  EXPECT_GT(failures, 10U);
}

TEST(WrongMixingBound, OneVisitTooFew) {
  // A uniform tree of exact estimates forgets all at the root: the first visit is a draw, but no
  // visit would be none.
  const SmallTree tree = make_case(2, 3, Masses::kFlat, Estimate::kExact, 1.0, 1).tree;
  const LeafChain chain = solve(tree, Algorithm::kLifted);
  const Eigen::RowVectorXd mu = target(tree, chain);
  EXPECT_LT(same_tour(chain, mu, 1), 1e-12);
  EXPECT_NEAR(same_tour(chain, mu, 0), 1, 1e-12);
}

}  // namespace
}  // namespace wend::test
