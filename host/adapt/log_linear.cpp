#include "host/adapt/log_linear.hpp"

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <limits>

#include "host/base/exact_power.hpp"
#include "host/base/no_mass.hpp"

namespace wend {
namespace {

using RowMatrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

constexpr double kRidge = 1;
constexpr double kPriorWeight = 0.02;
constexpr int kMostIterations = 100;
constexpr int kMostHalvings = 40;
constexpr double kSettled = 1e-14;  // of the objective
// For the first guess, how far below the mean a logarithm counts at most: of zeros, too.
constexpr double kLowest = -5;

/// Of the b that were seen, on the scale of the prior mean.
struct Observations {
  RowMatrix rows;
  Eigen::VectorXd weight;
  Eigen::VectorXd mean;
  Eigen::VectorXd log_mean;
};

class Regression {
 public:
  explicit Regression(const Observations& seen) : seen_(seen) {
    const Eigen::Index size = seen.rows.cols();
    penalty_ = Eigen::VectorXd::Constant(size, kRidge);
    penalty_(0) = kPriorWeight;
    // Other products are cut into blocks of the machine's cache, and so differ in the last bit.
    const RowMatrix weighted = seen.weight.asDiagonal() * seen.rows;
    Eigen::MatrixXd information = seen.rows.transpose().lazyProduct(weighted);
    information.diagonal() += penalty_;
    solver_.compute(information);
  }

  [[nodiscard]] Eigen::VectorXd solve() const {
    Eigen::VectorXd theta =
        solver_.solve(seen_.rows.transpose() * seen_.weight.cwiseProduct(seen_.log_mean));
    double value = objective(theta);
    for (int k = 0; k < kMostIterations; ++k) {
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

 private:
  [[nodiscard]] Eigen::VectorXd relative_means(const Eigen::VectorXd& log_value) const {
    return log_value.unaryExpr([](double log) { return exact_power(-log); })
        .cwiseProduct(seen_.mean);
  }
  [[nodiscard]] double objective(const Eigen::VectorXd& theta) const {
    const Eigen::VectorXd log_value = seen_.rows * theta;
    return seen_.weight.dot(relative_means(log_value) + log_value) +
           theta.cwiseAbs2().dot(penalty_) / 2;
  }
  [[nodiscard]] Eigen::VectorXd gradient(const Eigen::VectorXd& theta) const {
    const Eigen::VectorXd relative = relative_means(seen_.rows * theta);
    return seen_.rows.transpose() * seen_.weight.cwiseProduct((1 - relative.array()).matrix()) +
           theta.cwiseProduct(penalty_);
  }

  const Observations& seen_;
  Eigen::VectorXd penalty_;
  Eigen::LDLT<Eigen::MatrixXd> solver_;
};

}  // namespace

LogLinear::LogLinear(std::span<const double> features, std::size_t buckets)
    : columns_(features.size() / buckets + 1), design_(buckets * columns_, 0.0) {
  const auto rows = static_cast<Eigen::Index>(buckets);
  const auto columns = static_cast<Eigen::Index>(columns_);
  const Eigen::Map<const RowMatrix> given(features.data(), rows, columns - 1);
  Eigen::Map<RowMatrix> made(design_.data(), rows, columns);
  made.col(0).setOnes();
  for (Eigen::Index k = 0; k + 1 < columns; ++k) {
    const double mean = given.col(k).mean();
    const double deviation =
        std::sqrt((given.col(k).array() - mean).square().sum() / static_cast<double>(rows));
    // One that does not vary stays 0: it says nothing.
    if (deviation > 1e-12 * std::abs(mean))
      made.col(k + 1) = (given.col(k).array() - mean) / deviation;
  }
}

std::vector<double> LogLinear::fit(const SeenMeans& seen, double log_prior) const {
  const std::size_t buckets = seen.weight.size();
  const Eigen::Map<const RowMatrix> all(design_.data(), static_cast<Eigen::Index>(buckets),
                                        static_cast<Eigen::Index>(columns_));
  std::vector<Eigen::Index> met;
  double low = std::numeric_limits<double>::infinity();
  double high = kNoMass;
  for (std::size_t b = 0; b < buckets; ++b) {
    if (!(seen.weight[b] > 0)) continue;
    met.push_back(static_cast<Eigen::Index>(b));
    if (seen.log_mean[b] == kNoMass) continue;
    low = std::min(low, seen.log_mean[b]);
    high = std::max(high, seen.log_mean[b]);
  }
  if (high == kNoMass) return std::vector<double>(buckets, log_prior);

  Observations observed{all(met, Eigen::all), Eigen::VectorXd(met.size()),
                        Eigen::VectorXd(met.size()), Eigen::VectorXd(met.size())};
  for (std::size_t i = 0; i < met.size(); ++i) {
    const auto row = static_cast<Eigen::Index>(i);
    const auto b = static_cast<std::size_t>(met[i]);
    const double log = seen.log_mean[b] - log_prior;
    observed.weight(row) = seen.weight[b];
    observed.mean(row) = exact_power(log);
    observed.log_mean(row) = std::max(log, kLowest);
  }
  const Eigen::VectorXd theta = Regression(observed).solve();
  const Eigen::VectorXd fitted = all * theta;
  std::vector<double> log_value(buckets);
  for (std::size_t b = 0; b < buckets; ++b)
    log_value[b] = std::clamp(fitted(static_cast<Eigen::Index>(b)) + log_prior, low, high);
  return log_value;
}

}  // namespace wend
