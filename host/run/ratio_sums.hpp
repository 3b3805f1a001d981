#pragma once

#include <cstdint>

#include "wend/means.hpp"

namespace wend {

/// Sums over independent tours i of their weight N_i (leaf visits, for a walk).
struct TourTotals {
  std::uint64_t tours = 0;
  double weight = 0;          ///< sum of N_i
  double squared_weight = 0;  ///< sum of N_i^2

  void add(double n) {
    ++tours;
    weight += n;
    squared_weight += n * n;
  }
};

/// Sums of one function f over the same tours: Y_i, a tour's sum of f over its weighted visits.
struct RatioSums {
  double y = 0;
  double yy = 0;
  double yn = 0;

  void add(double value, double n) {
    y += value;
    yy += value * value;
    yn += value * n;
  }
};

/// The ratio estimator theta = sum Y / sum N of the mean of f, and its standard error from
/// regeneration, sqrt( M/(M-1) sum (Y_i - theta N_i)^2 ) / sum N. At least two tours, and weight.
Mean ratio_mean(const RatioSums& sums, const TourTotals& totals);
/// The same of a probability, with Wilson's interval.
Mean ratio_probability(const RatioSums& sums, const TourTotals& totals);
/// ln( e^log_scale mean N ).
Mean log_mean_weight(const TourTotals& totals, double log_scale);

}  // namespace wend
