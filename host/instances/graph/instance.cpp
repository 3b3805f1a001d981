#include "host/instances/graph/instance.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "host/base/memory_limit.hpp"
#include "host/base/no_mass.hpp"
#include "host/oracles/row_table.hpp"

namespace wend {
namespace {

// Largest mu/w at each depth over the states that have mass; the last one is 1.
std::vector<double> largest_ratios(const StateGraph& graph) {
  std::vector<double> ratios(graph.horizon, 1.0);
  for (std::uint32_t h = 1; h < graph.horizon; ++h) {
    double largest = kNoMass;
    for (std::uint64_t s = graph.layer_begin[h]; s < graph.layer_begin[h + 1]; ++s)
      if (graph.log_mass[s] != kNoMass)
        largest = std::max(largest, graph.log_mass[s] - graph.log_estimate[s]);
    // What rounding takes from the difference and from its exponential is far less.
    ratios[h - 1] = std::exp(largest) * (1 + 1e-9);
  }
  return ratios;
}

}  // namespace

GraphInstance::GraphInstance(InstanceFacts facts, StateGraph graph)
    : facts_(std::move(facts)), graph_(std::move(graph)) {}

std::uint64_t GraphInstance::table_bytes(kernels::Walk walk) const {
  const std::uint64_t rows = graph_.layer_begin[graph_.horizon] * kernels::rows_per_node(walk);
  return (rows * RowTable::words_per_row(graph_.alphabet) + graph_.target.size()) *
         sizeof(std::uint32_t);
}

Oracle GraphInstance::compile(kernels::Walk walk, Correction correction) const {
  check_memory(table_bytes(walk) + acceptance_bytes(graph_),
               facts_.path + ": horizon: tables of " + std::to_string(graph_.states(0)) +
                   " states at " + std::to_string(graph_.horizon) + " depths");
  return compile_state_oracle(graph_, walk, correction);
}

double GraphInstance::log_mass(const std::uint32_t* symbols) const {
  return wend::log_mass(graph_, symbols);
}

double GraphInstance::log_weight(const std::uint32_t* symbols) const {
  return wend::log_weight(graph_, symbols);
}

std::optional<double> GraphInstance::log_estimate(const std::uint32_t* symbols,
                                                  std::uint32_t depth) const {
  return wend::log_estimate(graph_, symbols, depth);
}

std::optional<std::pair<double, std::string>> GraphInstance::measured_kappa() const {
  return std::pair{actual_kappa(graph_), std::string("all states at all depths")};
}

std::shared_ptr<const Instance> GraphInstance::make_valued_graph(InstanceFacts facts,
                                                                 StateGraph graph,
                                                                 const NodeValue& value) {
  for (std::uint32_t h = 1; h < graph.horizon; ++h)
    for (std::uint64_t s = 0; s < graph.states(h); ++s)
      graph.log_estimate[graph.layer_begin[h] + s] +=
          value.at(h, graph.bucket_of(h, static_cast<std::uint32_t>(s)));
  facts.kappa.reset();
  facts.kappa_why = "the estimate is trained";
  facts.kappa_by_depth = largest_ratios(graph);
  facts.kappa_by_depth_why = "all states were compared with their masses";
  return std::make_shared<GraphInstance>(std::move(facts), std::move(graph));
}

}  // namespace wend
