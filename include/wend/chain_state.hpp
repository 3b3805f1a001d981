#pragma once

#include <cstdint>
#include <vector>

#include "wend/chain_columns.hpp"

namespace wend {

template <class T>
using ColumnVector = std::vector<T>;

/// The whole state of a set of chains, as plain arrays: copying it is saving a run, and giving it
/// to another engine (any backend, any thread count) goes on with the very same draws.
///
/// Every column has one element a chain; `path` has `path_words` words a chain, chain after chain.
/// 52 bytes a chain beside the path.
struct ChainState : ChainColumns<ColumnVector> {
  std::uint32_t path_words = 0;
  std::vector<std::uint32_t> path;
  /// A chain: moves down into dummies, the nodes of one child that stand above some end symbols and
  /// ask nothing (docs/design.md). Empty where there are none.
  std::vector<std::uint64_t> dummy_moves;

  [[nodiscard]] std::uint64_t chains() const { return node.size(); }
};

}  // namespace wend
