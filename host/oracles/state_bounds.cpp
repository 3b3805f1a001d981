#include "host/oracles/state_bounds.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "host/base/parallel.hpp"
#include "host/oracles/row_errors.hpp"

namespace wend {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr std::uint64_t kGrain = 4096;

// Of the prefixes that are in one state.
struct StateValue {
  double log_climb = kInfinity;  // from the leaf with mass below that is least likely to get here
  double flow = 0;               // sum of w over the nodes below and this one, over w
  double error = 0;  // expected relative error, under the target, of the rows from here on
};

// Works out the states of one depth from those one deeper.
class Layer {
 public:
  Layer(const StateGraph& graph, std::uint32_t depth, const std::vector<StateValue>& below)
      : graph_(graph), depth_(depth), below_(below), logs_(graph.alphabet) {}

  StateValue operator()(std::uint32_t state) {
    const std::uint64_t node = graph_.layer_begin[depth_] + state;
    child_estimates(graph_, depth_, state, logs_);
    const double sum = log_sum(logs_);
    // The root has no edge above it; all else is relative to the state's own estimate, or to S.
    const double own = depth_ == 0 ? -kInfinity : graph_.log_estimate[node];
    const double scale = depth_ == 0 ? sum : own;
    const double mass = graph_.log_mass[node];
    const double largest = *std::ranges::max_element(logs_);
    const double log_all = std::max(sum, own) + std::log1p(std::exp(-std::abs(sum - own)));
    // Any of those that are nearly the largest may get what rounding leaves.
    const double near = 1 - 0x1p-31 * std::exp(log_all - largest);
    const RowErrors errors(graph_.alphabet);
    StateValue value;
    value.flow = depth_ == 0 ? 0 : 1;
    if (sum == -kInfinity) return value;  // a dead end
    for (std::uint32_t c = 0; c < graph_.alphabet; ++c) {
      if (logs_[c] == -kInfinity) continue;
      const std::uint64_t edge = graph_.edge(depth_, state, c);
      const std::uint32_t child = graph_.target[edge];
      const double ratio = std::exp(logs_[c] - scale);
      if (ratio > 0) value.flow += ratio * below_[child].flow;
      const double log_share =
          graph_.log_edge[edge] + graph_.log_mass[graph_.layer_begin[depth_ + 1] + child] - mass;
      if (!(log_share > -kInfinity)) continue;
      value.log_climb = std::min(value.log_climb, below_[child].log_climb);
      const double share = std::exp(log_share);
      if (share > 0) value.error += share * below_[child].error;
      value.error += errors.down(share, std::exp(log_share + log_all - logs_[c]),
                                 std::exp(logs_[c] - largest) >= near);
    }
    if (depth_ == 0 || mass == -kInfinity) return value;
    const double rise = std::exp(own - sum);
    value.log_climb += log_least_rise(rise, graph_.alphabet);
    value.error += errors.up(rise, 1.0) + errors.turn(rise, 1.0);
    return value;
  }

 private:
  const StateGraph& graph_;
  std::uint32_t depth_;
  const std::vector<StateValue>& below_;
  std::vector<double> logs_;
};

std::vector<StateValue> leaf_values(const StateGraph& graph) {
  std::vector<StateValue> values(graph.states(graph.horizon));
  for (std::uint64_t s = 0; s < values.size(); ++s)
    if (graph.log_mass[graph.layer_begin[graph.horizon] + s] != -kInfinity) values[s] = {0, 1, 0};
  return values;
}

}  // namespace

WalkBounds walk_bounds(const StateGraph& graph) {
  std::vector<StateValue> below = leaf_values(graph);
  for (std::uint32_t h = graph.horizon; h-- > 0;) {
    std::vector<StateValue> values(graph.states(h));
    parallel_blocks(graph.states(h), kGrain, 0, [&](std::uint64_t first, std::uint64_t last) {
      Layer layer(graph, h, below);
      for (std::uint64_t s = first; s < last; ++s) values[s] = layer(static_cast<std::uint32_t>(s));
    });
    below = std::move(values);
  }
  const StateValue& root = below.front();
  std::vector<double> logs(graph.alphabet);
  child_estimates(graph, 0, 0, logs);
  const double flow = root.flow * std::exp(log_sum(logs) - graph.log_mass[0]);
  return {std::exp(root.log_climb), 2 * flow, 2 * root.error};
}

}  // namespace wend
