#pragma once

#include <optional>
#include <string>

#include "host/instances/instance.hpp"
#include "host/report/report.hpp"
#include "wend/sample.hpp"

namespace wend {

/// The table that `wend sample` prints: what was drawn, how sure it is, what it took, where it
/// went. Lines of "label  text".
std::string sample_summary(const InstanceFacts& facts, const SampleOptions& options,
                           const SampleResult& result, const RunFacts& run);

/// Parts of such tables.
void add_line(std::string& table, const std::string& label, const std::string& text);
std::string instance_text(const InstanceFacts& facts);
/// `delta`: the distance that was asked for, if any was.
std::string guarantee_text(const Guarantee& guarantee, std::optional<double> delta = std::nullopt);
std::string oracle_text(const OracleUse& use);
std::string effective_text(const Diagnostics& diagnostics);
std::string output_text(const RunFacts& run);

}  // namespace wend
