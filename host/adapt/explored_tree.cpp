#include "host/adapt/explored_tree.hpp"

#include <algorithm>
#include <cmath>

#include "host/adapt/scaled_sum.hpp"

namespace wend {
namespace {

// Edges of a block, 1.5 MiB; longer rows than an eighth of it are by themselves.
constexpr std::size_t kBlock = std::size_t{1} << 16U;
constexpr std::size_t kLongRow = kBlock / 8;

}  // namespace

ExploredTree::Node ExploredTree::find(std::span<const std::uint32_t> prefix) const {
  if (size_ == 0) return kNone;
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
  NodeData added{.log_estimate = 0,
                 .arrivals = 0,
                 .edges = store(row),
                 .edge_count = static_cast<std::uint32_t>(row.size()),
                 .depth = 0,
                 .symbol = 0,
                 .bucket = 0,
                 .parent = parent};
  if (parent != kNone) {
    Edge& from = data(parent).edges[number];
    from.node = size_;
    added.log_estimate = data(parent).log_estimate + from.log_ratio;
    added.depth = data(parent).depth + 1;
    added.symbol = from.symbol;
    added.bucket = from.bucket;
  }
  if ((size_ & kInBlock) == 0) nodes_.emplace_back().reserve(kInBlock + 1);
  nodes_.back().push_back(added);
  return size_++;
}

ExploredTree::Edge* ExploredTree::store(std::span<const Edge> row) {
  edge_count_ += row.size();
  if (row.size() > kLongRow) return long_rows_.emplace_back(row.begin(), row.end()).data();
  if (blocks_.empty() || blocks_.back().size() + row.size() > kBlock)
    blocks_.emplace_back().reserve(kBlock);
  std::vector<Edge>& block = blocks_.back();
  const std::size_t first = block.size();
  block.insert(block.end(), row.begin(), row.end());
  return block.data() + first;
}

std::optional<double> ExploredTree::log_leaf_mass() const {
  std::uint64_t leaves = 0;
  std::uint32_t deepest = 0;
  double largest_log = 0;  // of all that were added up
  for (Node number = 0; number < size_; ++number) {
    const NodeData& node = data(number);
    largest_log = std::max(largest_log, std::abs(node.log_estimate));
    deepest = std::max(deepest, node.depth + 1);
    for (const Edge& edge : std::span(node.edges, node.edge_count)) {
      if (!edge.leaf) continue;
      ++leaves;
      largest_log = std::max(largest_log, std::abs(node.log_estimate + edge.log_ratio));
    }
  }
  if (leaves == 0) return std::nullopt;
  const double log = scaled_sum([&](const auto& visit) {
                       for (Node node = 0; node < size_; ++node)
                         for (const Edge& edge : edges(node))
                           if (edge.leaf) visit(log_estimate(node) + edge.log_ratio);
                     }).log();
  // At each depth the logarithms of two masses, two units in the last place of up to 745 each, and
  // half a unit of the sum; then one of each leaf's exponential and of each addition.
  const double of_logs = (deepest + 1) * (0x1p-40 + 0x1p-52 * largest_log);
  const double of_sum = 0x1p-49 + 0x1p-52 * static_cast<double>(leaves);
  return log - of_logs - of_sum;
}

}  // namespace wend
