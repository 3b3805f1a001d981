#include "host/adapt/explored_tree.hpp"

#include <algorithm>

#include "kernels/lockstep/log_mass.hpp"

namespace wend {

ExploredTree::Node ExploredTree::find(std::span<const std::uint32_t> prefix) const {
  if (nodes_.empty()) return kNone;
  Node node = kRoot;
  for (const std::uint32_t symbol : prefix) {
    const std::span<const Edge> row = edges(node);
    const auto at = std::ranges::lower_bound(row, symbol, {}, &Edge::symbol);
    if (at == row.end() || at->symbol != symbol || at->node == kNone) return kNone;
    node = at->node;
  }
  return node;
}

std::vector<std::uint32_t> ExploredTree::prefix(Node node) const {
  std::vector<std::uint32_t> symbols(depth(node));
  for (; node != kRoot; node = parent(node)) symbols[depth(node) - 1] = symbol(node);
  return symbols;
}

ExploredTree::Node ExploredTree::add(Node parent, std::uint32_t number, std::span<const Edge> row) {
  const auto node = static_cast<Node>(nodes_.size());
  NodeData data{.log_estimate = 0,
                .arrivals = 0,
                .first_edge = edges_.size(),
                .edge_count = static_cast<std::uint32_t>(row.size()),
                .depth = 0,
                .symbol = 0,
                .bucket = 0,
                .parent = parent};
  if (parent != kNone) {
    Edge& from = edges_[nodes_[parent].first_edge + number];
    from.node = node;
    data.log_estimate = nodes_[parent].log_estimate + from.log_ratio;
    data.depth = nodes_[parent].depth + 1;
    data.symbol = from.symbol;
    data.bucket = from.bucket;
  }
  nodes_.push_back(data);
  edges_.insert(edges_.end(), row.begin(), row.end());
  return node;
}

std::optional<double> ExploredTree::log_leaf_mass() const {
  std::optional<double> largest;
  const auto each = [&](const auto& visit) {
    for (const NodeData& node : nodes_)
      for (const Edge& edge : std::span(edges_).subspan(node.first_edge, node.edge_count))
        if (edge.leaf) visit(node.log_estimate + edge.log_ratio);
  };
  each([&](double log) { largest = std::max(largest.value_or(log), log); });
  if (!largest) return std::nullopt;
  double sum = 0;
  each([&](double log) { sum += kernels::mass_of_log(log - *largest); });
  return *largest + kernels::log_of_mass(sum);
}

}  // namespace wend
