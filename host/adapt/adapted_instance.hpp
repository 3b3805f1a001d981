#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "host/adapt/adapted_oracle.hpp"
#include "host/instances/instance.hpp"

namespace wend {

/// An instance's target under trained estimates, asked node by node. What is known of the
/// untrained ones holds of these up to the range of V, which is counted in.
class AdaptedInstance final : public Instance {
 public:
  /// `untrained` must outlive it; `asked` is its model for `walk`.
  AdaptedInstance(const Instance& untrained, ModelOracle asked,
                  std::shared_ptr<const Training> training);

  [[nodiscard]] const InstanceFacts& facts() const override { return facts_; }
  [[nodiscard]] std::uint64_t table_bytes(kernels::Walk /*walk*/) const override { return 0; }
  [[nodiscard]] std::uint64_t working_bytes() const override {
    return untrained_.working_bytes() + training_->tree->bytes();
  }
  /// Throws Error(kUsage) for a walk that restarts.
  [[nodiscard]] Oracle compile(kernels::Walk walk, Correction correction) const override;
  [[nodiscard]] std::shared_ptr<BatchOracle> model(kernels::Walk /*walk*/,
                                                   Correction /*correction*/) const override {
    return oracle_;
  }
  [[nodiscard]] double log_mass(const std::uint32_t* symbols) const override {
    return untrained_.log_mass(symbols);
  }
  [[nodiscard]] double log_weight(const std::uint32_t* symbols) const override {
    return untrained_.log_weight(symbols);
  }
  [[nodiscard]] std::optional<double> log_estimate(const std::uint32_t* /*symbols*/,
                                                   std::uint32_t /*depth*/) const override {
    return std::nullopt;
  }
  [[nodiscard]] double log_root_sum() const override;
  [[nodiscard]] double log_root_scale() const override { return oracle_->log_root_scale(); }
  [[nodiscard]] WalkBounds walk_bounds() const override;
  [[nodiscard]] std::optional<std::pair<double, std::string>> measured_kappa() const override {
    return std::nullopt;
  }

  /// Rows that were answered from what scouts had explored.
  [[nodiscard]] std::uint64_t answered_from_tree() const { return oracle_->answered_from_tree(); }

 private:
  /// ln of the sum of the untrained estimates of the root's children, as the tree has them.
  [[nodiscard]] double untrained_sum() const;

  const Instance& untrained_;
  ModelOracle asked_;
  std::shared_ptr<const Training> training_;
  InstanceFacts facts_;
  std::shared_ptr<AdaptedOracle> oracle_;
  std::vector<double> least_;  ///< V at each depth, [h - 1], and of what is backed up
  std::vector<double> most_;
};

}  // namespace wend
