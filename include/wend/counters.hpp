#pragma once

#include <cstdint>
#include <optional>

#include "wend/algorithm.hpp"
#include "wend/chain_state.hpp"

namespace wend {

/// One chain's counters, or the sum over chains.
struct Counters {
  std::uint64_t steps = 0;  ///< draws used
  std::uint64_t moves_down = 0;
  std::uint64_t moves_up = 0;
  std::uint64_t leaf_visits = 0;
  std::uint64_t expansions = 0;
  std::uint64_t queries = 0;  ///< A * expansions
  std::uint64_t samples = 0;
  std::uint64_t proposals = 0;  ///< sequential sampler only, as are the two below
  std::uint64_t accepted = 0;
  std::uint64_t rejected = 0;
  std::uint64_t depth = 0;  ///< where the chain stands; not summed

  /// Throws Error(kRuntime) where a sum does not fit 64 bits.
  Counters& operator+=(const Counters& other);
};

/// The counters of one chain, those that are not stored following from those that are:
/// moves_down = (expansions - 1) + leaf_visits; sequential: rejected = moves_up, accepted =
/// leaf_visits, and a proposal in progress is not counted. `chain` < state.chains().
Counters chain_counters(const ChainState& state, std::uint64_t chain, Algorithm algorithm,
                        std::uint32_t alphabet);

/// Checks the conservation laws chain by chain, and that the chains' queries sum to
/// `oracle_queries`, what the oracle counted; with `horizon`, also that no chain stands below it
/// and that the sequential sampler's moves down fit its proposals. Returns the sum. O(chains).
/// Throws Error(kRuntime) that names the first chain that breaks a law, and the law.
///
/// Laws, of every chain: expansions >= 1, countdown >= 1, arrived_up <= 1, depth <= moves_down,
/// steps = moves_down + moves_up. Walks: depth = moves_down - moves_up, samples <= leaf_visits.
/// Sequential: samples = accepted; H accepted + d <= moves_down <= H accepted + d + (H - 1)
/// rejected, d being the depth of the proposal in progress.
Counters reconcile(const ChainState& state, Algorithm algorithm, std::uint32_t alphabet,
                   std::uint64_t oracle_queries,
                   std::optional<std::uint32_t> horizon = std::nullopt);

}  // namespace wend
