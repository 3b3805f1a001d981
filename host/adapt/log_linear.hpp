#pragma once

#include <vector>

#include "host/adapt/bucket_fit.hpp"

namespace wend {

/// ln V(b) = c + theta . features[b], by gamma regression (gamma_regression.hpp): where each b has
/// a feature of its own it gives the means themselves. O(B F + n F (F + iterations)), n of the B
/// buckets having been seen.
class LogLinear final : public BucketFit {
 public:
  using BucketFit::BucketFit;

 private:
  [[nodiscard]] std::vector<double> log_values(const Observations& seen) const override;
};

}  // namespace wend
