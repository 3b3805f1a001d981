// Walks whose estimate changes from visit to visit (docs/adapt.md, "Why training keeps the law"),
// by dense linear algebra on small trees: no sampling error.
#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "host/oracles/row_compiler.hpp"
#include "host/oracles/walk_of.hpp"
#include "tests/support/leaf_chain.hpp"
#include "tests/support/random_trees.hpp"
#include "wend/bounds.hpp"

namespace wend::test {
namespace {

constexpr double kRounding = 1e-9;  // of the linear algebra
constexpr std::uint64_t kTrees = 60;
constexpr int kEstimates = 6;

LeafChain solve(const SmallTree& tree, Algorithm algorithm) {
  return solve_leaf_chain(tree, algorithm == Algorithm::kLifted,
                          [&](std::uint32_t node, bool from_below, std::span<double> outcomes) {
                            step_outcomes(walk_of(algorithm), from_below, tree.parent_weight(node),
                                          tree.children(node), {}, outcomes);
                          });
}

/// The same leaves under other estimates: nodes with mass by up to e^2 either way.
SmallTree reestimated(SmallTree tree, std::mt19937_64& random) {
  for (std::uint32_t node = 2; node < tree.first_leaf(); ++node)
    if (tree.mass[node] > 0) tree.w[node] = tree.mass[node] * std::exp(4 * uniform(random) - 2);
  return tree;
}

/// Of a chain over its leaves in the order of the tree's, so that chains can be composed.
Eigen::MatrixXd in_order(const SmallTree& tree, const LeafChain& chain) {
  const auto leaves = static_cast<Eigen::Index>(tree.nodes() - tree.first_leaf());
  Eigen::MatrixXd all = Eigen::MatrixXd::Identity(leaves, leaves);
  for (std::size_t x = 0; x < chain.leaves.size(); ++x) {
    const auto row = static_cast<Eigen::Index>(chain.leaves[x] - tree.first_leaf());
    all.row(row).setZero();
    for (std::size_t y = 0; y < chain.leaves.size(); ++y)
      all(row, static_cast<Eigen::Index>(chain.leaves[y] - tree.first_leaf())) =
          chain.transition(static_cast<Eigen::Index>(x), static_cast<Eigen::Index>(y));
  }
  return all;
}

Eigen::RowVectorXd target_in_order(const SmallTree& tree) {
  Eigen::RowVectorXd mu(static_cast<Eigen::Index>(tree.nodes() - tree.first_leaf()));
  for (Eigen::Index x = 0; x < mu.size(); ++x)
    mu(x) = tree.mass[tree.first_leaf() + static_cast<std::uint32_t>(x)];
  return mu / mu.sum();
}

/// |f - 1| in L2(mu), f being the density of a law against mu.
double density_distance(const Eigen::RowVectorXd& law, const Eigen::RowVectorXd& mu) {
  double sum = 0;
  for (Eigen::Index x = 0; x < mu.size(); ++x)
    if (mu(x) > 0) sum += (law(x) / mu(x) - 1) * (law(x) / mu(x) - 1) * mu(x);
  return std::sqrt(sum);
}

class ChangingEstimatesOf : public testing::TestWithParam<Algorithm> {};

// Kernels that were chosen without looking at the chain: mu stays, and the distances multiply.
TEST_P(ChangingEstimatesOf, KeepTheTargetAndMultiplyTheGaps) {
  for (std::uint64_t seed = 1; seed <= kTrees; ++seed) {
    SCOPED_TRACE("tree " + std::to_string(seed));
    std::mt19937_64 random(seed);
    const SmallTree tree = random_tree(seed);
    const Eigen::RowVectorXd mu = target_in_order(tree);
    Eigen::RowVectorXd stays = mu;
    Eigen::RowVectorXd law = Eigen::RowVectorXd::Zero(mu.size());
    Eigen::Index begin = 0;
    while (mu(begin) == 0) ++begin;
    law(begin) = 1;
    double bound = density_distance(law, mu);
    for (int k = 0; k < kEstimates; ++k) {
      const SmallTree changed = reestimated(tree, random);
      const Eigen::MatrixXd step = in_order(changed, solve(changed, GetParam()));
      stays = stays * step;
      law = law * step;
      bound *= 1 - 1 / relaxation_bound(kappa_by_depth(changed));
      EXPECT_LE((stays - mu).cwiseAbs().maxCoeff(), kRounding);
      EXPECT_LE(density_distance(law, mu), bound * (1 + kRounding) + kRounding);
      EXPECT_LE(total_variation(law, mu), bound / 2 + kRounding);
    }
  }
}

// A sampler that trains on its own answers: the estimate of its next visit depends on where it
// stands. Each kernel keeps mu, and their mixture does not.
TEST_P(ChangingEstimatesOf, AreWrongWhereTheChainChoosesThem) {
  int visibly = 0;
  for (std::uint64_t seed = 1; seed <= kTrees; ++seed) {
    std::mt19937_64 random(seed);
    const SmallTree tree = random_tree(seed);
    const Eigen::RowVectorXd mu = target_in_order(tree);
    const SmallTree one = reestimated(tree, random);
    const SmallTree other = reestimated(tree, random);
    Eigen::MatrixXd step = in_order(one, solve(one, GetParam()));
    const Eigen::MatrixXd instead = in_order(other, solve(other, GetParam()));
    for (Eigen::Index x = 0; x < mu.size(); x += 2) step.row(x) = instead.row(x);
    if (total_variation(mu * step, mu) > 0.01) ++visibly;
  }
  EXPECT_GT(visibly, static_cast<int>(kTrees) / 3);
}

INSTANTIATE_TEST_SUITE_P(Walks, ChangingEstimatesOf,
                         testing::Values(Algorithm::kJerrumSinclair, Algorithm::kLifted),
                         [](const auto& param) {
                           return param.param == Algorithm::kLifted ? "Lifted" : "JerrumSinclair";
                         });

}  // namespace
}  // namespace wend::test
