#include "host/run/ratio_sums.hpp"

#include <algorithm>
#include <cmath>

namespace wend {
namespace {

constexpr double kQuantile = 1.959963984540054;  // of the normal law, at 97.5%

// sqrt( M/(M-1) * squares ) / sum N.
double regenerative_error(double squares, const TourTotals& totals) {
  const auto tours = static_cast<double>(totals.tours);
  return std::sqrt(tours / (tours - 1) * std::max(squares, 0.0)) / totals.weight;
}

Mean with_normal_interval(double mean, double error) {
  return {mean, error, mean - kQuantile * error, mean + kQuantile * error};
}

}  // namespace

Mean ratio_mean(const RatioSums& sums, const TourTotals& totals) {
  const double theta = sums.y / totals.weight;
  const double squares = sums.yy - 2 * theta * sums.yn + theta * theta * totals.squared_weight;
  return with_normal_interval(theta, regenerative_error(squares, totals));
}

Mean ratio_probability(const RatioSums& sums, const TourTotals& totals) {
  Mean result = ratio_mean(sums, totals);
  const double p = result.mean = std::clamp(result.mean, 0.0, 1.0);
  const double variance = result.standard_error * result.standard_error;
  const double spread = p * (1 - p);
  const double n =
      spread > 0 && variance > 0 ? spread / variance : static_cast<double>(totals.tours);
  constexpr double kSquare = kQuantile * kQuantile;
  const double middle = (p + kSquare / (2 * n)) / (1 + kSquare / n);
  const double half = kQuantile / (1 + kSquare / n) * std::sqrt(spread / n + kSquare / (4 * n * n));
  result.low = p > 0 ? std::max(middle - half, 0.0) : 0.0;
  result.high = p < 1 ? std::min(middle + half, 1.0) : 1.0;
  return result;
}

Mean log_mean_weight(const TourTotals& totals, double log_scale) {
  const auto tours = static_cast<double>(totals.tours);
  const double mean = totals.weight / tours;
  const double variance = std::max(totals.squared_weight - totals.weight * mean, 0.0) / (tours - 1);
  return with_normal_interval(log_scale + std::log(mean), std::sqrt(variance / tours) / mean);
}

}  // namespace wend
