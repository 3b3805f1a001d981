#include "host/adapt/bucket_fit.hpp"

#include <Eigen/Core>
#include <algorithm>
#include <limits>

#include "host/adapt/observations.hpp"
#include "host/base/exact_power.hpp"
#include "host/base/no_mass.hpp"

namespace wend {
namespace {

// For the first guess, how far below the mean a logarithm counts at most: of zeros, too.
constexpr double kLowest = -5;

}  // namespace

std::vector<double> BucketFit::fit(const SeenMeans& seen, double log_prior) const {
  const std::size_t buckets = seen.weight.size();
  const Eigen::Map<const RowMatrix> all = design_rows(*design_);
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
  std::vector<double> log_value = log_values(observed);
  for (double& log : log_value) log = std::clamp(log + log_prior, low, high);
  return log_value;
}

}  // namespace wend
