#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "host/adapt/explored_tree.hpp"
#include "host/adapt/scaled_sum.hpp"
#include "host/oracles/node_value.hpp"

namespace wend {

/// Estimates w(u) V(u) of interior nodes, where what was explored is backed up: a node whose
/// children were asked for counts as much as they do together, B(u), so that explored mass is
/// exact. Whatever V and the tree are, a leaf counts its own mass.
class TrainedEstimate {
 public:
  /// V alone.
  explicit TrainedEstimate(NodeValue value) : value_(std::move(value)) {}
  /// And backed up, over the nodes that `tree` has now; later ones do not count. O(edges).
  TrainedEstimate(NodeValue value, const ExploredTree& tree);

  [[nodiscard]] const NodeValue& value() const { return value_; }
  /// Whether a node of the tree is backed up; kNone is not.
  [[nodiscard]] bool knows(ExploredTree::Node node) const { return node < log_backed_.size(); }
  /// Nodes that are.
  [[nodiscard]] std::uint64_t explored() const { return log_backed_.size(); }

  /// ln of the factor that the child behind an edge has over w, at its `depth`: ln V, or
  /// ln( B/w ), which can be -inf; 0 for a leaf.
  [[nodiscard]] double log_factor(const ExploredTree::Edge& edge, std::uint32_t depth) const {
    if (edge.leaf) return 0;
    return knows(edge.node) ? log_backed_[edge.node] : value_.at(depth, edge.bucket);
  }
  /// ln of the child's trained estimate over its parent's untrained one.
  [[nodiscard]] double log_ratio(const ExploredTree::Edge& edge, std::uint32_t depth) const {
    return edge.log_ratio + log_factor(edge, depth);
  }
  /// The factor of a node of the tree itself; 0 at the root.
  [[nodiscard]] double log_factor(const ExploredTree& tree, ExploredTree::Node node) const {
    if (node == ExploredTree::kRoot) return 0;
    return knows(node) ? log_backed_[node] : value_.at(tree.depth(node), tree.bucket(node));
  }
  /// S/w of a node of the tree, S being the sum of its children's trained estimates, on the scale
  /// of the largest of them or of e^least.
  [[nodiscard]] ScaledSum sum(const ExploredTree& tree, ExploredTree::Node node,
                              double least = kNoMass) const {
    const std::uint32_t below = tree.depth(node) + 1;
    return scaled_sum(
        [&](const auto& visit) {
          for (const ExploredTree::Edge& edge : tree.edges(node)) visit(log_ratio(edge, below));
        },
        least);
  }
  /// ln( S/w ); -inf.
  [[nodiscard]] double log_sum(const ExploredTree& tree, ExploredTree::Node node) const {
    return sum(tree, node).log();
  }

 private:
  NodeValue value_;
  std::vector<double> log_backed_;
};

}  // namespace wend
