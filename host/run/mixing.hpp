#pragma once

#include <optional>
#include <string>

#include "host/instances/instance.hpp"
#include "kernels/walk/walk.hpp"
#include "wend/algorithm.hpp"
#include "wend/counters.hpp"

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
  /// Of a lifted walk over an oracle that is asked, which climbs from any leaf straight to the root
  /// all but surely: the least probability of that.
  std::optional<double> straight_climb;
};

/// Most steps, in the mean, of the first `visits` leaf visits from the root; steps_per_visit and
/// relaxation are known. Tours are independent, so that they are steps_per_visit (visits + E N^2 /
/// E N) at most (Wald; Lorden, Ann. Math. Stat. 41, 1970), and E N^2 / E N, N being the leaf visits
/// of a tour, is at most twice the visits to relax.
double most_steps(const Mixing& mixing, double visits);

/// The better one of two bounds (docs/design.md): from the ratios of mass to estimate by depth, and
/// for the lifted walk from its straight climbs to the root. `kappa` stands in for the ratios of
/// all depths above the leaves, where it says more. O(H).
Mixing proven_mixing(const InstanceFacts& facts, const WalkBounds& bounds, kernels::Walk walk,
                     std::optional<double> kappa);

/// What is known before a run: of a walk the same, of the sequential sampler what rounding does.
Mixing run_mixing(const InstanceFacts& facts, const WalkBounds& bounds, kernels::Walk walk,
                  std::optional<double> kappa);

/// The same after a run, or as far as can be expected of one, that came to `totals`.
Mixing counted_mixing(const InstanceFacts& facts, Mixing mixing, const Counters& totals);

/// K that is proven for this delta, a whole number that may be too large for a run. Throws
/// Error(kUsage) where nothing is known; `visits`, kProven or kMeasured, is what was asked for.
double known_visits(const InstanceFacts& facts, const Mixing& mixing, Visits visits, double delta);

}  // namespace wend
