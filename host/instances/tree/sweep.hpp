#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "host/base/parallel.hpp"
#include "host/instances/tree/masses.hpp"
#include "kernels/walk/rule.hpp"

namespace wend {

/// What a visitor of a sweep sees of one interior node.
template <class Value>
struct NodeView {
  std::uint32_t depth;
  std::uint64_t index;
  double exact;
  double estimate;
  double below;                         // S, the sum of the children's w
  std::span<const double> exact_below;  // mass of each child
  std::span<const double> children;     // w of each child; at depth H-1 the leaf masses
  std::span<const Value> values;        // of each child, by the fold
};

/// Folds give every node a value that follows from its children's. This one gives none.
struct NoFold {
  struct Value {};
  static Value leaf(double /*mass*/) { return {}; }
  static Value node(const NodeView<Value>& /*node*/) { return {}; }
};

/// One level of the tree, as seen from its parents.
template <class Value>
struct TreeLevel {
  std::vector<double> exact;
  std::vector<double> estimate;
  std::vector<Value> values;

  void resize(std::uint64_t nodes) {
    exact.resize(nodes);
    estimate.resize(nodes);
    values.resize(nodes);
  }
};

/// Calls make_visitor() once a block of nodes and its result for every node, from depth H-1 up to
/// the root; within a level in parallel. Returns the root's value. O(A^H).
template <class Fold, class MakeVisitor>
typename Fold::Value visit_bottom_up(const TreeMasses& masses, const MakeVisitor& make_visitor) {
  using Value = typename Fold::Value;
  constexpr std::uint64_t kGrain = 4096;
  const std::uint32_t alphabet = masses.alphabet;
  TreeLevel<Value> below;
  TreeLevel<Value> level;
  for (std::uint32_t h = masses.horizon; h-- > 0;) {
    const std::uint64_t nodes = leaves(alphabet, h);
    const bool children_are_leaves = h + 1 == masses.horizon;
    level.resize(nodes);
    parallel_blocks(nodes, kGrain, 0, [&](std::uint64_t first, std::uint64_t last) {
      auto visitor = make_visitor();
      std::vector<double> leaf_masses(children_are_leaves ? alphabet : 0);
      std::vector<Value> leaf_values(children_are_leaves ? alphabet : 0);
      for (std::uint64_t i = first; i < last; ++i) {
        for (std::uint32_t c = 0; children_are_leaves && c < alphabet; ++c) {
          leaf_masses[c] = masses.leaf_mass(i * alphabet + c);
          leaf_values[c] = Fold::leaf(leaf_masses[c]);
        }
        const auto children = [&](const auto& of_leaves, const auto& of_nodes) {
          return children_are_leaves
                     ? std::span(std::as_const(of_leaves))
                     : std::span(std::as_const(of_nodes)).subspan(i * alphabet, alphabet);
        };
        NodeView<Value> node{h,
                             i,
                             0,
                             0,
                             0,
                             children(leaf_masses, below.exact),
                             children(leaf_masses, below.estimate),
                             children(leaf_values, below.values)};
        // Summed as the rule sums: exact estimates are then the sums of their children to the bit.
        const auto sum = [&](std::span<const double> terms) {
          return kernels::ordered_sum(alphabet, [&](std::uint32_t c) { return terms[c]; });
        };
        node.exact = sum(node.exact_below);
        node.estimate = h == 0 ? node.exact : masses.estimate(h, i, node.exact);
        node.below = sum(node.children);
        level.exact[i] = node.exact;
        level.estimate[i] = node.estimate;
        level.values[i] = Fold::node(node);
        visitor(node);
      }
    });
    std::swap(below, level);
  }
  return below.values[0];
}

}  // namespace wend
