#include "host/baselines/prefix_trie.hpp"

#include <algorithm>
#include <utility>

namespace wend {

PrefixTrie::PrefixTrie(std::uint64_t bytes, std::uint32_t alphabet) {
  constexpr std::uint64_t kPlace = 64;  // a node's share of the table
  capacity_ =
      std::min<std::uint64_t>(bytes / (PrefixRow::bytes(alphabet) + sizeof(Node) + kPlace), kNone);
}

PrefixTrie::Id PrefixTrie::find(Id parent, std::uint32_t depth, std::uint32_t symbol) const {
  if (depth == 0) return nodes_.empty() ? kNone : 0;
  if (parent == kNone) return kNone;
  const auto place = places_.find(key(parent, symbol));
  return place == places_.end() ? kNone : place->second;
}

PrefixTrie::Id PrefixTrie::insert(Id parent, std::uint32_t depth, std::uint32_t symbol,
                                  std::shared_ptr<PrefixRow> row) {
  if (nodes_.size() == capacity_ || (depth > 0 && parent == kNone)) return kNone;
  const auto node = static_cast<Id>(nodes_.size());
  nodes_.push_back({std::move(row), depth == 0 ? kNone : parent, symbol});
  if (depth > 0) places_.emplace(key(parent, symbol), node);
  return node;
}

void PrefixTrie::weigh(Id parent, std::uint32_t symbol, double log_total,
                       const RowWeights& weights) {
  while (parent != kNone) {
    Node& node = nodes_[parent];
    node.row->set(symbol, node.row->log_weight(weights, symbol) + log_total);
    log_total = node.row->log_total();
    symbol = node.symbol;
    parent = node.parent;
  }
}

}  // namespace wend
