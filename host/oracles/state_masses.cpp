#include "host/oracles/state_masses.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "host/base/no_mass.hpp"
#include "host/base/parallel.hpp"
#include "host/oracles/table_model.hpp"

namespace wend {
namespace {

// exp that keeps what has mass above zero, so that it stays reachable.
double positive_exp(double log_value) {
  if (log_value == kNoMass) return 0;
  return std::max(std::exp(log_value), std::numeric_limits<double>::min());
}

class StateModel final : public TableModel {
 public:
  StateModel(const StateGraph& graph, std::vector<double> acceptance)
      : TableModel(graph.alphabet, graph.horizon, "graph of states", !acceptance.empty(),
                   graph.buckets, graph.bucket_why),
        graph_(graph),
        acceptance_(std::move(acceptance)),
        masses_(graph_, acceptance_) {}

 protected:
  double masses(std::span<const std::uint32_t> prefix, std::span<double> children,
                std::span<double> kept) override {
    return masses_.at(depth_of(prefix), state_of(prefix), children, kept);
  }
  std::uint32_t buckets(std::span<const std::uint32_t> prefix,
                        std::span<std::uint32_t> children) override {
    const std::uint32_t depth = depth_of(prefix);
    const std::uint32_t state = state_of(prefix);
    for (std::uint32_t c = 0; c < graph_.alphabet; ++c) {
      const std::uint32_t child = graph_.target[graph_.edge(depth, state, c)];
      const bool interior = child != StateGraph::kNoState && depth + 1 < graph_.horizon;
      children[c] = interior ? graph_.bucket_of(depth + 1, child) : 0;
    }
    return graph_.bucket_of(depth, state);
  }

 private:
  static std::uint32_t depth_of(std::span<const std::uint32_t> prefix) {
    return static_cast<std::uint32_t>(prefix.size());
  }
  [[nodiscard]] std::uint32_t state_of(std::span<const std::uint32_t> prefix) const {
    std::uint32_t depth = 0;
    std::uint32_t state = 0;
    for (const std::uint32_t symbol : prefix)
      state = graph_.target[graph_.edge(depth++, state, symbol)];
    return state;
  }

  const StateGraph& graph_;
  std::vector<double> acceptance_;
  StateMasses masses_;
};

}  // namespace

std::vector<double> log_acceptance(const StateGraph& graph) {
  std::vector<double> acceptance(graph.log_mass.size(), 0.0);
  for (std::uint32_t h = graph.horizon; h-- > 1;) {
    const std::uint64_t begin = graph.layer_begin[h];
    parallel_blocks(graph.states(h), StateGraph::kStatesAtOnce, 0,
                    [&](std::uint64_t first, std::uint64_t last) {
                      std::vector<double> logs(graph.alphabet);
                      for (std::uint64_t s = first; s < last; ++s) {
                        const auto state = static_cast<std::uint32_t>(s);
                        child_estimates(graph, h, state, logs);
                        double best = kNoMass;
                        for (std::uint32_t c = 0; c < graph.alphabet; ++c) {
                          if (logs[c] == kNoMass) continue;
                          const std::uint32_t child = graph.target[graph.edge(h, state, c)];
                          best = std::max(best, acceptance[graph.layer_begin[h + 1] + child]);
                        }
                        // ln(S/w), by differences: a sum of large logarithms would round it away.
                        const double largest = *std::ranges::max_element(logs);
                        for (double& value : logs) value -= largest;
                        const double ratio =
                            (largest - graph.log_estimate[begin + s]) + log_sum(logs);
                        acceptance[begin + s] = best == kNoMass ? kNoMass : best + ratio;
                      }
                    });
  }
  return acceptance;
}

double StateMasses::at(std::uint32_t depth, std::uint32_t state, std::span<double> children,
                       std::span<double> kept) {
  const std::uint64_t node = graph_.layer_begin[depth] + state;
  child_estimates(graph_, depth, state, logs_);
  const double own = depth == 0 ? kNoMass : graph_.log_estimate[node];
  const double scale = std::max(own, *std::ranges::max_element(logs_));
  // A state without mass, below or of its own, is a dead end like any other.
  const auto mass = [scale](double value) {
    return scale == kNoMass ? 0.0 : positive_exp(value - scale);
  };
  std::ranges::transform(logs_, children.begin(), mass);
  if (kept.empty()) return mass(own);
  for (std::uint32_t c = 0; c < graph_.alphabet; ++c) {
    const std::uint32_t child = graph_.target[graph_.edge(depth, state, c)];
    kept[c] = children[c] > 0 ? acceptance_[graph_.layer_begin[depth + 1] + child] : kNoMass;
  }
  const double largest = *std::ranges::max_element(kept);
  for (double& value : kept) value = largest == kNoMass ? 0.0 : std::exp(value - largest);
  return mass(own);
}

std::shared_ptr<BatchOracle> make_state_model(const StateGraph& graph, kernels::Walk walk,
                                              Correction correction) {
  const bool thinned = kernels::restarts(walk) && correction == Correction::kReject;
  return std::make_shared<StateModel>(graph,
                                      thinned ? log_acceptance(graph) : std::vector<double>());
}

}  // namespace wend
