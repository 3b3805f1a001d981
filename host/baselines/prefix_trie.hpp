#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "host/baselines/prefix_row.hpp"

namespace wend {

/// The rows that were asked for, by prefix, in bounded memory: when it is full, no more are kept.
/// Where its rows are weighted by bounds of the mass below them, they are made to agree: a child
/// that is known weighs what its own children do, so that what is known to be impossible weighs
/// nothing, up to the root. find() may be called from several threads at once, the others not.
class PrefixTrie {
 public:
  using Id = std::uint32_t;
  static constexpr Id kNone = ~Id{0};

  PrefixTrie(std::uint64_t bytes, std::uint32_t alphabet);

  /// The node that `symbol` leads to from `parent`, or kNone; the root, if parent is kNone and
  /// `depth` is 0. Below what is not kept nothing is found. O(1).
  [[nodiscard]] Id find(Id parent, std::uint32_t depth, std::uint32_t symbol) const;
  [[nodiscard]] const std::shared_ptr<PrefixRow>& row(Id node) const { return nodes_[node].row; }

  /// Keeps a node that is not there, as find() would name it; kNone if it is full, or does not know
  /// the parent.
  Id insert(Id parent, std::uint32_t depth, std::uint32_t symbol, std::shared_ptr<PrefixRow> row);

  /// Tells `parent` that the node below `symbol` weighs `log_total` as its own row has it, and its
  /// ancestors in turn. O(A depth). Nothing if parent is kNone.
  void weigh(Id parent, std::uint32_t symbol, double log_total, const RowWeights& weights);

  [[nodiscard]] std::uint64_t size() const { return nodes_.size(); }

 private:
  struct Node {
    std::shared_ptr<PrefixRow> row;
    Id parent;
    std::uint32_t symbol;
  };
  static std::uint64_t key(Id parent, std::uint32_t symbol) {
    return std::uint64_t{parent} << 32U | symbol;
  }

  std::uint64_t capacity_;
  std::vector<Node> nodes_;  // the root first
  std::unordered_map<std::uint64_t, Id> places_;
};

}  // namespace wend
