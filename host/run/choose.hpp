#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <span>

#include "host/instances/instance.hpp"
#include "wend/choice.hpp"
#include "wend/sample.hpp"

namespace wend {

/// What pilots may take.
struct PilotLimits {
  /// Of all pilots, which then go on as long as there are any left. None: a tenth of what the run
  /// takes.
  std::optional<std::uint64_t> queries;
  bool all =
      false;  ///< also those that the choice can do without, of no more tours than the others
};

/// The number of the one that is taken of several: of those that fit, first by what the run could
/// claim (a total variation of up to 2 delta; some; none), then by cost: half way, in logarithms,
/// from what is expected to the upper limit, so that what was seen too rarely to be known is not
/// taken for what it seems to be. nullopt if none fits.
std::optional<std::size_t> cheapest(std::span<const Candidate> candidates, double delta);

/// Whether no other candidate, as far as is known, takes less than 1 / 1.25 of the best one's cost:
/// those that could claim as much.
bool is_clear(std::span<const Candidate> candidates, std::size_t best, double delta);

/// Chooses what `options`, of which resolve_settings() has nothing to refuse, are run by where they
/// leave it open. Pilots begin with some tens of tours of each contender that is in question and
/// double until the best one is clear or they have taken a tenth of the queries that it would. The
/// choice depends on the instance, the options and the seed alone, not on threads or engines. Once
/// `stop` is set it is made by what is known. Throws as sample() does where nothing fits, and
/// OracleFailure.
Choice choose_algorithm(const Instance& instance, const SampleOptions& options,
                        const PilotLimits& limits, const Waiting& waiting,
                        const std::atomic<bool>& stop);

}  // namespace wend
