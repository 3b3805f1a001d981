#include "host/oracles/state_bounds.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "host/base/parallel.hpp"
#include "host/oracles/log_rounding.hpp"
#include "host/oracles/row_errors.hpp"

namespace wend {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// Of the prefixes that are in one state. Expectations are over the *stored* law: from a state to
// child c in proportion to exp(log_edge + log_mass) as double has them, whose ln is off from the
// target's by what the sums and logarithms lost. docs/design.md, "Integer rows", has the proof.
struct StateValue {
  double log_climb = kInfinity;  // from the leaf with mass below that is least likely to get here
  double flow = 0;               // sum of w over the nodes below and this one, over w
  double skew = 1;  // expected product of e^a, a being how far ln of the stored law's factor is off
  double error = 0;  // what the relative errors of the rows from here on add to that product
};

// Works out the states of one depth from those one deeper.
class Layer {
 public:
  Layer(const StateGraph& graph, std::uint32_t depth, const std::vector<StateValue>& below)
      : graph_(graph),
        depth_(depth),
        below_(below),
        logs_(graph.alphabet),
        mass_logs_(graph.alphabet) {}

  StateValue operator()(std::uint32_t state) {
    const std::uint64_t node = graph_.layer_begin[depth_] + state;
    child_estimates(graph_, depth_, state, logs_);
    child_masses(graph_, depth_, state, mass_logs_);
    // The root has no edge above it; all else is relative to the largest child's estimate.
    const RelativeSum sum(logs_);
    const double own = depth_ == 0 ? -kInfinity : graph_.log_estimate[node];
    StateValue value;
    value.flow = depth_ == 0 ? 0 : 1;
    if (sum.largest == -kInfinity) return value;  // a dead end
    const double above = own - sum.largest;
    // ln of (w + S) over the largest child's.
    const double log_all =
        std::max(sum.rest, above) + std::log1p(std::exp(-std::abs(sum.rest - above)));
    // Any of those that are nearly the largest may get what rounding leaves.
    const double near = 1 - 0x1p-31 * std::exp(log_all);
    const double rise = std::exp(above - sum.rest);
    const double scale = std::max(own, sum.largest);
    const double mass = graph_.log_mass[node];
    const RelativeSum masses(mass_logs_);
    const RowErrors errors(graph_.alphabet);
    const bool climbs = depth_ > 0 && mass != -kInfinity;
    const double turns = climbs ? errors.up(rise, 1.0) + errors.turn(rise, 1.0) : 0.0;
    // Of the stored mass to go, and of the state's own estimate in its row.
    const double off = mass == -kInfinity ? 0.0 : masses.distance(mass);
    const double own_off = depth_ == 0 ? 0.0 : exp_error(own, scale);
    if (mass != -kInfinity) value.skew = 0;
    for (std::uint32_t c = 0; c < graph_.alphabet; ++c) {
      if (logs_[c] == -kInfinity) continue;
      const std::uint64_t edge = graph_.edge(depth_, state, c);
      const StateValue& child = below_[graph_.target[edge]];
      const double ratio =
          std::exp(depth_ == 0 ? sum.log_share(logs_[c]) : logs_[c] - graph_.log_estimate[node]);
      if (ratio > 0) value.flow += ratio * child.flow;
      if (mass == -kInfinity || mass_logs_[c] == -kInfinity) continue;
      value.log_climb = std::min(value.log_climb, child.log_climb);
      const std::uint64_t child_node = graph_.layer_begin[depth_ + 1] + graph_.target[edge];
      const double inexact = edge_error(graph_, depth_, edge, child_node);
      const double log_share =
          masses.log_share(mass_logs_[c]) + off + inexact +
          std::abs(sum_error(graph_.log_edge[edge], graph_.log_mass[child_node]));
      const double shift =
          inexact + own_off + exp_error(logs_[c], scale) +
          std::abs(sum_error(graph_.log_edge[edge], graph_.log_estimate[child_node]));
      const double share = std::exp(log_share);
      if (share > 0) {
        value.skew += share * child.skew;
        value.error += share * child.error;
      }
      // e^shift (1 + the row's error) - 1, times the share.
      const double shifted = std::exp(log_share + shift);
      double added = shift < 1 ? share * std::expm1(shift) : shifted;
      added +=
          errors.down(shifted, std::exp(log_share + shift + log_all - (logs_[c] - sum.largest)),
                      std::exp(logs_[c] - sum.largest) >= near);
      if (shifted > 0) added += shifted * turns;
      if (added > 0) value.error += added * (child.skew + child.error);
    }
    if (!climbs) return value;
    value.log_climb += log_least_rise(std::log(rise), graph_.alphabet);
    return value;
  }

 private:
  const StateGraph& graph_;
  std::uint32_t depth_;
  const std::vector<StateValue>& below_;
  std::vector<double> logs_;       // ln w of the children
  std::vector<double> mass_logs_;  // and of their masses
};

std::vector<StateValue> leaf_values(const StateGraph& graph) {
  std::vector<StateValue> values(graph.states(graph.horizon));
  for (std::uint64_t s = 0; s < values.size(); ++s)
    if (graph.log_mass[graph.layer_begin[graph.horizon] + s] != -kInfinity)
      values[s] = {.log_climb = 0, .flow = 1};
  return values;
}

// Most that the rounding of what is below a node of this depth adds to its mu/w.
double excess_of(const StateGraph& graph, std::uint32_t depth,
                 const std::vector<StateValue>& values) {
  double most = 0;
  for (std::uint64_t s = 0; s < values.size(); ++s) {
    const std::uint64_t node = graph.layer_begin[depth] + s;
    const double ratio = std::exp(graph.log_mass[node] - graph.log_estimate[node]);
    if (!(ratio > 0)) continue;
    // The ratio that is known without rounding may be less: by what the stored mass is off, and by
    // the last places of both.
    const double places =
        2 * kHalfUlp * (std::abs(graph.log_mass[node]) + std::abs(graph.log_estimate[node]));
    const double grown = values[s].error + values[s].skew - std::exp(-places) / values[s].skew;
    most = std::max(most, std::isnan(grown) ? kInfinity : ratio * grown);
  }
  return most;
}

}  // namespace

WalkBounds walk_bounds(const StateGraph& graph) {
  std::vector<StateValue> below = leaf_values(graph);
  double excess = 0;
  for (std::uint32_t h = graph.horizon; h-- > 0;) {
    std::vector<StateValue> values(graph.states(h));
    parallel_blocks(graph.states(h), StateGraph::kStatesAtOnce, 0,
                    [&](std::uint64_t first, std::uint64_t last) {
                      Layer layer(graph, h, below);
                      for (std::uint64_t s = first; s < last; ++s)
                        values[s] = layer(static_cast<std::uint32_t>(s));
                    });
    if (h > 0) excess = std::max(excess, excess_of(graph, h, values));
    below = std::move(values);
  }
  const StateValue& root = below.front();
  std::vector<double> logs(graph.alphabet);
  child_estimates(graph, 0, 0, logs);
  const RelativeSum sum(logs);
  const double flow = root.flow * std::exp((sum.largest - graph.log_mass[0]) + sum.rest);
  return {.least_climb = std::exp(root.log_climb),
          .steps_per_visit = 2 * flow * root.skew,
          .rounding = 2 * root.error * root.skew,
          .excess = excess};
}

}  // namespace wend
