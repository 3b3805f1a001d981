#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace wend {

/// The rows that scouts were answered, by prefix: a tree whose nodes are what was asked for, a
/// parent before its children. Untrained estimates, as logarithms.
class ExploredTree {
 public:
  using Node = std::uint32_t;
  static constexpr Node kNone = ~Node{0};
  static constexpr Node kRoot = 0;

  /// A child that has mass.
  struct Edge {
    double log_ratio;      ///< ln( w(c)/w(u) ); below the root ln w(c)
    std::uint32_t symbol;  ///< ascending in a row
    std::uint32_t bucket;
    Node node = kNone;  ///< the child's own, once it was asked for
    bool leaf = false;
  };

  [[nodiscard]] std::uint32_t size() const { return static_cast<std::uint32_t>(nodes_.size()); }
  [[nodiscard]] std::uint64_t bytes() const {
    return nodes_.capacity() * sizeof(NodeData) + edges_.capacity() * sizeof(Edge);
  }
  /// No more is asked for then. A number, so that draws do not depend on the machine.
  [[nodiscard]] bool full() const { return bytes() > (std::uint64_t{1} << 32U); }
  [[nodiscard]] std::uint32_t depth(Node node) const { return nodes_[node].depth; }
  [[nodiscard]] Node parent(Node node) const { return nodes_[node].parent; }
  /// That led to it from its parent; 0 at the root, as its bucket is.
  [[nodiscard]] std::uint32_t symbol(Node node) const { return nodes_[node].symbol; }
  [[nodiscard]] std::uint32_t bucket(Node node) const { return nodes_[node].bucket; }
  /// ln w(u), the root's w being 1.
  [[nodiscard]] double log_estimate(Node node) const { return nodes_[node].log_estimate; }
  /// Times that a scout has come down to it.
  [[nodiscard]] std::uint64_t arrivals(Node node) const { return nodes_[node].arrivals; }
  void count_arrival(Node node) { ++nodes_[node].arrivals; }
  [[nodiscard]] std::span<const Edge> edges(Node node) const {
    return std::span(edges_).subspan(nodes_[node].first_edge, nodes_[node].edge_count);
  }
  [[nodiscard]] const Edge& edge(Node node, std::uint32_t number) const {
    return edges_[nodes_[node].first_edge + number];
  }

  /// The node of a prefix; kNone if it was not asked for. O(depth * log A).
  [[nodiscard]] Node find(std::span<const std::uint32_t> prefix) const;
  /// Symbols from the root to it.
  [[nodiscard]] std::vector<std::uint32_t> prefix(Node node) const;

  /// Adds the child behind edge `number` of `parent`, or the root (kNone), with its row.
  Node add(Node parent, std::uint32_t number, std::span<const Edge> row);

  /// ln of the sum of g over all leaves whose parents were asked for: a lower bound of ln Z, the
  /// root's w being 1. nullopt where there is none.
  [[nodiscard]] std::optional<double> log_leaf_mass() const;

 private:
  struct NodeData {
    double log_estimate;
    std::uint64_t arrivals;
    std::uint64_t first_edge;
    std::uint32_t edge_count;
    std::uint32_t depth;
    std::uint32_t symbol;
    std::uint32_t bucket;
    Node parent;
  };
  std::vector<NodeData> nodes_;
  std::vector<Edge> edges_;
};

}  // namespace wend
