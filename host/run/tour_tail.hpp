#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "host/engines/tours.hpp"

namespace wend {

/// What tours, the stretches of a walk from root to root, have shown. N: leaf visits of a tour.
struct TourSample {
  std::span<const std::uint32_t> visits;  ///< of the finished tours, ascending
  std::uint64_t unfinished = 0;           ///< tours that were too long to be finished
};

/// Leaf visits K after which a walk from the root is within total variation `delta` of the target,
/// with a confidence of 1 - alpha over the sample. The distance at visit K is at most
/// E max(0, N - K) / E N, the chance that a stationary tour has K visits behind it, and
/// P(N > n + m) <= (1 - 1/relaxation)^m P(N > n), `relaxation` >= 1 being a proven bound of the
/// visits to relax (docs/design.md). P(N > n) is bounded on a grid of n, both ways, by Chernoff's
/// bound of a binomial tail (Hoeffding 1963, theorem 1). nullopt if the sample is too small to say
/// anything. O(grid * log tours); 0 < alpha < 1, 0 < delta < 1.
struct TourVisits {
  double visits;  ///< K, >= 1, a whole number
  bool resolved;  ///< K is among the lengths that the sample has shown, not extrapolated
};
std::optional<TourVisits> visits_from_tours(const TourSample& sample, double relaxation,
                                            double delta, double alpha);

/// Merges the leaf visits of a round's tours into the ascending `visits`.
void add_sorted(std::vector<std::uint32_t>& visits, std::span<const ChainTours> round);

}  // namespace wend
