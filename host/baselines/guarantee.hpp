#pragma once

#include <vector>

#include "host/baselines/target.hpp"
#include "wend/baseline.hpp"

namespace wend {

/// What the law of a method's draws is, and why; sets law and law_why.
void set_law(const BaselineOptions& options, BaselineResult& result);

/// The distance that a finished run may claim. `log_bounds` are those of rejection.
Guarantee baseline_guarantee(const BaselineTarget& target, const BaselineOptions& options,
                             const std::vector<double>& log_bounds, const BaselineResult& result);

}  // namespace wend
