#include "host/run/least_acceptance.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace wend {

double least_acceptance(std::uint64_t accepted, std::uint64_t proposals, double alpha) {
  const auto count = static_cast<double>(proposals);
  const double seen = static_cast<double>(accepted) / count;
  const auto exceeds = [&](double p) {  // of p <= seen: whether it is too small to have done this
    const double rejected = seen < 1 ? (1 - seen) * (std::log1p(-seen) - std::log1p(-p)) : 0.0;
    return count * (seen * std::log(seen / p) + rejected) > -std::log(alpha);
  };
  double low = std::numeric_limits<double>::min();
  double high = seen;
  for (int i = 0; i < 200; ++i) {
    const double middle = std::sqrt(low * high);
    (exceeds(middle) ? low : high) = middle;
  }
  return low;
}

Expected acceptance_of(std::uint64_t accepted, std::uint64_t proposals, double alpha) {
  const auto count = static_cast<double>(proposals);
  return {std::max(static_cast<double>(accepted), 0.5) / count,
          accepted > 0 ? least_acceptance(accepted, proposals, alpha) : 0.0,
          accepted < proposals ? 1 - least_acceptance(proposals - accepted, proposals, alpha) : 1.0,
          1.0};
}

}  // namespace wend
