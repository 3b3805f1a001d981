#pragma once

#include <nlohmann/json_fwd.hpp>

#include "wend/throughput.hpp"

namespace wend {

/// The JSON of `wend throughput` (docs/command.md).
nlohmann::ordered_json throughput_report(const InstanceFacts& facts,
                                         const ThroughputOptions& options,
                                         const ThroughputResult& result);

}  // namespace wend
