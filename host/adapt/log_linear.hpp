#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace wend {

/// What was seen of numbers that a fit is to give.
struct SeenMeans {
  std::span<const double> weight;    ///< >= 0: observations of each; 0: none
  std::span<const double> log_mean;  ///< ln of their mean; -inf: all were 0
};

/// Fits ln V(b) = c + theta . features[b] to means of V that were seen of some b: for each of the B
/// rows of `features`, F numbers each, what the fit says, kept within the range of the finite means
/// that were seen. `log_prior`: what little is known where nothing was.
///
/// Gamma regression with a logarithmic link (McCullagh & Nelder, Generalized Linear Models, ch. 8):
/// the least sum of weight (mean / V + ln V), which makes relative errors count alike however large
/// V is, and where each b has a feature of its own gives the means themselves; a ridge of one
/// observation on features of unit variance. Convex: scoring with halved steps, from the least
/// squares of the logarithms. O(B F^2 + iterations B F).
std::vector<double> fit_log_linear(std::span<const double> features, const SeenMeans& seen,
                                   double log_prior);

}  // namespace wend
