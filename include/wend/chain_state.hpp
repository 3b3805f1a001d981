#pragma once

#include <cstdint>
#include <vector>

namespace wend {

/// The whole state of a set of chains, as plain arrays: copying it is saving a run, and giving it
/// to another engine (any backend, any thread count) goes on with the very same draws.
///
/// Every array but `path` has one element a chain; `path` has `path_words` words a chain, chain
/// after chain. 52 bytes a chain beside the path.
struct ChainState {
  std::uint32_t path_words = 0;
  std::vector<std::uint32_t> node;         ///< where the chain stands; its meaning is the oracle's
  std::vector<std::uint16_t> depth;        ///< 0 (root) .. H (leaf)
  std::vector<std::uint16_t> arrived_up;   ///< lifted walk: 1 if the last move was up
  std::vector<std::uint32_t> countdown;    ///< leaf visits left until the next sample, >= 1
  std::vector<std::uint64_t> steps;        ///< draws used; the next draw's index
  std::vector<std::uint64_t> moves_up;     ///< for the sequential sampler: rejected proposals
  std::vector<std::uint64_t> expansions;   ///< 1 + moves down into interior nodes
  std::vector<std::uint64_t> leaf_visits;  ///< moves down into leaves
  std::vector<std::uint64_t> samples;      ///< samples drawn so far
  std::vector<std::uint32_t> path;

  [[nodiscard]] std::uint64_t chains() const { return node.size(); }
};

}  // namespace wend
