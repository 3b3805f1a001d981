#pragma once

#include <atomic>
#include <cstdint>
#include <optional>

#include "host/engines/lockstep/engine.hpp"
#include "host/oracles/oracle.hpp"
#include "kernels/walk/walk.hpp"

namespace wend {

/// What a pilot run has measured.
struct PilotResult {
  std::optional<double> visits;  ///< K; none if too little was seen to say anything
  /// K as far as was seen: tours that are too rare to be met being no longer than twice the
  /// longest.
  std::optional<double> visits_seen;
  std::uint64_t tours = 0;  ///< from root to root, finished or not
  std::uint64_t queries = 0;
  std::uint64_t evaluations = 0;
};

/// The chance that a pilot run's K is too small for its delta.
inline constexpr double kPilotAlpha = 1e-3;
inline constexpr std::uint64_t kPilotChains = 64;
/// Tours that one makes at the least, as a rule: K has to stand still while they double.
inline constexpr double kLeastPilotTours = 2048;

/// What one may take of the queries of a run that are left: one over.
inline constexpr std::uint64_t kPilotShare = 8;

/// The run that a pilot is for.
struct RunLength {
  std::uint64_t samples;
  std::uint64_t chains;
  std::optional<std::uint32_t> thin;                  ///< visits from draw to draw; K if not given
  std::uint64_t most_expansions = ~std::uint64_t{0};  ///< of the pilot run, about

  [[nodiscard]] double visits(double first) const {
    if (!thin) return static_cast<double>(samples) * first;
    return static_cast<double>(chains) * first + static_cast<double>(samples - chains) * *thin;
  }
  /// Whether that pays for one: its chains all ask for the root's row at the least, and for a
  /// leaf's before they tell anything.
  [[nodiscard]] bool pays_a_pilot(std::uint32_t horizon) const {
    return most_expansions >= kPilotChains * std::uint64_t{horizon};
  }
  /// Whether measuring K may pay: what is proven takes more visits than a pilot run at the least.
  [[nodiscard]] bool needs_pilot(double proven) const {
    return proven > 1 && visits(proven) > kLeastPilotTours;
  }
};

/// Steps that one takes at the most, over tables and where a model is asked.
inline constexpr std::uint64_t kMostPilotSteps = std::uint64_t{1} << 28U;
inline constexpr std::uint64_t kMostPilotStepsAsked = std::uint64_t{1} << 24U;

/// Of a trained estimate a proven bound that makes K so many times what was seen is of no use.
inline constexpr double kOfNoUse = 4;
inline double visits_of_use(double proven, std::optional<double> seen) {
  return seen && proven > kOfNoUse * *seen ? *seen : proven;
}

/// Measures how many leaf visits the walk takes to forget where it was: 64 chains with random
/// streams of their own make tours from root to root, twice as many at every look, and
/// visits_from_tours() says what their lengths prove, until K is among the lengths that were seen
/// and twice the tours make it hardly smaller, or the steps or 2^24 tours are spent. Every slow
/// mode of the walk is a kind of long tour, whatever its symbols are, so nothing else needs to be
/// watched; what keeps tours that are too rare to be met from mattering is the proven bound
/// `relaxation`. Without one there is only what was seen. With `run` it also ends once it has asked
/// for as much as that would at K. The result depends on the oracle, the walk, the seed,
/// `relaxation` and `delta` alone. nullopt once `stop` is set.
std::optional<PilotResult> run_pilot(const Oracle& oracle, kernels::Walk walk,
                                     std::optional<double> relaxation, double delta,
                                     std::uint64_t seed, const LockstepOptions& options,
                                     const std::atomic<bool>& stop,
                                     const std::optional<RunLength>& run = std::nullopt);

}  // namespace wend
