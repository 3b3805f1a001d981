#pragma once

#include <Eigen/Cholesky>
#include <Eigen/Core>

#include "host/adapt/observations.hpp"

namespace wend {

/// Gamma regression with a logarithmic link (McCullagh & Nelder, Generalized Linear Models, ch. 8):
/// the least sum of weight (mean / V + ln V), ln V = rows theta, which makes relative errors count
/// alike however large V is; a ridge of one observation on all but the constant. Convex: scoring
/// with halved steps.
class GammaRegression {
 public:
  /// `seen` must outlive it. O(n F^2).
  explicit GammaRegression(const Observations& seen);

  /// From the least squares of the logarithms.
  [[nodiscard]] Eigen::VectorXd solve() const;
  /// What is to be least.
  [[nodiscard]] double objective(const Eigen::VectorXd& theta) const;

 private:
  [[nodiscard]] Eigen::VectorXd gradient(const Eigen::VectorXd& theta) const;

  const Observations& seen_;
  Eigen::VectorXd penalty_;
  Eigen::LDLT<Eigen::MatrixXd> solver_;
};

/// Of the squares of a constant and of features' factors.
Eigen::VectorXd regression_penalty(Eigen::Index columns);

/// mean / V of each.
Eigen::VectorXd relative_means(const Observations& seen, const Eigen::VectorXd& log_value);

/// Sum of weight (mean / V + ln V).
double gamma_deviance(const Observations& seen, const Eigen::VectorXd& relative,
                      const Eigen::VectorXd& log_value);

}  // namespace wend
