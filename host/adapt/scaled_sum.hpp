#pragma once

#include <algorithm>

#include "host/base/no_mass.hpp"
#include "kernels/lockstep/log_mass.hpp"

namespace wend {

/// A sum of terms that are given by their logarithms, whatever their size.
struct ScaledSum {
  double log_scale;  ///< kNoMass where there are none
  double sum;        ///< over e^log_scale

  [[nodiscard]] double log() const {
    return sum > 0 ? log_scale + kernels::log_of_mass(sum) : kNoMass;
  }
};

/// On the scale of the largest term, or of e^least where that is larger. `each(visit)` calls
/// visit(ln of a term) for all of them, twice in one order.
template <class Each>
[[nodiscard]] ScaledSum scaled_sum(const Each& each, double least = kNoMass) {
  ScaledSum found{least, 0};
  each([&](double log) { found.log_scale = std::max(found.log_scale, log); });
  if (found.log_scale == kNoMass) return found;
  each([&](double log) { found.sum += kernels::mass_of_log(log - found.log_scale); });
  return found;
}

}  // namespace wend
