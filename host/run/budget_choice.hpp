#pragma once

#include <cstdint>

#include "host/run/family.hpp"

namespace wend {

/// What scouts have left of `max_queries`, as the chains of a run share it out.
struct DrawingBudget {
  double expansions;  ///< of each chain
  std::uint64_t chains;
  std::uint64_t samples;

  /// Draws that it is expected to pay for by the estimate of a family: none of one that was not
  /// measured, and none where a chain cannot pay for the visits before its first. To a draw that is
  /// one visit some chains come early.
  [[nodiscard]] double draws(const Family& family) const;
};

/// `best`, or the untrained estimate where that is expected to bring more draws, or `best` none at
/// all. What is not measured then was not met by the scouts that the budget pays for.
const Family& within_budget(const Family& best, const Family& untrained,
                            const DrawingBudget& budget);

}  // namespace wend
