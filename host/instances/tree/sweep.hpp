#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "host/base/parallel.hpp"
#include "host/instances/tree/masses.hpp"
#include "kernels/walk/rule.hpp"

namespace wend {

inline constexpr std::uint64_t kSubtreeLeaves = std::uint64_t{1} << 16U;

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

/// Depth of the subtrees that a sweep takes one by one: as high as they have 2^16 leaves at most,
/// so that a thread's stay in its cache.
inline std::uint32_t subtree_depth(std::uint32_t alphabet, std::uint32_t horizon) {
  std::uint32_t depth = horizon - 1;
  while (depth > 0 && leaves(alphabet, horizon - depth + 1) <= kSubtreeLeaves) --depth;
  return depth;
}

/// Some nodes of one level, in their order, as seen from their parents.
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

/// Visits nodes first .. first + count - 1 of depth h, whose children are those of `below` from
/// place `below_at` on, or leaves, and keeps them in `level` from place `level_at` on.
template <class Fold, class Visitor>
void visit_nodes(const TreeMasses& masses, std::uint32_t h, std::uint64_t first,
                 std::uint64_t count, const TreeLevel<typename Fold::Value>& below,
                 std::uint64_t below_at, TreeLevel<typename Fold::Value>& level,
                 std::uint64_t level_at, Visitor& visitor) {
  using Value = typename Fold::Value;
  const std::uint32_t alphabet = masses.alphabet;
  const bool children_are_leaves = h + 1 == masses.horizon;
  std::vector<double> leaf_masses(children_are_leaves ? alphabet : 0);
  std::vector<Value> leaf_values(children_are_leaves ? alphabet : 0);
  for (std::uint64_t k = 0; k < count; ++k) {
    const std::uint64_t i = first + k;
    for (std::uint32_t c = 0; children_are_leaves && c < alphabet; ++c) {
      leaf_masses[c] = masses.leaf_mass(i * alphabet + c);
      leaf_values[c] = Fold::leaf(leaf_masses[c]);
    }
    const auto children = [&](const auto& of_leaves, const auto& of_nodes) {
      return children_are_leaves
                 ? std::span(std::as_const(of_leaves))
                 : std::span(std::as_const(of_nodes)).subspan(below_at + k * alphabet, alphabet);
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
    level.exact[level_at + k] = node.exact;
    level.estimate[level_at + k] = node.estimate;
    level.values[level_at + k] = Fold::node(node);
    visitor(node);
  }
}

/// Calls the result of make_visitor(), one a thread and block of nodes, for every interior node,
/// children before parents. Returns the root's value. O(A^H); sweep_bytes().
template <class Fold, class MakeVisitor>
typename Fold::Value visit_bottom_up(const TreeMasses& masses, const MakeVisitor& make_visitor) {
  using Level = TreeLevel<typename Fold::Value>;
  const std::uint32_t alphabet = masses.alphabet;
  const std::uint32_t top = subtree_depth(alphabet, masses.horizon);
  const std::uint64_t subtree = leaves(alphabet, masses.horizon - top);
  Level below;
  below.resize(leaves(alphabet, top));
  parallel_blocks(leaves(alphabet, top), std::max<std::uint64_t>(1, kSubtreeLeaves / subtree), 0,
                  [&](std::uint64_t first, std::uint64_t last) {
                    auto visitor = make_visitor();
                    Level lower;
                    Level upper;
                    for (std::uint64_t root = first; root < last; ++root) {
                      for (std::uint32_t h = masses.horizon; h-- > top + 1;) {
                        const std::uint64_t nodes = leaves(alphabet, h - top);
                        upper.resize(nodes);
                        visit_nodes<Fold>(masses, h, root * nodes, nodes, lower, 0, upper, 0,
                                          visitor);
                        std::swap(lower, upper);
                      }
                      visit_nodes<Fold>(masses, top, root, 1, lower, 0, below, root, visitor);
                    }
                  });
  Level level;
  for (std::uint32_t h = top; h-- > 0;) {
    const std::uint64_t nodes = leaves(alphabet, h);
    level.resize(nodes);
    parallel_blocks(nodes, kSubtreeLeaves, 0, [&](std::uint64_t first, std::uint64_t last) {
      auto visitor = make_visitor();
      visit_nodes<Fold>(masses, h, first, last - first, below, first * alphabet, level, first,
                        visitor);
    });
    std::swap(below, level);
  }
  return below.values[0];
}

}  // namespace wend
