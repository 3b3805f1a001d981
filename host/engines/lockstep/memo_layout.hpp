#pragma once

#include <cstdint>

#include "host/oracles/model_oracle.hpp"
#include "kernels/walk/walk.hpp"

namespace wend {

/// What the memo keeps of a node, and how much of its memory is for what.
struct MemoLayout {
  bool logs;                 ///< log ratios alone, of which RowMaker makes the node again; else all
  std::uint64_t words;       ///< of a node that is kept
  std::uint64_t first_word;  ///< the node's, of those
  std::uint64_t bytes;       ///< for all that is kept
  /// For whole nodes that were made again (MadeNodes): the host's alone. A device, which makes
  /// nodes in no time, leaves them, so that its memo has as many nodes and its counters are the
  /// same.
  std::uint64_t made_bytes;
};
MemoLayout memo_layout(const ModelOracle& oracle, kernels::Walk walk, std::uint64_t bytes);
/// The least bytes of which memo_layout() has `bytes` for what is kept.
std::uint64_t memo_bytes_for(const MemoLayout& layout, std::uint64_t bytes);

}  // namespace wend
