#pragma once

#include <cmath>
#include <cstdint>
#include <span>
#include <variant>
#include <vector>

#include "host/oracles/knapsack_oracle.hpp"
#include "host/oracles/oracle.hpp"
#include "tests/support/leaf_chain.hpp"
#include "tests/support/row_units.hpp"

// The law of the leaves over rows as they were compiled, integers and all, by prefixes: what a
// guarantee's rounding must bound.
namespace wend::test {

/// Numbers of the table's laws by node of a complete tree; a law is one row, or two with a
/// direction. Of state graphs without shared layers, and of the rounded knapsack.
inline std::vector<std::uint64_t> law_numbers(const Oracle& oracle, const SmallTree& tree) {
  std::vector<std::uint64_t> laws(tree.nodes(), 0);
  if (const auto* states = std::get_if<StateOracle>(&oracle)) {
    const std::uint64_t mask = (std::uint64_t{1} << states->row_bits) - 1;
    for (std::uint32_t node = 1; node < tree.first_leaf(); ++node)
      for (std::uint32_t c = 0; c < tree.alphabet; ++c)
        laws[tree.child(node, c)] = states->next[laws[node] * tree.alphabet + c] & mask;
    return laws;
  }
  const auto& knapsack = std::get<KnapsackOracle>(oracle);
  const kernels::KnapsackView view = make_knapsack_view(knapsack);
  std::vector<std::uint64_t> remaining(tree.nodes(), knapsack.capacity);
  std::uint32_t depth = 0;
  for (std::uint32_t node = 1; node < tree.first_leaf(); ++node) {
    if (node >= tree.end_of_depth(depth)) ++depth;
    const kernels::KnapsackItem& item = knapsack.items[depth];
    laws[node] = node == 1 ? knapsack.root_row : view.row(item, remaining[node]);
    remaining[tree.child(node, 0)] = remaining[node];
    // A child that does not fit is never reached.
    remaining[tree.child(node, 1)] =
        item.weight <= remaining[node] ? remaining[node] - item.weight : 0;
  }
  return laws;
}

inline const RowTable& rows_of(const Oracle& oracle) {
  if (const auto* states = std::get_if<StateOracle>(&oracle)) return states->rows;
  return std::get<KnapsackOracle>(oracle).rows;
}

/// Law of the leaves of a tree of the oracle's size: of a walk's visits at stationarity.
inline std::vector<double> integer_law(const Oracle& oracle, kernels::Walk walk) {
  const SmallTree tree(alphabet(oracle), horizon(oracle));
  const std::vector<std::uint64_t> laws = law_numbers(oracle, tree);
  const std::uint32_t node_rows = kernels::rows_per_node(walk);
  const LeafChain chain =
      solve_leaf_chain(tree, kernels::is_directed(walk),
                       [&](std::uint32_t node, bool from_below, std::span<double> outcomes) {
                         const std::uint64_t row = laws[node] * node_rows + (from_below ? 1U : 0U);
                         const std::vector<std::uint64_t> units = row_units(rows_of(oracle), row);
                         for (std::size_t i = 0; i < units.size(); ++i)
                           outcomes[i] = static_cast<double>(units[i]);
                       });
  const Eigen::RowVectorXd visits = stationary(chain);
  std::vector<double> law(tree.nodes() - tree.first_leaf(), 0.0);
  for (std::size_t x = 0; x < chain.leaves.size(); ++x)
    law[chain.leaves[x] - tree.first_leaf()] = visits(static_cast<Eigen::Index>(x));
  return law;
}

/// The same of the sequential sampler's accepted proposals, and how many of all they are.
inline std::vector<double> accepted_law(const Oracle& oracle, double& acceptance) {
  const SmallTree tree(alphabet(oracle), horizon(oracle));
  const std::vector<std::uint64_t> laws = law_numbers(oracle, tree);
  std::vector<double> reach(tree.nodes(), 0.0);
  reach[1] = 1;
  for (std::uint32_t node = 1; node < tree.first_leaf(); ++node) {
    if (reach[node] <= 0) continue;
    const std::vector<std::uint64_t> units = row_units(rows_of(oracle), laws[node]);
    for (std::uint32_t c = 0; c < tree.alphabet; ++c)
      reach[tree.child(node, c)] = reach[node] * static_cast<double>(units[1 + c]) * 0x1p-32;
  }
  std::vector<double> law(reach.begin() + tree.first_leaf(), reach.end());
  acceptance = 0;
  for (const double leaf : law) acceptance += leaf;
  for (double& leaf : law) leaf /= acceptance;
  return law;
}

}  // namespace wend::test
