#pragma once

#include "host/command/options.hpp"
#include "host/command/outcome.hpp"

namespace wend {

/// Estimates means, and gives their table. The status: 0, or 130 if a signal cut the run short.
/// Throws Error.
Outcome run_estimate(const EstimateCommand& asked);

}  // namespace wend
