#pragma once

#include "host/command/baseline_options.hpp"
#include "host/command/outcome.hpp"

namespace wend {

/// Draws by a baseline, writes the output and the report, and gives the summary; or compares, and
/// gives the table. The status: 0, 5 if a budget was used up, or 130 if a signal cut it short.
/// Throws Error.
Outcome run_baseline_command(const BaselineCommand& asked);

}  // namespace wend
