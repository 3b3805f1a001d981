#include "host/adapt/feature_design.hpp"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>

#include "host/adapt/observations.hpp"

namespace wend {

FeatureDesign::FeatureDesign(std::span<const double> features, std::size_t buckets)
    : columns_(features.size() / buckets + 1), numbers_(buckets * columns_, 0.0) {
  const auto rows = static_cast<Eigen::Index>(buckets);
  const auto columns = static_cast<Eigen::Index>(columns_);
  const Eigen::Map<const RowMatrix> given(features.data(), rows, columns - 1);
  Eigen::Map<RowMatrix> made(numbers_.data(), rows, columns);
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

bool FeatureDesign::says_more_than_linear() const {
  std::size_t linear = 0;  // numbers of a linear function: columns that are not 0
  for (std::size_t k = 0; k < columns_; ++k) {
    bool varies = false;
    for (std::size_t at = k; at < numbers_.size(); at += columns_) varies |= numbers_[at] != 0;
    linear += varies ? 1 : 0;
  }
  std::vector<const double*> kinds;
  for (const double* row = numbers_.data(); row != numbers_.data() + numbers_.size();
       row += columns_)
    if (std::ranges::none_of(
            kinds, [&](const double* kind) { return std::equal(row, row + columns_, kind); })) {
      kinds.push_back(row);
      if (kinds.size() > linear) return true;
    }
  return false;
}

}  // namespace wend
