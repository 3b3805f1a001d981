#pragma once

#include <string>

#include "host/instances/instance.hpp"
#include "host/report/report.hpp"
#include "wend/sample.hpp"

namespace wend {

/// The table that `wend sample` prints: what was drawn, how sure it is, what it took, where it
/// went. Lines of "label  text".
std::string sample_summary(const InstanceFacts& facts, const SampleOptions& options,
                           const SampleResult& result, const RunFacts& run);

}  // namespace wend
