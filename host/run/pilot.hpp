#pragma once

#include <atomic>
#include <cstdint>
#include <optional>

#include "host/instances/instance.hpp"
#include "kernels/walk/walk.hpp"

namespace wend {

/// What a pilot run has measured.
struct PilotResult {
  double relaxation = 1;   ///< of the walk, in leaf visits, with a factor 2 for safety
  bool converged = false;  ///< false: the longest pilot was too short for what it saw
  std::uint64_t queries = 0;
};

/// Measures how many leaf visits the walk takes to forget: 64 chains with random streams of their
/// own record every leaf visit; the integrated autocorrelation time tau of log-mass, the first
/// symbol and a hash of the first symbols is taken over the second half of the visits, and the
/// pilot is doubled until that half is 16 tau long and the chains agree (split R-hat < 1.05), or
/// 2^16 visits. relaxation = 2 * (tau + 1) / 2: a chain of one relaxation time t has
/// tau = 2 t - 1. The result depends on the instance, the walk and the seed alone. nullopt once
/// `stop` is set.
std::optional<PilotResult> run_pilot(const Instance& instance, const Oracle& oracle,
                                     kernels::Walk walk, std::uint64_t seed, unsigned threads,
                                     const std::atomic<bool>& stop);

}  // namespace wend
