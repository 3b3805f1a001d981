#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "host/instances/knapsack/compile.hpp"
#include "host/instances/knapsack/rounded.hpp"
#include "host/instances/tree/masses.hpp"
#include "host/oracles/oracle.hpp"
#include "host/oracles/state_graph.hpp"
#include "host/oracles/walk_of.hpp"
#include "wend/algorithm.hpp"

namespace wend::test {

inline double unit(std::uint64_t seed, std::uint64_t index) {
  std::mt19937_64 random(seed * 1000003 + index);
  return static_cast<double>(random() >> 11U) * 0x1p-53;
}

/// Leaf masses over two decades, a fifth of them zero; estimates wrong by up to 3, or in deep trees
/// of the sequential sampler by less, so that it accepts one proposal of thousands at least.
inline Oracle tree_oracle(std::uint32_t alphabet, std::uint32_t horizon, Algorithm algorithm) {
  TreeMasses masses;
  masses.alphabet = alphabet;
  masses.horizon = horizon;
  masses.leaf_mass = [](std::uint64_t leaf) {
    const double u = unit(1, leaf);
    return u < 0.2 && leaf > 0 ? 0.0 : std::exp(5 * u);
  };
  const double most =
      algorithm == Algorithm::kSequential && horizon > 8 ? std::pow(3.0, 8.0 / horizon) : 3.0;
  masses.estimate = [most](std::uint32_t depth, std::uint64_t index, double exact) {
    return exact * std::pow(most, 2 * unit(depth + 10, index) - 1);
  };
  return compile_tree_oracle(masses, walk_of(algorithm), Correction::kReject);
}

/// A layered automaton with dead ends that the estimate does not see.
inline Oracle state_oracle(std::uint32_t alphabet, std::uint32_t horizon, std::uint32_t width,
                           bool shared, Algorithm algorithm) {
  constexpr double kNoMass = -std::numeric_limits<double>::infinity();
  StateGraph graph;
  graph.alphabet = alphabet;
  graph.horizon = horizon;
  graph.shared_transitions = shared;
  graph.layer_begin = {0};
  for (std::uint32_t h = 0; h <= horizon; ++h)
    graph.layer_begin.push_back(graph.layer_begin.back() + (h == 0 && !shared ? 1 : width));
  const std::uint64_t sources = shared ? width : graph.layer_begin[horizon];
  for (std::uint64_t edge = 0; edge < sources * alphabet; ++edge) {
    const bool cut = edge % alphabet != 0 && unit(2, edge) < 0.15;
    graph.target.push_back(cut ? StateGraph::kNoState
                               : static_cast<std::uint32_t>(unit(3, edge) * width));
    graph.log_edge.push_back(cut ? kNoMass : std::log(0.05 + unit(4, edge)));
  }
  const std::uint64_t states = graph.layer_begin.back();
  graph.log_mass.assign(states, kNoMass);
  for (std::uint64_t s = graph.layer_begin[horizon]; s < states; ++s)
    graph.log_mass[s] = unit(5, s) < 0.1 && s + 1 < states ? kNoMass : 0.0;
  sum_masses(graph);
  graph.log_estimate = graph.log_mass;
  for (std::uint64_t s = 1; s < graph.layer_begin[horizon]; ++s)
    if (graph.log_mass[s] != kNoMass) graph.log_estimate[s] += 2 * unit(6, s) - 1;
  return compile_state_oracle(graph, walk_of(algorithm), Correction::kReject);
}

/// Forty items, so that the chosen symbols take two words of path.
inline Oracle knapsack_oracle(Algorithm algorithm) {
  KnapsackProblem problem;
  for (std::uint64_t item = 0; item < 40; ++item)
    problem.weights.push_back(100 + static_cast<std::uint64_t>(1e6 * unit(7, item)));
  problem.capacity = 6'000'000;
  problem.log_values.assign(problem.weights.size(), 0.0);
  const RoundedKnapsack counter(problem, 2.0, "test");
  return compile_knapsack_oracle(counter, walk_of(algorithm), Correction::kReject);
}

/// One for each view that the kernels are compiled for. Tree2Deep is too large for a block's shared
/// memory, whose kernels then take rows from two places.
struct OracleCase {
  std::string name;
  Oracle (*make)(Algorithm);
};

inline std::vector<OracleCase> oracle_cases() {
  return {{"Tree2", [](Algorithm a) { return tree_oracle(2, 9, a); }},
          {"Tree2Depth1", [](Algorithm a) { return tree_oracle(2, 1, a); }},
          {"Tree2Deep", [](Algorithm a) { return tree_oracle(2, 16, a); }},
          {"Tree3", [](Algorithm a) { return tree_oracle(3, 5, a); }},
          {"Tree3Deep", [](Algorithm a) { return tree_oracle(3, 9, a); }},
          {"Tree4", [](Algorithm a) { return tree_oracle(4, 4, a); }},
          {"Tree4Deep", [](Algorithm a) { return tree_oracle(4, 7, a); }},
          {"Tree5", [](Algorithm a) { return tree_oracle(5, 4, a); }},
          {"Tree27", [](Algorithm a) { return tree_oracle(27, 2, a); }},
          {"States2", [](Algorithm a) { return state_oracle(2, 12, 40, false, a); }},
          {"States3Shared", [](Algorithm a) { return state_oracle(3, 9, 30, true, a); }},
          {"States4", [](Algorithm a) { return state_oracle(4, 6, 30, false, a); }},
          {"States27Shared", [](Algorithm a) { return state_oracle(27, 7, 50, true, a); }},
          {"Knapsack", [](Algorithm a) { return knapsack_oracle(a); }}};
}

/// The bytes of two states are the same.
inline bool same(const ChainState& a, const ChainState& b) {
  bool equal = a.path_words == b.path_words && a.path == b.path;
  for_each_column([&](const auto& of_a, const auto& of_b) { equal = equal && of_a == of_b; }, a, b);
  return equal;
}

}  // namespace wend::test
