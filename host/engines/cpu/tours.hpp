#pragma once

#include <atomic>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "host/oracles/oracle.hpp"
#include "kernels/walk/tours.hpp"
#include "kernels/walk/walk.hpp"
#include "wend/chain_state.hpp"

namespace wend {

/// The tours that one chain has finished in a round.
struct ChainTours {
  std::vector<std::uint32_t> visits;   ///< leaf visits of each tour, in their order
  std::vector<std::uint32_t> records;  ///< record_words(oracle) words of each of those visits;
                                       ///< empty unless they are kept
};

/// How far a round takes every chain.
struct TourRequest {
  static constexpr std::uint64_t kNoLimit = std::numeric_limits<std::uint64_t>::max();

  std::uint64_t tours = 1;  ///< more, of each chain; >= 1
  bool records = false;     ///< keep the leaves, too
  /// A chain begins no tour once it has asked for this many expansions (A queries each, the root's
  /// included) in all its rounds; it finishes the one that it has begun. So the number of tours is
  /// a stopping time of theirs.
  std::uint64_t expansions = kNoLimit;
  /// A chain gives up once it has used this many steps, rounded up to a multiple of four, in all
  /// its rounds. A tour that is cut off there counts as unfinished and is no part of the results,
  /// which are then biased towards short tours.
  std::uint64_t steps = kNoLimit;
};

/// Takes chains through whole tours from root to root, on the CPU. Which tours a chain makes
/// depends on the oracle, the walk, the seed, the purpose and the chain's number alone: rounds of
/// any size on any number of threads find the same ones.
class TourEngine {
 public:
  /// `oracle` must outlive the engine; `chains` >= 1. threads = 0: one a core. Throws Error(kUsage)
  /// for a PrefixOracle and a walk that check_walk refuses. Memory: 76 bytes a chain and its path.
  TourEngine(const Oracle& oracle, kernels::Walk walk, std::uint64_t chains, std::uint64_t seed,
             std::uint32_t purpose, unsigned threads);

  /// Takes every chain on, and keeps what it finds until the next call: what tours() has. Memory:
  /// 4 bytes a tour, and where records are kept 4 * record_words(oracle) a leaf visit (at most
  /// twice that while they grow). Once `stop` is set it returns, at the latest 2^16 steps a thread
  /// later, with the tours that are finished; the engine must then not be advanced again. Throws
  /// std::bad_alloc. Chains that have given up stay where they are.
  void advance(const TourRequest& request, const std::atomic<bool>& stop);

  /// What the last round found: one element a chain.
  [[nodiscard]] std::span<const ChainTours> tours() const { return found_; }

  /// Of chain c over all rounds: the tours that it has finished.
  [[nodiscard]] std::uint64_t finished(std::uint64_t chain) const { return tours_[chain].tours; }
  /// Chains that gave up, or were stopped, within a tour.
  [[nodiscard]] std::uint64_t unfinished() const;

  /// Counters and whereabouts of the chains, for reconcile() (wend/counters.hpp): every leaf visit
  /// counts as a sample.
  [[nodiscard]] const ChainState& state() const { return state_; }
  /// Queries that the oracle itself has counted since the engine was made, in all.
  [[nodiscard]] std::uint64_t oracle_queries() const;

 private:
  template <class View>
  std::uint64_t advance_chain(const View& view, std::uint64_t chain,
                              const kernels::TourLimits& limits, bool records,
                              const std::atomic<bool>& stop);
  template <class MakeView>
  void share_chains(const TourRequest& request, const std::atomic<bool>& stop,
                    const MakeView& make_view);

  const Oracle& oracle_;
  const kernels::Walk walk_;
  const std::uint64_t seed_;
  const std::uint32_t purpose_;
  const unsigned threads_;
  ChainState state_;
  std::vector<kernels::TourState> tours_;
  std::vector<ChainTours> found_;
  std::uint64_t expansions_;
};

}  // namespace wend
