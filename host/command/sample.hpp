#pragma once

#include "host/command/options.hpp"

namespace wend {

/// Draws, writes the output and the report, prints the summary. Returns the exit status: 0, 5 if
/// the queries allowed were used up, or 130 if a signal cut the run short. Throws Error.
int run_sample(const SampleCommand& asked);

}  // namespace wend
