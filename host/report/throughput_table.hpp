#pragma once

#include <string>

#include "wend/throughput.hpp"

namespace wend {

/// The tables that `wend throughput` prints: calls of the oracle, runs in lockstep, runs on tables.
std::string throughput_table(const InstanceFacts& facts, const ThroughputOptions& options,
                             const ThroughputResult& result);

}  // namespace wend
