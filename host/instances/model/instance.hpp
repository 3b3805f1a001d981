#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "host/instances/instance.hpp"
#include "host/oracles/guided.hpp"
#include "host/oracles/neural/network.hpp"
#include "wend/oracle.hpp"

namespace wend {

/// The instance of a user's own oracle, or of one times potentials: made in memory
/// (wend::make_oracle, wend::make_guided) or read from a file.
class ModelInstance final : public Instance {
 public:
  /// `source`: what facts() say of where it comes from, kind, path, files, digest and details; the
  /// rest is the oracle's. Throws Error(kUsage) for traits that do not fit each other.
  /// `working_bytes`: what the oracle itself takes; potentials say what they take. `network`: what
  /// it, or its base, reads, if it is neural.
  ModelInstance(std::shared_ptr<BatchOracle> oracle, InstanceFacts source,
                std::uint64_t working_bytes = 0, std::shared_ptr<const Network> network = nullptr)
      : ModelInstance(std::move(oracle), std::move(source), working_bytes, std::move(network),
                      std::nullopt) {}
  ModelInstance(const Guided& parts, InstanceFacts source, std::uint64_t working_bytes = 0,
                std::shared_ptr<const Network> network = nullptr);

  [[nodiscard]] const InstanceFacts& facts() const override { return facts_; }
  [[nodiscard]] std::uint64_t table_bytes(kernels::Walk /*walk*/) const override { return 0; }
  [[nodiscard]] std::uint64_t working_bytes() const override { return working_bytes_; }
  [[nodiscard]] Oracle compile(kernels::Walk walk, Correction correction) const override;
  [[nodiscard]] std::shared_ptr<BatchOracle> model(kernels::Walk walk,
                                                   Correction correction) const override;
  /// By asking along the sequence: H evaluations, one at a time. Throws Error(kUsage) while a run
  /// asks the same oracle.
  [[nodiscard]] double log_mass(const std::uint32_t* symbols) const override;
  [[nodiscard]] double log_weight(const std::uint32_t* symbols) const override;
  [[nodiscard]] std::optional<double> log_estimate(const std::uint32_t* symbols,
                                                   std::uint32_t depth) const override;
  [[nodiscard]] double log_root_sum() const override;
  [[nodiscard]] const Guided* guided() const override { return parts_ ? &*parts_ : nullptr; }
  /// Null for all but neural ones.
  [[nodiscard]] const Network* network() const { return network_.get(); }
  [[nodiscard]] WalkBounds walk_bounds() const override;
  [[nodiscard]] std::optional<std::pair<double, std::string>> measured_kappa() const override {
    return std::nullopt;
  }

 private:
  ModelInstance(std::shared_ptr<BatchOracle> oracle, InstanceFacts source,
                std::uint64_t working_bytes, std::shared_ptr<const Network> network,
                std::optional<Guided> parts);
  struct PathSums {
    double log_mass = 0;
    double log_weight = 0;
  };
  [[nodiscard]] double stated_climb() const;
  [[nodiscard]] PathSums ask_along(const std::uint32_t* symbols) const;

  std::shared_ptr<BatchOracle> oracle_;
  std::optional<Guided> parts_;
  std::shared_ptr<std::mutex> in_use_ = std::make_shared<std::mutex>();
  InstanceFacts facts_;
  std::uint64_t working_bytes_;
  std::shared_ptr<const Network> network_;
};

}  // namespace wend
