#pragma once

#include "host/command/options.hpp"
#include "host/command/outcome.hpp"

namespace wend {

/// Draws, writes the output and the report, and gives the summary. The status: 0, 5 if the queries
/// allowed were used up, or 130 if a signal cut the run short. Throws Error.
Outcome run_sample(const SampleCommand& asked);

}  // namespace wend
