#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "host/files/json_reader.hpp"
#include "host/instances/instance.hpp"
#include "host/oracles/state_bounds.hpp"
#include "host/oracles/state_graph.hpp"
#include "host/oracles/state_masses.hpp"

namespace wend {

/// Words or sequences of an n-gram model, restricted to those without forbidden and with all
/// required substrings; ngram_model.hpp and ngram_graph.hpp say what their masses are.
class NgramInstance : public Instance {
 public:
  NgramInstance(InstanceFacts facts, StateGraph graph);

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

  [[nodiscard]] const StateGraph& graph() const { return graph_; }

 private:
  InstanceFacts facts_;
  StateGraph graph_;
};

/// Reads an instance of kind "ngram". Keys: `corpus` (a text file) or `transition` (an .npy file of
/// shape A^(order-1) x A or (A, ..., A)), `order` 1 to 64, `horizon` 1 to 65535, `smoothing` 0 to
/// 10^9 (corpus only), `forbid` and `require` (lists of strings of the corpus's characters, or of
/// lists of symbols of a transition model; at most 16 required), `estimate` exact, noise or
/// lookahead. Throws Error(kInput), also where no sequence has mass.
std::unique_ptr<Instance> load_ngram(const JsonReader& json);

}  // namespace wend
