#pragma once

#include "host/command/options.hpp"
#include "host/command/outcome.hpp"

namespace wend {

/// Measures, writes the JSON and the plot, and gives the tables. The status: 0, 4 if the oracle
/// failed, or 130 if a signal cut it short; with either of these what was measured is written.
/// Throws Error.
Outcome run_throughput(const ThroughputCommand& asked);

}  // namespace wend
