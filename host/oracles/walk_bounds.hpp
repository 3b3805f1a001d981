#pragma once

#include <optional>

namespace wend {

/// What is known of the walks on an instance, by a sweep over all nodes or from kappa.
struct WalkBounds {
  /// At most the probability that the lifted walk climbs to the root without a turn, from whichever
  /// leaf with mass: the minimum over leaves of prod min(1, w/S) along the path. 0: not known.
  double least_climb = 0;
  /// Most expected steps from one leaf visit to the next, 2 sum_{v != root} w(v) / sum_leaves w.
  std::optional<double> steps_per_visit;
  /// Most total variation between the target and the law of leaf visits over integer rows, which
  /// are compiled from masses in double. 1 or more, or NaN: nothing can be said.
  double rounding = 1;
  /// Most that the rounding of what is below a node adds to its mu/w.
  double excess = 0;
};

}  // namespace wend
