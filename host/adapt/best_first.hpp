#pragma once

#include <atomic>
#include <cstdint>

#include "host/adapt/explored_tree.hpp"
#include "host/adapt/row_source.hpp"
#include "host/adapt/trained_estimate.hpp"

namespace wend {

/// Asks for up to `count` nodes, of those that have been met and not been asked for always the ones
/// of largest trained estimate, a few at a time: scouts that need no luck to find where mass is.
/// Returns how many came: fewer once there are none, the tree is full, or `stop` is set. Throws
/// OracleFailure. O(edges + count * A * log count); memory: O(count + A).
std::uint64_t explore_best_first(const TrainedEstimate& estimate, std::uint64_t count,
                                 RowSource& source, ExploredTree& tree,
                                 const std::atomic<bool>& stop);

}  // namespace wend
