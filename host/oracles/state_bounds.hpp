#pragma once

#include "host/oracles/state_graph.hpp"
#include "host/oracles/walk_bounds.hpp"

namespace wend {

/// By a sweep over all states. O(edges); two layers of values.
WalkBounds walk_bounds(const StateGraph& graph);

}  // namespace wend
