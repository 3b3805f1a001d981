#pragma once

#include <atomic>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "host/engines/engine.hpp"
#include "kernels/walk/tours.hpp"
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

/// Takes chains through whole tours from root to root. Which tours a chain makes depends on the
/// oracle, the walk, the seed, the purpose and the chain's number alone: rounds of any size on any
/// number of threads find the same ones, in whichever engine.
class TourEngine {
 public:
  TourEngine() = default;
  TourEngine(const TourEngine&) = delete;
  TourEngine& operator=(const TourEngine&) = delete;
  virtual ~TourEngine() = default;

  /// Takes every chain on, and keeps what it finds until the next call: what tours() has. Memory:
  /// 4 bytes a tour, and where records are kept 4 * record_words(oracle) a leaf visit (at most
  /// twice that while they grow). Once `stop` is set it returns soon, with the tours that are
  /// finished; the engine must then not be advanced again. Throws std::bad_alloc. Chains that have
  /// given up stay where they are.
  virtual void advance(const TourRequest& request, const std::atomic<bool>& stop) = 0;

  /// What the last round found: one element a chain.
  [[nodiscard]] virtual std::span<const ChainTours> tours() const = 0;
  /// Of each chain over all rounds, and where it stands in its own.
  [[nodiscard]] virtual std::span<const kernels::TourState> progress() const = 0;
  /// Chains that gave up, or were stopped, within a tour.
  [[nodiscard]] std::uint64_t unfinished() const;

  /// Counters and whereabouts of the chains, for reconcile() (wend/counters.hpp): every leaf visit
  /// counts as a sample.
  [[nodiscard]] virtual const ChainState& state() const = 0;
  /// Queries that the oracle itself has counted since the engine was made, in all.
  [[nodiscard]] virtual std::uint64_t oracle_queries() const = 0;
  /// Rows that it computed for them; tables, which have them, none.
  [[nodiscard]] virtual std::uint64_t oracle_evaluations() const { return 0; }
  [[nodiscard]] virtual Device device() const = 0;
};

/// The limits of chain `chain`, whose tours stand at `tour`, in a round of `request`.
kernels::TourLimits tour_limits(const TourRequest& request, const kernels::TourState& tour,
                                std::uint64_t seed, std::uint32_t purpose);

/// Room in `found` behind its first `tours` tours and `leaves` records of `record_words` words
/// (0: none are kept): for one more of each at least, and as much again as there was.
kernels::TourRoom make_room(ChainTours& found, std::uint64_t tours, std::uint64_t leaves,
                            std::uint64_t record_words);

/// Leaves in `found` what the chain's first `tours` finished tours and `leaves` visits are, less
/// those of the tour that is under way.
void trim(ChainTours& found, std::uint64_t tours, std::uint64_t leaves, std::uint64_t record_words,
          const kernels::TourState& tour);

}  // namespace wend
