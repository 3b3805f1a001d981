#pragma once

#include "host/command/options.hpp"

namespace wend {

/// Estimates means and prints them. Returns the exit status: 0, or 130 if a signal cut the run
/// short. Throws Error.
int run_estimate(const EstimateCommand& asked);

}  // namespace wend
