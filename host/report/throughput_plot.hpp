#pragma once

#include <string>

#include "wend/throughput.hpp"

namespace wend {

/// An SVG, by itself, of evaluations a second against the nodes of a call and against the chains
/// of a run in lockstep, both axes logarithmic.
std::string throughput_plot(const InstanceFacts& facts, const ThroughputOptions& options,
                            const ThroughputResult& result);

}  // namespace wend
