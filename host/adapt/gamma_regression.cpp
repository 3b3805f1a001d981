#include "host/adapt/gamma_regression.hpp"

#include <cmath>
#include <utility>

#include "host/base/exact_power.hpp"

namespace wend {
namespace {

constexpr double kRidge = 1;
constexpr double kPriorWeight = 0.02;  // of the constant
constexpr int kMostScorings = 100;
constexpr int kMostHalvings = 40;
constexpr double kSettled = 1e-14;  // of the objective

}  // namespace

Eigen::VectorXd regression_penalty(Eigen::Index columns) {
  Eigen::VectorXd penalty = Eigen::VectorXd::Constant(columns, kRidge);
  penalty(0) = kPriorWeight;
  return penalty;
}

Eigen::VectorXd relative_means(const Observations& seen, const Eigen::VectorXd& log_value) {
  return log_value.unaryExpr([](double log) { return exact_power(-log); }).cwiseProduct(seen.mean);
}

double gamma_deviance(const Observations& seen, const Eigen::VectorXd& relative,
                      const Eigen::VectorXd& log_value) {
  return seen.weight.dot(relative + log_value);
}

GammaRegression::GammaRegression(const Observations& seen)
    : seen_(seen), penalty_(regression_penalty(seen.rows.cols())) {
  // Other products are cut into blocks of the machine's cache, and so differ in the last bit.
  const RowMatrix weighted = seen.weight.asDiagonal() * seen.rows;
  Eigen::MatrixXd information = seen.rows.transpose().lazyProduct(weighted);
  information.diagonal() += penalty_;
  solver_.compute(information);
}

Eigen::VectorXd GammaRegression::solve() const {
  Eigen::VectorXd theta =
      solver_.solve(seen_.rows.transpose() * seen_.weight.cwiseProduct(seen_.log_mean));
  double value = objective(theta);
  for (int k = 0; k < kMostScorings; ++k) {
    const Eigen::VectorXd step = solver_.solve(-gradient(theta));
    double length = 1;
    double next = objective(theta + step);
    for (int halved = 0; !(next < value) && halved < kMostHalvings; ++halved) {
      length /= 2;
      next = objective(theta + length * step);
    }
    if (!(next < value)) break;
    const bool settled = value - next < kSettled * (1 + std::abs(value));
    theta += length * step;
    value = next;
    if (settled) break;
  }
  return theta;
}

double GammaRegression::objective(const Eigen::VectorXd& theta) const {
  const Eigen::VectorXd log_value = seen_.rows * theta;
  return gamma_deviance(seen_, relative_means(seen_, log_value), log_value) +
         theta.cwiseAbs2().dot(penalty_) / 2;
}

Eigen::VectorXd GammaRegression::gradient(const Eigen::VectorXd& theta) const {
  const Eigen::VectorXd relative = relative_means(seen_, seen_.rows * theta);
  return seen_.rows.transpose() * seen_.weight.cwiseProduct((1 - relative.array()).matrix()) +
         theta.cwiseProduct(penalty_);
}

}  // namespace wend
