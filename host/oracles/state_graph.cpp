#include "host/oracles/state_graph.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <string>

#include "host/base/no_mass.hpp"
#include "host/base/parallel.hpp"
#include "host/oracles/compile_error.hpp"
#include "host/oracles/row_compiler.hpp"
#include "host/oracles/state_masses.hpp"

namespace wend {
namespace {

// ln of `to_go` of every child of a state, the edge's factor included.
void child_logs(const StateGraph& graph, const std::vector<double>& to_go, std::uint32_t depth,
                std::uint32_t state, std::span<double> logs) {
  for (std::uint32_t c = 0; c < graph.alphabet; ++c) {
    const std::uint64_t edge = graph.edge(depth, state, c);
    const std::uint32_t child = graph.target[edge];
    logs[c] = child == StateGraph::kNoState
                  ? kNoMass
                  : graph.log_edge[edge] + to_go[graph.layer_begin[depth + 1] + child];
  }
}

// Compiles the rows of states.
class StateCompiler {
 public:
  /// `acceptance`: log_acceptance() of the graph where proposals are thinned, else empty.
  StateCompiler(const StateGraph& graph, kernels::Walk walk, const std::vector<double>& acceptance)
      : node_rows_(kernels::rows_per_node(walk)),
        graph_(graph),
        masses_(graph, acceptance),
        compiler_(graph.alphabet, walk),
        children_(graph.alphabet),
        kept_(acceptance.empty() ? 0 : graph.alphabet) {}

  void compile(std::uint32_t depth, std::uint32_t state, RowTable& rows) {
    const std::uint64_t node = graph_.layer_begin[depth] + state;
    const double own = masses_.at(depth, state, children_, kept_);
    compiler_.compile(own, children_, kept_, rows.rows_from(node * node_rows_, node_rows_));
  }

 private:
  std::uint32_t node_rows_;
  const StateGraph& graph_;
  StateMasses masses_;
  RowCompiler compiler_;
  std::vector<double> children_;
  std::vector<double> kept_;
};

void fill_next(const StateGraph& graph, StateOracle& oracle) {
  const std::uint32_t layers = graph.shared_transitions ? 1 : graph.horizon;
  for (std::uint32_t h = 0; h < layers; ++h) {
    const std::uint64_t below = graph.shared_transitions ? 0 : graph.layer_begin[h + 1];
    for (std::uint32_t s = 0; s < graph.states(h); ++s) {
      for (std::uint32_t c = 0; c < graph.alphabet; ++c) {
        const std::uint64_t edge = graph.edge(h, s, c);
        const std::uint32_t child = graph.target[edge];
        oracle.next[edge] =
            child == StateGraph::kNoState
                ? 0
                : (c << oracle.row_bits) | static_cast<std::uint32_t>(below + child);
      }
    }
  }
}

}  // namespace

void child_estimates(const StateGraph& graph, std::uint32_t depth, std::uint32_t state,
                     std::span<double> logs) {
  child_logs(graph, graph.log_estimate, depth, state, logs);
}

void child_masses(const StateGraph& graph, std::uint32_t depth, std::uint32_t state,
                  std::span<double> logs) {
  child_logs(graph, graph.log_mass, depth, state, logs);
}

double edge_error(const StateGraph& graph, std::uint32_t depth, std::uint64_t edge,
                  std::uint64_t child) {
  const double error = graph.edge_error + graph.edge_precision * std::abs(graph.log_edge[edge]);
  if (depth + 1 < graph.horizon) return error;
  return error + graph.edge_error + graph.edge_precision * std::abs(graph.log_mass[child]);
}

double log_sum(std::span<const double> logs) {
  const double largest = *std::ranges::max_element(logs);
  if (largest == kNoMass) return kNoMass;
  double sum = 0;
  for (const double value : logs) sum += std::exp(value - largest);
  return largest + std::log(sum);
}

void sum_masses(StateGraph& graph) {
  graph.log_mass.resize(graph.layer_begin.back());
  for (std::uint32_t h = graph.horizon; h-- > 0;) {
    parallel_blocks(graph.states(h), StateGraph::kStatesAtOnce, 0,
                    [&](std::uint64_t first, std::uint64_t last) {
                      std::vector<double> logs(graph.alphabet);
                      for (std::uint64_t s = first; s < last; ++s) {
                        child_masses(graph, h, static_cast<std::uint32_t>(s), logs);
                        graph.log_mass[graph.layer_begin[h] + s] = log_sum(logs);
                      }
                    });
  }
}

StateOracle compile_state_oracle(const StateGraph& graph, kernels::Walk walk,
                                 Correction correction) {
  const std::uint64_t words = graph.layer_begin[graph.horizon + 1];
  const auto row_bits = static_cast<std::uint32_t>(std::bit_width(words - 1));
  const auto symbol_bits = static_cast<std::uint32_t>(std::bit_width(graph.alphabet - 1));
  if (row_bits + symbol_bits > 32 || row_bits > 31)
    throw CompileError(std::to_string(words) + " states of " + std::to_string(graph.alphabet) +
                       " symbols do not fit the 32 bits of a path word");

  std::vector<double> first_symbols(graph.alphabet);
  child_estimates(graph, 0, 0, first_symbols);
  if (log_sum(first_symbols) == kNoMass)
    throw CompileError("the estimate gives no mass to any first symbol");

  StateOracle oracle;
  oracle.alphabet = graph.alphabet;
  oracle.horizon = graph.horizon;
  oracle.layer_stride = graph.shared_transitions ? static_cast<std::uint32_t>(graph.states(0)) : 0U;
  oracle.row_bits = row_bits;
  oracle.next = TableMemory<std::uint32_t>(graph.target.size());
  fill_next(graph, oracle);

  std::vector<double> acceptance;
  if (kernels::restarts(walk) && correction == Correction::kReject)
    acceptance = log_acceptance(graph);
  const std::uint64_t nodes = graph.layer_begin[graph.horizon];
  oracle.rows = RowTable(graph.alphabet, nodes * kernels::rows_per_node(walk));
  for (std::uint32_t h = 0; h < graph.horizon; ++h) {
    parallel_blocks(graph.states(h), StateGraph::kStatesAtOnce, 0,
                    [&](std::uint64_t first, std::uint64_t last) {
                      StateCompiler compiler(graph, walk, acceptance);
                      for (std::uint64_t s = first; s < last; ++s)
                        compiler.compile(h, static_cast<std::uint32_t>(s), oracle.rows);
                    });
  }
  return oracle;
}

double log_mass(const StateGraph& graph, const std::uint32_t* symbols) {
  double sum = 0;
  std::uint32_t state = 0;
  for (std::uint32_t h = 0; h < graph.horizon; ++h) {
    const std::uint64_t edge = graph.edge(h, state, symbols[h]);
    state = graph.target[edge];
    if (state == StateGraph::kNoState) return kNoMass;
    sum += graph.log_edge[edge];
  }
  return sum + graph.log_mass[graph.layer_begin[graph.horizon] + state];
}

double log_weight(const StateGraph& graph, const std::uint32_t* symbols) {
  std::vector<double> logs(graph.alphabet);
  double weight = log_mass(graph, symbols);
  std::uint32_t state = 0;
  for (std::uint32_t h = 0; h < graph.horizon && weight != kNoMass; ++h) {
    child_estimates(graph, h, state, logs);
    weight -= logs[symbols[h]] - log_sum(logs);
    state = graph.target[graph.edge(h, state, symbols[h])];
  }
  return weight;
}

double log_estimate(const StateGraph& graph, const std::uint32_t* symbols, std::uint32_t depth) {
  // A compensated sum (Neumaier): thousands of roundings of a sum in the hundred thousands would
  // come to more than the 1e-9 by which class-elimination tells leaf masses apart.
  double sum = -graph.log_mass[0];
  double lost = 0;
  const auto add = [&](double term) {
    const double next = sum + term;
    lost += std::abs(sum) >= std::abs(term) ? (sum - next) + term : (term - next) + sum;
    sum = next;
  };
  std::uint32_t state = 0;
  for (std::uint32_t h = 0; h < depth; ++h) {
    const std::uint64_t edge = graph.edge(h, state, symbols[h]);
    state = graph.target[edge];
    if (state == StateGraph::kNoState || graph.log_edge[edge] == kNoMass) return kNoMass;
    add(graph.log_edge[edge]);
  }
  const double to_go = graph.log_estimate[graph.layer_begin[depth] + state];
  if (to_go == kNoMass) return kNoMass;
  add(to_go);
  return sum + lost;
}

double log_root_sum(const StateGraph& graph) {
  std::vector<double> children(graph.alphabet);
  child_estimates(graph, 0, 0, children);
  return log_sum(children);
}

double actual_kappa(const StateGraph& graph) {
  double log_kappa = 0;
  std::vector<char> reached(graph.states(0), 0);
  reached[0] = 1;
  for (std::uint32_t h = 0; h + 1 < graph.horizon; ++h) {
    std::vector<char> below(graph.states(h + 1), 0);
    for (std::uint32_t s = 0; s < graph.states(h); ++s) {
      if (reached[s] == 0) continue;
      for (std::uint32_t c = 0; c < graph.alphabet; ++c) {
        const std::uint64_t edge = graph.edge(h, s, c);
        if (graph.target[edge] != StateGraph::kNoState && graph.log_edge[edge] != kNoMass)
          below[graph.target[edge]] = 1;
      }
    }
    reached = std::move(below);
    for (std::uint64_t s = 0; s < graph.states(h + 1); ++s) {
      const double exact = graph.log_mass[graph.layer_begin[h + 1] + s];
      const double estimate = graph.log_estimate[graph.layer_begin[h + 1] + s];
      if (reached[s] != 0 && exact != estimate)
        log_kappa = std::max(log_kappa, std::abs(exact - estimate));
    }
  }
  return std::exp(log_kappa);
}

}  // namespace wend
