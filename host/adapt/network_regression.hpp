#pragma once

#include <Eigen/Core>

#include "host/adapt/observations.hpp"

namespace wend {

/// ln V = rows theta + sum of a_k s((rows - m) w_k) over the hidden units k, m being the mean of
/// the rows that were seen, but 0 for the constant, s(z) = z / sqrt(1 + z^2): GammaRegression's sum
/// and ridge, and one of sixteen observations on a_k and on what w_k differs by from fixed numbers,
/// at which it starts. With less, units repeat what chance has said by a few observations.
///
/// `numbers` are theta, all a_k and all w_k, one after the other.
class NetworkRegression {
 public:
  static constexpr Eigen::Index kUnits = 8;

  /// `seen` must outlive it.
  explicit NetworkRegression(const Observations& seen);

  /// What GammaRegression says: all a_k are 0.
  [[nodiscard]] Eigen::VectorXd linear() const;
  /// From there downwards, for so many iterations at most that a fit stays a matter of
  /// milliseconds. O(n F (F + units x iterations)).
  [[nodiscard]] Eigen::VectorXd solve() const;
  /// What is to be least; writes its gradient.
  double objective(const Eigen::VectorXd& numbers, Eigen::VectorXd& gradient) const;
  /// ln V of rows of the design.
  [[nodiscard]] Eigen::VectorXd log_values(const Eigen::Ref<const RowMatrix>& rows,
                                           const Eigen::VectorXd& numbers) const;

 private:
  const Observations& seen_;
  Eigen::RowVectorXd middle_;  ///< m
  RowMatrix apart_;            ///< rows - m
  Eigen::VectorXd varies_;     ///< 1 of the constant and of features that vary among these, else 0
  Eigen::VectorXd start_;      ///< what the ridge holds numbers to
  Eigen::VectorXd penalty_;
};

}  // namespace wend
