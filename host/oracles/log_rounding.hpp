#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

namespace wend {

/// Half a unit in the last place of 1: the most that double rounds a result by, relatively.
inline constexpr double kHalfUlp = 0x1p-53;

/// What double loses of a + b, exactly (Knuth's two-sum); finite numbers.
inline double sum_error(double a, double b) {
  const double sum = a + b;
  const double of_b = sum - a;
  return (a - (sum - of_b)) + (b - of_b);
}

/// Most that ln of exp(value - scale) is off by, computed in double: the difference, and exp's last
/// place. exp is positive down to a difference of -708; what is smaller is a row's smallest weight
/// either way.
inline double exp_error(double value, double scale) {
  return kHalfUlp * (std::min(std::abs(value - scale), 709.0) + 2);
}

/// The sum of exp over logarithms, relative to the largest: what large logarithms would round away
/// is kept.
struct RelativeSum {
  double largest;
  double rest = 0;  ///< ln of the sum of exp(log - largest)
  double terms;

  explicit RelativeSum(std::span<const double> logs)
      : largest(*std::ranges::max_element(logs)), terms(static_cast<double>(logs.size())) {
    if (largest == -std::numeric_limits<double>::infinity()) return;
    double sum = 0;
    for (const double value : logs) sum += std::exp(value - largest);
    rest = std::log(sum);
  }
  /// ln of a share of the sum.
  [[nodiscard]] double log_share(double value) const { return (value - largest) - rest; }
  /// Most that `value` is from ln of the sum.
  [[nodiscard]] double distance(double value) const {
    const double beyond = value - largest;
    return std::abs(beyond - rest) + kHalfUlp * (2 * std::abs(beyond) + 2 * rest + 4 + terms);
  }
};

}  // namespace wend
