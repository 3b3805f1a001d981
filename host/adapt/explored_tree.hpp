#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace wend {

/// The rows that scouts were answered, by prefix: a tree whose nodes are what was asked for, a
/// parent before its children. Untrained estimates, as logarithms. Rows stay where they are, so
/// that to grow takes no room for a copy.
class ExploredTree {
 public:
  using Node = std::uint32_t;
  static constexpr Node kNone = ~Node{0};
  static constexpr Node kRoot = 0;
  /// A number, that draws do not depend on the machine.
  static constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 32U;

  /// A child that has mass.
  struct Edge {
    double log_ratio;      ///< ln( w(c)/w(u) ); below the root ln w(c)
    std::uint32_t symbol;  ///< ascending in a row
    std::uint32_t bucket;
    Node node = kNone;  ///< the child's own, once it was asked for
    bool leaf = false;
  };

  explicit ExploredTree(std::uint64_t most_bytes = kMostBytes) : most_bytes_(most_bytes) {}
  ExploredTree(const ExploredTree&) = delete;
  ExploredTree& operator=(const ExploredTree&) = delete;
  ExploredTree(ExploredTree&&) = delete;
  ExploredTree& operator=(ExploredTree&&) = delete;
  ~ExploredTree() = default;

  [[nodiscard]] std::uint32_t size() const { return size_; }
  /// What nodes and rows take; blocks that rows share have an eighth of them unused at most, and
  /// the last one up to all of it.
  [[nodiscard]] std::uint64_t bytes() const {
    return size_ * sizeof(NodeData) + edge_count_ * sizeof(Edge);
  }
  /// Whether it has more than it may: nothing is asked for then (RowSource).
  [[nodiscard]] bool full() const { return bytes() > most_bytes_; }
  [[nodiscard]] std::uint32_t depth(Node node) const { return data(node).depth; }
  [[nodiscard]] Node parent(Node node) const { return data(node).parent; }
  /// That led to it from its parent; 0 at the root, as its bucket is.
  [[nodiscard]] std::uint32_t symbol(Node node) const { return data(node).symbol; }
  [[nodiscard]] std::uint32_t bucket(Node node) const { return data(node).bucket; }
  /// ln w(u), the root's w being 1.
  [[nodiscard]] double log_estimate(Node node) const { return data(node).log_estimate; }
  /// Times that a scout has come down to it.
  [[nodiscard]] std::uint64_t arrivals(Node node) const { return data(node).arrivals; }
  void count_arrival(Node node) { ++data(node).arrivals; }
  [[nodiscard]] std::span<const Edge> edges(Node node) const {
    return {data(node).edges, data(node).edge_count};
  }
  [[nodiscard]] const Edge& edge(Node node, std::uint32_t number) const {
    return data(node).edges[number];
  }

  /// The node of a prefix; kNone if it was not asked for. O(depth * log A).
  [[nodiscard]] Node find(std::span<const std::uint32_t> prefix) const;
  /// Symbols from the root to it.
  [[nodiscard]] std::vector<std::uint32_t> prefix(Node node) const;

  /// Adds the child behind edge `number` of `parent`, or the root (kNone), with its row.
  Node add(Node parent, std::uint32_t number, std::span<const Edge> row);

  /// ln of the sum of g over all leaves whose parents were asked for: a lower bound of ln Z, the
  /// root's w being 1, rounded down by the most that double may have rounded off (docs/adapt.md).
  /// nullopt where there is none. O(edges).
  [[nodiscard]] std::optional<double> log_leaf_mass() const;

 private:
  struct NodeData {
    double log_estimate;
    std::uint64_t arrivals;
    Edge* edges;
    std::uint32_t edge_count;
    std::uint32_t depth;
    std::uint32_t symbol;
    std::uint32_t bucket;
    Node parent;
  };
  // Nodes lie in blocks of 2^kBlockBits, which an index finds by shifts alone.
  static constexpr std::uint32_t kBlockBits = 12;
  static constexpr std::uint32_t kInBlock = (1U << kBlockBits) - 1;

  [[nodiscard]] NodeData& data(Node node) { return nodes_[node >> kBlockBits][node & kInBlock]; }
  [[nodiscard]] const NodeData& data(Node node) const {
    return nodes_[node >> kBlockBits][node & kInBlock];
  }
  Edge* store(std::span<const Edge> row);

  std::uint64_t most_bytes_;
  std::vector<std::vector<NodeData>> nodes_;  // none of which grows beyond a block
  std::uint32_t size_ = 0;
  std::vector<std::vector<Edge>> blocks_;  // none of which grows beyond what it has room for
  std::vector<std::vector<Edge>> long_rows_;
  std::uint64_t edge_count_ = 0;
};

}  // namespace wend
