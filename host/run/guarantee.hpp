#pragma once

#include "host/instances/class/target.hpp"
#include "host/run/mixing.hpp"
#include "host/run/settings.hpp"
#include "wend/sample.hpp"

namespace wend {

/// The total variation that a run may claim, and why; `result` is finished but for this. Fields of
/// SampleOptions stand in backquotes in the reasons.

/// Of a walk, or of the sequential sampler.
Guarantee walk_guarantee(const InstanceFacts& facts, const SampleOptions& options,
                         const RunSettings& settings, const Mixing& mixing,
                         const SampleResult& result);

/// Of class-elimination.
Guarantee elimination_guarantee(const ClassTarget& target, const SampleOptions& options,
                                const SampleResult& result);

}  // namespace wend
