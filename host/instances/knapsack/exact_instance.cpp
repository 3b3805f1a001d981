#include "host/instances/knapsack/exact_instance.hpp"

#include <mutex>
#include <optional>
#include <utility>

#include "host/base/memory_limit.hpp"
#include "host/base/number_text.hpp"
#include "host/base/printable.hpp"
#include "host/instances/graph/instance.hpp"
#include "host/instances/knapsack/exact.hpp"
#include "host/oracles/row_table.hpp"
#include "host/oracles/state_bounds.hpp"
#include "host/oracles/state_graph.hpp"
#include "host/oracles/state_masses.hpp"

namespace wend {
namespace {

class ExactKnapsackInstance final : public KnapsackInstance {
 public:
  ExactKnapsackInstance(KnapsackProblem problem, EstimateSpec estimate, const std::string& file)
      : KnapsackInstance(std::move(problem), file),
        estimate_(estimate),
        counter_(this->problem(), printable(file, 4096) + ": estimate") {
    const bool noise = estimate_.kind == EstimateSpec::Kind::kNoise;
    InstanceFacts& facts = mutable_facts();
    facts.estimate = noise ? "noise" : "exact";
    facts.kappa = noise ? estimate_.kappa : 1.0;
    facts.kappa_why = noise ? "the noise is within this factor" : "the estimate is exact";
    facts.kappa_by_depth.assign(facts.horizon, *facts.kappa);
    facts.kappa_by_depth.back() = 1;
    facts.kappa_by_depth_why = facts.kappa_why;
    facts.details.emplace_back("states", grouped(counter_.states()));
    facts.details.emplace_back("breakpoints", grouped(counter_.breakpoints()));
  }

  [[nodiscard]] std::uint64_t table_bytes(kernels::Walk walk) const override {
    const std::uint64_t row_bytes =
        kernels::rows_per_node(walk) * RowTable::words_per_row(2) * sizeof(std::uint32_t);
    return counter_.interior_states() * (row_bytes + 2 * sizeof(std::uint32_t));
  }
  /// The graph, a number a state to compile it, and the breakpoints.
  [[nodiscard]] std::uint64_t working_bytes() const override {
    constexpr std::uint64_t kStateBytes = 48;
    return counter_.states() * kStateBytes + counter_.breakpoints() * sizeof(std::uint64_t);
  }
  [[nodiscard]] Oracle compile(kernels::Walk walk, Correction correction) const override {
    check_memory(table_bytes(walk) + working_bytes(), facts().path + ": estimate: the tables");
    return compile_state_oracle(graph(), walk, correction);
  }
  [[nodiscard]] std::shared_ptr<BatchOracle> model(kernels::Walk walk,
                                                   Correction correction) const override {
    check_memory(working_bytes(), facts().path + ": estimate: its states");
    return make_state_model(graph(), walk, correction);
  }
  [[nodiscard]] double log_weight(const std::uint32_t* symbols) const override {
    return wend::log_weight(graph(), symbols);
  }
  [[nodiscard]] std::optional<double> log_estimate(const std::uint32_t* symbols,
                                                   std::uint32_t depth) const override {
    return wend::log_estimate(graph(), symbols, depth);
  }
  [[nodiscard]] WalkBounds walk_bounds() const override { return wend::walk_bounds(graph()); }
  [[nodiscard]] double log_root_sum() const override { return wend::log_root_sum(graph()); }
  [[nodiscard]] const StateGraph* state_graph() const override { return &graph(); }
  [[nodiscard]] std::optional<std::pair<double, std::string>> measured_kappa() const override {
    return std::pair{actual_kappa(graph()), std::string("all states")};
  }
  [[nodiscard]] std::shared_ptr<const Instance> with_value(const NodeValue& value) const override {
    check_memory(2 * working_bytes(), facts().path + ": estimate: its states, twice");
    return GraphInstance::make_valued_graph(facts(), graph(), value);
  }

 private:
  [[nodiscard]] const StateGraph& graph() const {
    std::call_once(graph_made_, [this] { graph_ = counter_.graph(estimate_); });
    return graph_;
  }

  EstimateSpec estimate_;
  ExactKnapsack counter_;
  mutable std::once_flag graph_made_;
  mutable StateGraph graph_;
};

}  // namespace

std::unique_ptr<KnapsackInstance> make_exact_knapsack(KnapsackProblem problem,
                                                      const EstimateSpec& estimate,
                                                      const std::string& file) {
  return std::make_unique<ExactKnapsackInstance>(std::move(problem), estimate, file);
}

}  // namespace wend
