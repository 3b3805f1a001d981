#pragma once

#include <atomic>

#include "host/baselines/target.hpp"
#include "wend/baseline.hpp"

namespace wend {

/// sample_baseline() from a target's parts.
BaselineResult run_baseline(const BaselineTarget& target, const BaselineOptions& options,
                            SampleSink* sink, const std::atomic<bool>& stop,
                            const Progress& progress = {});

/// Chains of a run, by default.
std::uint64_t baseline_chains(const BaselineTarget& target, const BaselineOptions& options);

}  // namespace wend
