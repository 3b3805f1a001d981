#pragma once

#include <cstdint>

namespace wend {

/// Leaf visits K after which a chain started at the root is within total variation `delta` of the
/// target, for either walk, whatever the errors within `kappa` are:
/// K = 1 + ceil( 2 kappa H ( ln(kappa H)/2 + ln(1/(2 delta)) ) ); docs/design.md has the proof.
/// kappa >= 1, horizon >= 1, 0 < delta < 1. Throws Error(kUsage) if K exceeds 2^32 - 1.
std::uint32_t proven_visits(double kappa, std::uint32_t horizon, double delta);

/// proven_visits as a number of any size, for comparison.
double proven_visits_real(double kappa, std::uint32_t horizon, double delta);

/// The same from a measured relaxation time, in visits, in place of 2 kappa H.
std::uint32_t visits_from_relaxation(double relaxation, double kappa, std::uint32_t horizon,
                                     double delta);

/// Most expected steps from one leaf visit to the next: 2 kappa H.
double steps_per_visit_bound(double kappa, std::uint32_t horizon);

/// Bound of the total variation between the target and the stationary leaf law of either walk when
/// its rows are integers over 2^32: 64 A kappa^2 H / 2^32. A row's errors are relative errors of
/// the products that make the law, not of every step, so that long runs do not add them up;
/// docs/design.md has the proof.
double rounding_distance(double kappa, std::uint32_t alphabet, std::uint32_t horizon);

/// N, the consecutive paths without a halving that certify a version space of class-elimination,
/// such that its samples are within total variation `delta` of the target: with C = 2 kappa^2 and
/// d = delta/2 (the samples are within 2 d), N = ceil( (C/d) ln( (log2 members + 1) / d ) ).
/// kappa >= 1, members >= 1, 0 < delta < 1. Throws Error(kUsage), also if N exceeds 2^53.
std::uint64_t paths_to_certify(double kappa, std::uint64_t members, double delta);

/// Most queries of a version space until it is certified or has one member:
/// A H N (log2 members + 1), with `paths` N as above. As a real number, for it may be huge.
double elimination_queries_bound(std::uint32_t alphabet, std::uint32_t horizon,
                                 std::uint64_t members, std::uint64_t paths);

}  // namespace wend
