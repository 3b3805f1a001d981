#pragma once

#include <optional>
#include <string>

#include "host/instances/instance.hpp"
#include "kernels/walk/walk.hpp"

namespace wend {

/// What is proven of how fast a walk's leaf visits forget where they were.
struct Mixing {
  /// Visits to relax, >= 1, of the walk over integer rows; none where no bound is known.
  std::optional<double> relaxation;
  std::optional<double> steps_per_visit;  ///< most expected; WalkBounds::steps_per_visit
  std::string why;                        ///< where it comes from, or why there is none: one clause
  double rounding = 1;                    ///< WalkBounds::rounding
  /// It is what the leaf visits of the run tell of it.
  bool rounding_by_visits = false;
};

/// The better one of two bounds (docs/design.md): from the ratios of mass to estimate by depth, and
/// for the lifted walk from its straight climbs to the root. `kappa` stands in for the ratios of
/// all depths above the leaves, where it says more. O(H).
Mixing proven_mixing(const InstanceFacts& facts, const WalkBounds& bounds, kernels::Walk walk,
                     std::optional<double> kappa);

}  // namespace wend
