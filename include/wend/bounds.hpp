#pragma once

#include <cstdint>
#include <span>

namespace wend {

/// Most visits in which the leaf visits of either walk relax: T = sum of kappa_h over the depths
/// h = 1..H, kappa_h being the largest ratio mu/w of mass to estimate at depth h, one-sided, with
/// kappa_H = 1. The walk that is stopped at the root keeps at most 1 - 1/T of its mass from one
/// leaf visit to the next, in L2 of the target; docs/design.md has the proof. `kappa_by_depth`: H
/// numbers > 0. Throws Error(kUsage).
double relaxation_bound(std::span<const double> kappa_by_depth);
/// The same with one kappa for all depths above the leaves: kappa (H - 1) + 1. kappa >= 1,
/// horizon >= 1.
double relaxation_bound(double kappa, std::uint32_t horizon);

/// Leaf visits K after which a chain started at the root is within total variation `delta` of the
/// target, the distance at visit K being at most (1 - 1/relaxation)^K:
/// K = ceil( ln(1/delta) / -ln(1 - 1/relaxation) ), at least 1. `relaxation` >= 1 is a
/// relaxation_bound(), or for the lifted walk 1/a, a being the least probability, over the leaves,
/// of climbing from one to the root without a turn. 0 < delta < 1. Throws Error(kUsage), also if K
/// exceeds 2^32 - 1.
std::uint32_t proven_visits(double relaxation, double delta);

/// proven_visits as a number of any size, for comparison.
double proven_visits_real(double relaxation, double delta);

/// Bound of the total variation between the target and the stationary leaf law of either walk when
/// its rows are integers over 2^32, for estimates with mu <= kappa_h w and w <= excess_h mu at
/// depth h = 1..H, or in sum over any node's descendants at that depth: 2^-31 times the sum over
/// depths of 3 A kappa_{h+1} (excess_h + excess_{h+1}) + (A+2) (1 + kappa_{h+1} excess_{h+2} +
/// kappa_h excess_{h+1}). `kappa_by_depth`, `excess_by_depth`: H numbers each. A row's errors are
/// relative errors of the products that make the law, not of every step, so that long runs do not
/// add them up; docs/design.md has the proof.
double rounding_distance(std::span<const double> kappa_by_depth,
                         std::span<const double> excess_by_depth, std::uint32_t alphabet);
/// The same for estimates that are within kappa_h of the mass both ways.
double rounding_distance(std::span<const double> kappa_by_depth, std::uint32_t alphabet);

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
