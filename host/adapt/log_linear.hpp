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

/// ln V(b) = c + theta . features[b], fitted to means of V that were seen of some b.
///
/// Gamma regression with a logarithmic link (McCullagh & Nelder, Generalized Linear Models, ch. 8):
/// the least sum of weight (mean / V + ln V), which makes relative errors count alike however large
/// V is, and where each b has a feature of its own gives the means themselves; a ridge of one
/// observation on features of unit variance. Convex: scoring with halved steps, from the least
/// squares of the logarithms.
class LogLinear {
 public:
  /// `features`: F numbers of each of `buckets`, one bucket's after the other's.
  LogLinear(std::span<const double> features, std::size_t buckets);

  /// Of each bucket what the fit says, kept within the range of the finite means that were seen.
  /// `log_prior`: what little is known where nothing was. O(B F + n F (F + iterations)), n of the B
  /// buckets having been seen.
  [[nodiscard]] std::vector<double> fit(const SeenMeans& seen, double log_prior) const;

 private:
  std::size_t columns_;
  std::vector<double> design_;  ///< B x columns: 1, and the features with mean 0 and variance 1
};

}  // namespace wend
