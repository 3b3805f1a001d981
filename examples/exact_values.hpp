#pragma once

#include <cstdint>
#include <vector>

#include "host/oracles/state_graph.hpp"

namespace wend::demo {

/// P(item i is taken) for every item, under the uniform law over the choices that fit `capacity`:
/// by dynamic programming over every capacity, which shares nothing with wend's counters.
/// O(items * capacity) time and memory.
std::vector<double> inclusion_probabilities(const std::vector<std::uint32_t>& weights,
                                            std::uint32_t capacity);

/// P(symbol h = c), by summing the graph's exact masses forward; rows of A, depth after depth.
std::vector<double> symbol_probabilities(const StateGraph& graph);

}  // namespace wend::demo
