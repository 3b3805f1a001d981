#pragma once

#include <algorithm>
#include <vector>

#include "host/instances/instance.hpp"
#include "host/instances/tree/masses.hpp"

namespace wend {

/// How far the estimate is from the mass at depth h, [h - 1], h = 1..H.
struct EstimateErrors {
  std::vector<double> low;   ///< largest mu/w over nodes with mass: kappa_h; 0 where there are none
  std::vector<double> high;  ///< largest w/mu over nodes with w > 0; +inf on no mass

  [[nodiscard]] double kappa() const {
    return std::max(*std::ranges::max_element(low), *std::ranges::max_element(high));
  }
};

/// O(A^H).
EstimateErrors estimate_errors(const TreeMasses& masses);

/// O(A^H).
WalkBounds walk_bounds(const TreeMasses& masses);

}  // namespace wend
