// The estimate that members of a class give of an oracle outside of it, and the chain of leaf
// visits over it, by linear algebra: its law is the oracle's whatever the class got wrong.
#include "host/instances/class/mean_estimate.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

#include "host/oracles/row_compiler.hpp"
#include "tests/support/leaf_chain.hpp"
#include "tests/support/outside_classes.hpp"
#include "wend/bounds.hpp"

namespace wend::test {
namespace {

std::vector<std::uint32_t> symbols_of(const SmallTree& tree, std::uint32_t node) {
  std::vector<std::uint32_t> symbols;
  for (; node != 1; node = tree.parent(node))
    symbols.insert(symbols.begin(), node - tree.child(tree.parent(node), 0));
  return symbols;
}

/// w at every node, from the rows that the engine would be given: along a path each row is relative
/// to its own node.
SmallTree asked_tree(const Instance& estimate) {
  SmallTree tree(estimate.facts().alphabet, estimate.facts().horizon);
  const auto model = estimate.model(kernels::Walk::kLifted, Correction::kReject);
  tree.w[1] = 1;
  for (std::uint32_t node = 1; node < tree.first_leaf(); ++node) {
    const std::vector<std::uint32_t> prefix = symbols_of(tree, node);
    const auto depth = static_cast<std::uint32_t>(prefix.size());
    const std::uint32_t zero = 0;
    const std::uint32_t symbol = prefix.empty() ? 0 : prefix.back();
    const std::uint32_t* path = prefix.data();
    std::vector<double> mass(tree.alphabet);
    double own = 0;
    OracleRows rows;
    rows.mass = mass.data();
    rows.own = &own;
    model->expand(0, {1, &zero, &depth, &symbol, &zero, &path}, rows);
    if (tree.w[node] == 0) continue;
    for (std::uint32_t c = 0; c < tree.alphabet; ++c)
      tree.w[tree.child(node, c)] = node == 1 ? mass[c] : mass[c] / own * tree.w[node];
  }
  return tree;
}

LeafChain solve(const SmallTree& tree) {
  return solve_leaf_chain(
      tree, true, [&tree](std::uint32_t node, bool from_below, std::span<double> outcomes) {
        step_outcomes(kernels::Walk::kLifted, from_below, tree.parent_weight(node),
                      tree.children(node), {}, outcomes);
      });
}

/// mu* of the outside law on the chain's leaves, all that have mass.
Eigen::RowVectorXd law_on(const SmallTree& tree, const LeafChain& chain, const Outside& outside) {
  double total = 0;
  for (const double mass : outside.law) total += mass;
  Eigen::RowVectorXd law(static_cast<Eigen::Index>(chain.leaves.size()));
  for (std::size_t i = 0; i < chain.leaves.size(); ++i)
    law(static_cast<Eigen::Index>(i)) = outside.law[chain.leaves[i] - tree.first_leaf()] / total;
  return law;
}

// By linear algebra, for good members and bad ones.
TEST(MeanEstimate, LeafVisitsHaveTheOutsideLawExactly) {
  for (const Outside& outside : all_outside()) {
    const auto instance = outside.instance();
    for (const std::vector<std::uint32_t>& members :
         {std::vector<std::uint32_t>{kNearMember}, {0}, {1, 4, 5, 20}}) {
      const auto estimate = estimate_by(*instance, members);
      const SmallTree tree = asked_tree(*estimate);
      const LeafChain chain = solve(tree);
      const Eigen::RowVectorXd mu = law_on(tree, chain, outside);
      EXPECT_NEAR(mu.sum(), 1, 1e-12) << outside.name << ": leaves with mass are not reached";
      EXPECT_LE((stationary(chain) - mu).cwiseAbs().maxCoeff(), 1e-10) << outside.name;

      const WalkBounds bounds = estimate->walk_bounds();
      const double relaxation =
          std::min(relaxation_bound(estimate->facts().kappa_by_depth), 1 / bounds.least_climb);
      const std::uint32_t visits = proven_visits(relaxation, 0.01);
      EXPECT_LE(total_variation(visit_law(chain, visits), mu), 0.01) << outside.name;
      const LeafChainFacts facts = measure(tree, chain);
      EXPECT_LE(facts.relaxation, relaxation) << outside.name;
      EXPECT_LE(facts.steps_per_visit, bounds.steps_per_visit.value()) << outside.name;
      EXPECT_LT(bounds.rounding, 1e-4) << outside.name;
    }
  }
}

// The estimate is what it is said to be, at every node and as a row of its parent's.
TEST(MeanEstimate, IsTheMeanAsFarAsTheAnswersAllow) {
  std::uint32_t held = 0;  // nodes at which the answer has a say
  std::uint32_t free = 0;
  for (const Outside& outside : all_outside()) {
    const auto instance = outside.instance();
    const std::vector<std::uint32_t> members{2, 5, 9};
    const auto estimate = estimate_by(*instance, members);
    const SmallTree tree = asked_tree(*estimate);
    const Instance& oracle = *instance->class_target()->oracle;
    double scale = 0;  // that rows of the root have
    for (std::uint32_t node = 2; node < tree.nodes(); ++node) {
      const std::vector<std::uint32_t> prefix = symbols_of(tree, node);
      const auto depth = static_cast<std::uint32_t>(prefix.size());
      double mean = 0;
      for (const std::uint32_t member : members)
        mean += std::exp(log_prefix_mass(outside.members, member, prefix.data(), depth)) / 3;
      const double own = std::exp(*oracle.log_estimate(prefix.data(), depth));
      const double expected =
          tree.is_leaf(node) ? own : std::clamp(mean, own / outside.kappa, own * outside.kappa);
      if (!tree.is_leaf(node)) ++(expected == mean ? free : held);
      EXPECT_NEAR(std::exp(*estimate->log_estimate(prefix.data(), depth)), expected,
                  1e-13 * expected);
      if (scale == 0) scale = tree.w[node] / expected;
      EXPECT_NEAR(tree.w[node], scale * expected, 1e-12 * scale * expected) << outside.name;
    }
  }
  EXPECT_GT(held, 20U);
  EXPECT_GT(free, 20U);
}

// Controls of the two tests above: the members alone do not reach all mass, and with their leaves
// the law is another one.
TEST(MeanEstimate, MembersAloneAreWrong) {
  const Outside outside = moved();
  SmallTree tree(3, 4);
  tree.w[1] = 1;
  for (std::uint32_t node = 2; node < tree.nodes(); ++node) {
    const std::vector<std::uint32_t> prefix = symbols_of(tree, node);
    tree.w[node] = std::exp(log_prefix_mass(outside.members, kNearMember, prefix.data(),
                                            static_cast<std::uint32_t>(prefix.size())));
  }
  LeafChain chain = solve(tree);
  EXPECT_GT((stationary(chain) - law_on(tree, chain, outside)).cwiseAbs().maxCoeff(), 0.05);
  for (std::uint32_t node = tree.first_leaf(); node < tree.nodes(); ++node)
    tree.w[node] = outside.law[node - tree.first_leaf()];
  chain = solve(tree);
  EXPECT_LT(law_on(tree, chain, outside).sum(), 0.95);
}

// Masses of 1,500 symbols are below what a double holds.
TEST(MeanEstimate, NoHorizonUnderflows) {
  constexpr std::uint32_t kLong = 1500;
  const std::vector<double> transition{0.3, 0.7, 0.4, 0.6};
  InstanceDocument document;
  document.json = R"({"wend": 1, "kind": "class", "horizon": 1500, "kappa": 4,
    "family": {"kind": "markov", "count": 8, "seed": 2}, "oracle": {"kind": "ngram",
    "transition": {"array": "t"}, "order": 2, "horizon": 1500,
    "estimate": {"kind": "noise", "model": "iid", "kappa": 1.5, "seed": 3}}})";
  document.arrays["t"] = {InstanceArray::Type::kF8, {2, 2}, transition.data()};
  const auto instance = make_instance(document);
  const ClassTarget& target = *instance->class_target();
  const std::vector<std::uint32_t> all{0, 1, 2, 3, 4, 5, 6, 7};
  // With a kappa at which the answer has no say.
  const auto estimate =
      make_mean_estimate(target, instance->facts(), select_members(target.members, all), 1e300, 1);
  std::vector<std::uint32_t> path(kLong);
  for (std::uint32_t h = 0; h < kLong; ++h) path[h] = h * h % 7 < 3 ? 1 : 0;
  for (const std::uint32_t depth : {1400U, kLong - 1}) {
    double mean = 0;  // relative to the last member's
    const double last = log_prefix_mass(target.members, 7, path.data(), depth);
    for (const std::uint32_t member : all)
      mean += std::exp(log_prefix_mass(target.members, member, path.data(), depth) - last) / 8;
    EXPECT_LT(last, -800);
    const double expected = last + std::log(mean);
    EXPECT_NEAR(*estimate->log_estimate(path.data(), depth), expected, 1e-8);
  }
}

}  // namespace
}  // namespace wend::test
