#include "host/engines/lockstep/memo_layout.hpp"

#include "host/engines/lockstep/row_maker.hpp"

namespace wend {
namespace {

// The logarithms are a third of a node's words, or half where a node has one row. Rows of fewer
// symbols are copied in so little time that to make them would be many times as long.
constexpr std::uint32_t kSymbolsOfKeptLogs = 64;
// Of the memory, for nodes that were made again.
constexpr std::uint64_t kMadeShare = 4;

// What keeps proposals, and masses as they were, are no part of a node.
bool node_holds_answer(const ModelOracle& oracle) {
  return oracle.model->traits().rows == RowKind::kLogRatio && !oracle.own_masses && !oracle.thinned;
}

}  // namespace

MemoLayout memo_layout(const ModelOracle& oracle, kernels::Walk walk, std::uint64_t bytes) {
  if (!node_holds_answer(oracle) || oracle.alphabet < kSymbolsOfKeptLogs)
    return {false, RowMaker::node_words(oracle, walk), 0, bytes, 0};
  const std::uint64_t made = bytes / kMadeShare;
  return {true, oracle.alphabet, RowMaker::rows_words(oracle, walk), bytes - made, made};
}

std::uint64_t memo_bytes_for(const MemoLayout& layout, std::uint64_t bytes) {
  return layout.logs && bytes != 0 ? bytes + (bytes - 1) / (kMadeShare - 1) : bytes;
}

}  // namespace wend
