#pragma once

#include <cstdint>

#include "kernels/platform.hpp"
#include "wend/chain_columns.hpp"

namespace wend::kernels {

template <class T>
using ColumnPointer = T*;

/// Pointers to a ChainState, in host or device memory. Word w of chain c's path is at
/// path[c * path_chain_stride + w * path_word_stride]: chain-major on the CPU, word-major on a GPU.
struct ChainArrays : ChainColumns<ColumnPointer> {
  std::uint32_t* path;
  std::uint64_t path_chain_stride;
  std::uint64_t path_word_stride;
};

/// What one launch does with every chain. Chain c owes `quota` samples, one more if
/// c < quota_remainder; the launch takes it up to sample number `goal`, whichever is less, or for
/// about `step_budget` steps. Chain c may ask for `expansion_limit` expansions in all, one more if
/// c < expansion_limit_remainder; see out_of_queries.
struct RunLimits {
  std::uint64_t seed;
  std::uint64_t first_chain;  ///< the number, in the random streams, of chain 0
  std::uint32_t purpose;      ///< which of the seed's streams: see philox.hpp
  std::uint32_t thin;         ///< leaf visits from one sample to the next, >= 1
  std::uint64_t quota;
  std::uint64_t quota_remainder;
  std::uint64_t round_begin;  ///< sample number of the first record in the buffer
  std::uint64_t round_size;   ///< records a chain has room for
  std::uint64_t step_budget;
  std::uint64_t expansion_limit = ~std::uint64_t{0};  ///< all bits set: no limit
  std::uint64_t expansion_limit_remainder = 0;
};

/// The sample number at which chain `chain` rests in this launch.
WEND_HD std::uint64_t sample_goal(const RunLimits& limits, std::uint64_t chain) {
  const std::uint64_t quota = limits.quota + (chain < limits.quota_remainder ? 1U : 0U);
  const std::uint64_t round_end = limits.round_begin + limits.round_size;
  return quota < round_end ? quota : round_end;
}

/// True if chains may ask for so many expansions and no more.
WEND_HD bool is_limited(const RunLimits& limits) {
  return limits.expansion_limit != ~std::uint64_t{0};
}

/// Expansions that a chain has left, where there is a limit.
WEND_HD std::uint64_t expansions_left(const ChainArrays& chains, std::uint64_t chain,
                                      const RunLimits& limits) {
  const std::uint64_t limit =
      limits.expansion_limit + (chain < limits.expansion_limit_remainder ? 1U : 0U);
  const std::uint64_t used = chains.expansions[chain];
  return used < limit ? limit - used : 0;
}

/// True if the chain has stopped for good: it stands before a block of four draws, each of which
/// could ask for an expansion, and has fewer than four left. That depends on the chain's own draws
/// alone, not on where rounds or launches have interrupted it.
WEND_HD bool out_of_queries(const ChainArrays& chains, std::uint64_t chain,
                            const RunLimits& limits) {
  return is_limited(limits) && (chains.steps[chain] & 3U) == 0 &&
         expansions_left(chains, chain, limits) < 4;
}

}  // namespace wend::kernels
