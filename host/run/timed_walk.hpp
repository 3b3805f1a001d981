#pragma once

#include <atomic>
#include <cstdint>

#include "host/engines/engine.hpp"
#include "host/oracles/oracle.hpp"
#include "wend/algorithm.hpp"
#include "wend/counters.hpp"

namespace wend {

/// What chains came to in some time.
struct TimedWalk {
  Counters totals;  ///< reconciled
  double seconds = 0;
};

/// Bytes of the draws that timed_walk() keeps at once.
std::uint64_t timed_walk_bytes(const Oracle& oracle, std::uint64_t chains);

/// Takes chains that stand at the root on, every leaf visit a sample, for `seconds`, or until
/// `stop`, but for a step at least; the engine's oracle is `oracle`, its algorithm's walk
/// `algorithm`. Throws OracleFailure, and Error(kRuntime) where a counter law fails.
TimedWalk timed_walk(Engine& engine, const Oracle& oracle, Algorithm algorithm, std::uint64_t seed,
                     double seconds, const std::atomic<bool>& stop);

}  // namespace wend
