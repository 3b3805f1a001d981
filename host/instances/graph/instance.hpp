#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "host/instances/instance.hpp"
#include "host/oracles/node_value.hpp"
#include "host/oracles/state_bounds.hpp"
#include "host/oracles/state_graph.hpp"
#include "host/oracles/state_masses.hpp"

namespace wend {

/// A target that is a graph of states, as it stands in memory.
class GraphInstance final : public Instance {
 public:
  GraphInstance(InstanceFacts facts, StateGraph graph);

  [[nodiscard]] const InstanceFacts& facts() const override { return facts_; }
  [[nodiscard]] std::uint64_t table_bytes(kernels::Walk walk) const override;
  [[nodiscard]] std::uint64_t working_bytes() const override {
    return graph_.bytes() + acceptance_bytes(graph_);
  }
  [[nodiscard]] Oracle compile(kernels::Walk walk, Correction correction) const override;
  [[nodiscard]] std::shared_ptr<BatchOracle> model(kernels::Walk walk,
                                                   Correction correction) const override {
    return make_state_model(graph_, walk, correction);
  }
  [[nodiscard]] double log_mass(const std::uint32_t* symbols) const override;
  [[nodiscard]] double log_weight(const std::uint32_t* symbols) const override;
  [[nodiscard]] std::optional<double> log_estimate(const std::uint32_t* symbols,
                                                   std::uint32_t depth) const override;
  [[nodiscard]] double log_root_sum() const override { return wend::log_root_sum(graph_); }
  [[nodiscard]] const StateGraph* state_graph() const override { return &graph_; }
  [[nodiscard]] WalkBounds walk_bounds() const override { return wend::walk_bounds(graph_); }
  [[nodiscard]] std::optional<std::pair<double, std::string>> measured_kappa() const override;
  [[nodiscard]] std::shared_ptr<const Instance> with_value(const NodeValue& value) const override {
    // Of a graph that names no buckets V is by the last symbol, which its states do not say.
    if (value.buckets > 1 && graph_.buckets == 0) return nullptr;
    return make_valued_graph(facts_, graph_, value);
  }

  /// The target of `graph` under w(u) V(u), what `facts` say of w being said of that. Its states'
  /// masses and estimates are known, and so is the largest mu/w of each depth, exactly. Throws
  /// Error(kInput) if there is no memory for another graph. O(states).
  static std::shared_ptr<const Instance> make_valued_graph(InstanceFacts facts, StateGraph graph,
                                                           const NodeValue& value);

 private:
  InstanceFacts facts_;
  StateGraph graph_;
};

}  // namespace wend
