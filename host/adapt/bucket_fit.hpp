#pragma once

#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "host/adapt/feature_design.hpp"

namespace wend {

struct Observations;

/// What was seen of numbers that a fit is to give.
struct SeenMeans {
  std::span<const double> weight;    ///< >= 0: observations of each; 0: none
  std::span<const double> log_mean;  ///< ln of their mean; -inf: all were 0
};

/// ln V of all buckets by their features, from means of V that were seen of some: the same bits on
/// every machine.
class BucketFit {
 public:
  explicit BucketFit(std::shared_ptr<const FeatureDesign> design) : design_(std::move(design)) {}
  BucketFit(const BucketFit&) = delete;
  BucketFit& operator=(const BucketFit&) = delete;
  virtual ~BucketFit() = default;

  /// Of each bucket what the fit says, kept within the range of the finite means that were seen.
  /// `log_prior`: what little is known where nothing was.
  [[nodiscard]] std::vector<double> fit(const SeenMeans& seen, double log_prior) const;

 protected:
  [[nodiscard]] const FeatureDesign& design() const { return *design_; }

 private:
  /// Of each bucket, over the prior's; at least one mean is not 0.
  [[nodiscard]] virtual std::vector<double> log_values(const Observations& seen) const = 0;

  std::shared_ptr<const FeatureDesign> design_;
};

}  // namespace wend
