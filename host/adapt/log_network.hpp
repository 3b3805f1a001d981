#pragma once

#include <vector>

#include "host/adapt/bucket_fit.hpp"

namespace wend {

/// ln V by a linear function of the features and a few hidden units
/// (network_regression.hpp): what LogLinear cannot say, such as that two features count only
/// together. As near to what was seen as LogLinear, or nearer, the ridge counted in.
class LogNetwork final : public BucketFit {
 public:
  using BucketFit::BucketFit;

 private:
  [[nodiscard]] std::vector<double> log_values(const Observations& seen) const override;
};

}  // namespace wend
