#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "host/files/json_reader.hpp"
#include "host/instances/instance.hpp"
#include "host/instances/knapsack/exact.hpp"
#include "host/instances/knapsack/problem.hpp"
#include "host/instances/knapsack/rounded.hpp"
#include "host/oracles/estimate.hpp"
#include "host/oracles/state_graph.hpp"

namespace wend {

/// Choices of items within a capacity; symbol 1 takes the item, infeasible choices have mass 0.
/// Making one counts what its tables will take; they are built when they are first needed.
class KnapsackInstance : public Instance {
 public:
  /// `file` starts messages, and is the facts' path. At least one item, at most 65535; estimate
  /// exact, noise, or rounded with kappa > 1. Throws Error(kInput) if the counter does not fit
  /// memory.
  KnapsackInstance(KnapsackProblem problem, const EstimateSpec& estimate, const std::string& file);

  [[nodiscard]] const InstanceFacts& facts() const override { return facts_; }
  void set_digest(std::string digest) { facts_.digest = std::move(digest); }
  [[nodiscard]] std::uint64_t table_bytes(kernels::Walk walk) const override;
  [[nodiscard]] Oracle compile(kernels::Walk walk, Correction correction) const override;
  [[nodiscard]] double log_mass(const std::uint16_t* symbols) const override;
  [[nodiscard]] double log_weight(const std::uint16_t* symbols) const override;
  [[nodiscard]] std::optional<double> log_estimate(const std::uint16_t* symbols,
                                                   std::uint32_t depth) const override;
  [[nodiscard]] const StateGraph* state_graph() const override {
    return exact_ ? &graph() : nullptr;
  }
  /// Exact and noise: over all states. Rounded: over capacities that can be left to the last items,
  /// for as many of them as can be counted exactly with 2^20 breakpoints: all capacities where they
  /// are at most 2^22 / items, else so many of them.
  [[nodiscard]] std::optional<std::pair<double, std::string>> measured_kappa() const override;

 private:
  [[nodiscard]] const StateGraph& graph() const;
  [[nodiscard]] const kernels::KnapsackView& search_view() const;
  [[nodiscard]] std::pair<double, std::string> measured_rounding() const;
  void describe_exact(const ExactKnapsack& counter);
  void describe_rounded(const RoundedKnapsack& counter);

  KnapsackProblem problem_;
  EstimateSpec estimate_;
  InstanceFacts facts_;
  std::optional<ExactKnapsack> exact_;      ///< of the estimates exact and noise
  std::optional<RoundedKnapsack> rounded_;  ///< of the estimate rounded
  mutable std::once_flag graph_made_;
  mutable StateGraph graph_;
  mutable std::once_flag view_made_;
  mutable kernels::KnapsackView view_{};
};

/// Reads an instance of kind "knapsack". Keys: `weights` (1 to 65535 integers >= 0), `capacity` (an
/// integer >= 0), optional `values` (one number an item) with `temperature` (> 0): a choice's mass
/// is exp(sum of its values / temperature), else 1; `estimate` exact, noise or rounded. Throws
/// Error(kInput).
std::unique_ptr<Instance> load_knapsack(const JsonReader& json);

}  // namespace wend
