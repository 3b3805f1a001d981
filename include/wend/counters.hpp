#pragma once

#include <cstdint>

#include "wend/algorithm.hpp"
#include "wend/chain_state.hpp"

namespace wend {

/// One chain's counters, or the sum over chains.
struct Counters {
  std::uint64_t steps = 0;        ///< draws used
  std::uint64_t moves_down = 0;
  std::uint64_t moves_up = 0;
  std::uint64_t leaf_visits = 0;
  std::uint64_t expansions = 0;
  std::uint64_t queries = 0;      ///< A * expansions
  std::uint64_t samples = 0;
  std::uint64_t proposals = 0;    ///< sequential sampler only, as are the two below
  std::uint64_t accepted = 0;
  std::uint64_t rejected = 0;
  std::uint64_t depth = 0;        ///< where the chain stands; not summed

  Counters& operator+=(const Counters& other);
};

Counters chain_counters(const ChainState& state, std::uint64_t chain, Algorithm algorithm,
                        std::uint32_t alphabet);

/// Checks the conservation laws chain by chain, and that the chains' queries sum to
/// `oracle_queries`, what the oracle counted. Returns the sum. Throws Error(kRuntime) that names
/// the first chain that breaks a law, and the law.
Counters reconcile(const ChainState& state, Algorithm algorithm, std::uint32_t alphabet,
                   std::uint64_t oracle_queries);

}  // namespace wend
