#pragma once

#include <cstdint>

namespace wend {

/// Leaf visits K after which a chain started at the root is within total variation `delta` of the
/// target, for either walk, whatever the errors within `kappa` are:
/// K = 1 + ceil( 2 kappa H ( ln(kappa H)/2 + ln(1/(2 delta)) ) ); docs/design.md has the proof.
/// kappa >= 1, horizon >= 1, 0 < delta < 1. Throws Error(kUsage) if K exceeds 2^32 - 1.
std::uint32_t proven_visits(double kappa, std::uint32_t horizon, double delta);

/// The same from a measured relaxation time, in visits, in place of 2 kappa H.
std::uint32_t visits_from_relaxation(double relaxation, double kappa, std::uint32_t horizon,
                                     double delta);

/// Most expected steps from one leaf visit to the next: 2 kappa H.
double steps_per_visit_bound(double kappa, std::uint32_t horizon);

/// Most that a law over `steps` steps moves in total variation because a row's probabilities are
/// multiples of 2^-32: steps * A * 2^-32.
double rounding_distance(double steps, std::uint32_t alphabet);

}  // namespace wend
