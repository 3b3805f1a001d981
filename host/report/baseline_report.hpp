#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "host/baselines/comparison.hpp"
#include "host/report/chain_columns.hpp"
#include "host/report/report.hpp"
#include "wend/baseline.hpp"

namespace wend {

/// The report of a baseline's run; docs/baselines.md lists its keys.
nlohmann::ordered_json baseline_report(const InstanceFacts& facts, const BaselineOptions& options,
                                       const BaselineResult& result, const RunFacts& run);

/// The table that `wend baseline` prints.
std::string baseline_summary(const InstanceFacts& facts, const BaselineOptions& options,
                             const BaselineResult& result, const RunFacts& run);

/// The counters of its chains, in the order of the output. They refer to `result`.
std::vector<ChainColumn> baseline_columns(const BaselineResult& result, std::uint32_t alphabet);

/// The table of a comparison: a line a method that was run, and why others were not.
std::string comparison_table(const InstanceFacts& facts,
                             const std::vector<ComparedMethod>& methods);

}  // namespace wend
