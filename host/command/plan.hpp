#pragma once

#include "host/command/outcome.hpp"
#include "host/command/plan_options.hpp"

namespace wend {

/// Plans, writes the JSON file and gives the table. The status: 0, or 130 if a signal cut it short.
/// Throws Error.
Outcome run_plan(const PlanCommand& asked);

}  // namespace wend
