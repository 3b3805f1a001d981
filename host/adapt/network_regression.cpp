#include "host/adapt/network_regression.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "host/adapt/gamma_regression.hpp"
#include "host/adapt/quasi_newton.hpp"
#include "kernels/random/philox.hpp"

namespace wend {
namespace {

constexpr Eigen::Index kHiddenUnits = NetworkRegression::kUnits;
constexpr double kHiddenRidge = 16;
// Iterations, and what the last one gains at least: of a sum of logarithms of densities less makes
// no better fit.
constexpr QuasiNewtonLimits kDescent{40, 1e-3};
// Of features whose variance over all buckets is 1: less is rounding.
constexpr double kVaries = 1e-9;
// The key of the numbers that units start from.
constexpr std::uint64_t kFirstWeights = 20261128;

// Equally likely between -1 and 1.
double even_number(Eigen::Index unit, Eigen::Index column) {
  const kernels::DrawBlock draws =
      kernels::draw_block(kFirstWeights, kernels::kPurposeNoise, static_cast<std::uint64_t>(unit),
                          static_cast<std::uint64_t>(column));
  return (2.0 * draws.word[0] + 1) / 4294967296.0 - 1;
}

// Columns x units, such that what varies times these has a variance of about 1: units are bent
// where buckets are.
Eigen::MatrixXd first_weights(const Eigen::VectorXd& varies) {
  const double width = std::sqrt(3 / std::max(varies.tail(varies.size() - 1).sum(), 1.0));
  Eigen::MatrixXd weights(varies.size(), kHiddenUnits);
  for (Eigen::Index unit = 0; unit < kHiddenUnits; ++unit)
    for (Eigen::Index column = 0; column < varies.size(); ++column)
      weights(column, unit) =
          (column == 0 ? 1 : width) * varies(column) * even_number(unit, column);
  return weights;
}

// Where a network's numbers are.
struct NetworkShape {
  Eigen::Index columns;

  [[nodiscard]] Eigen::Index answers() const { return columns; }
  [[nodiscard]] Eigen::Index weights(Eigen::Index unit) const {
    return columns + kHiddenUnits + unit * columns;
  }
  [[nodiscard]] Eigen::Index size() const { return weights(kHiddenUnits); }
};

}  // namespace

NetworkRegression::NetworkRegression(const Observations& seen)
    : seen_(seen), middle_(seen.rows.colwise().mean()) {
  middle_(0) = 0;
  apart_ = seen.rows.rowwise() - middle_;
  const NetworkShape shape{seen.rows.cols()};
  varies_ = Eigen::VectorXd::Zero(shape.columns);
  for (Eigen::Index column = 0; column < shape.columns; ++column)
    if (apart_.col(column).cwiseAbs().maxCoeff() > kVaries) varies_(column) = 1;
  start_ = Eigen::VectorXd::Zero(shape.size());
  start_.tail(shape.columns * kUnits) = first_weights(varies_).reshaped();
  penalty_ = Eigen::VectorXd::Constant(shape.size(), kHiddenRidge);
  penalty_.head(shape.columns) = regression_penalty(shape.columns);
}

Eigen::VectorXd NetworkRegression::linear() const {
  Eigen::VectorXd numbers = start_;
  numbers.head(seen_.rows.cols()) = GammaRegression(seen_).solve();
  return numbers;
}

Eigen::VectorXd NetworkRegression::solve() const {
  // Of a feature that has one value here nothing is learnt: what goes into its factor is the
  // constant's, and would be said the other way round of buckets that have another value. So it
  // stays as it is; units have no part of it from the first.
  const auto along = [this](const Eigen::VectorXd& numbers, Eigen::VectorXd& gradient) {
    const double value = objective(numbers, gradient);
    gradient.head(varies_.size()).array() *= varies_.array();
    return value;
  };
  return descend(along, linear(), kDescent);
}

double NetworkRegression::objective(const Eigen::VectorXd& numbers,
                                    Eigen::VectorXd& gradient) const {
  const RowMatrix& rows = seen_.rows;
  const NetworkShape shape{rows.cols()};
  Eigen::MatrixXd hidden(rows.rows(), kUnits);
  Eigen::MatrixXd slope(rows.rows(), kUnits);
  Eigen::VectorXd log_value = rows * numbers.head(shape.columns);
  // Unit by unit: a product of matrices is cut into blocks of the machine's cache, and so differs
  // in the last bit.
  for (Eigen::Index unit = 0; unit < kUnits; ++unit) {
    auto answer = hidden.col(unit);
    answer = apart_ * numbers.segment(shape.weights(unit), shape.columns);
    const Eigen::ArrayXd shrunk = (1 + answer.array().square()).sqrt().inverse();
    answer.array() *= shrunk;
    slope.col(unit) = shrunk.cube();
    log_value += numbers(shape.answers() + unit) * answer;
  }

  const Eigen::VectorXd relative = relative_means(seen_, log_value);
  const Eigen::VectorXd rise = seen_.weight.cwiseProduct((1 - relative.array()).matrix());
  const Eigen::VectorXd moved = numbers - start_;
  gradient = moved.cwiseProduct(penalty_);
  const double held = moved.dot(gradient) / 2;
  gradient.head(shape.columns) += rows.transpose() * rise;
  gradient.segment(shape.answers(), kUnits) += hidden.transpose() * rise;
  for (Eigen::Index unit = 0; unit < kUnits; ++unit)
    gradient.segment(shape.weights(unit), shape.columns) +=
        apart_.transpose() * (numbers(shape.answers() + unit) * rise.cwiseProduct(slope.col(unit)));
  return gamma_deviance(seen_, relative, log_value) + held;
}

Eigen::VectorXd NetworkRegression::log_values(const Eigen::Ref<const RowMatrix>& rows,
                                              const Eigen::VectorXd& numbers) const {
  const NetworkShape shape{rows.cols()};
  Eigen::VectorXd log_value = rows * numbers.head(shape.columns);
  for (Eigen::Index unit = 0; unit < kUnits; ++unit) {
    const auto weights = numbers.segment(shape.weights(unit), shape.columns);
    const Eigen::ArrayXd bent = (rows * weights).array() - middle_.transpose().dot(weights);
    log_value.array() += numbers(shape.answers() + unit) * bent / (1 + bent.square()).sqrt();
  }
  return log_value;
}

}  // namespace wend
