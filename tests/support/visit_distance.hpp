#pragma once

#include <cstdint>
#include <span>

#include "host/oracles/row_compiler.hpp"
#include "host/oracles/walk_of.hpp"
#include "tests/support/leaf_chain.hpp"

namespace wend::test {

/// Total variation, worked out exactly, between a tree's target and the law of leaf visit `visits`
/// of a walk by the library's rule, from the root.
inline double distance_at(const SmallTree& tree, Algorithm algorithm, std::uint32_t visits) {
  const LeafChain chain =
      solve_leaf_chain(tree, algorithm == Algorithm::kLifted,
                       [&](std::uint32_t node, bool from_below, std::span<double> outcomes) {
                         step_outcomes(walk_of(algorithm), from_below, tree.parent_weight(node),
                                       tree.children(node), {}, outcomes);
                       });
  return total_variation(visit_law(chain, visits), target(tree, chain));
}

}  // namespace wend::test
