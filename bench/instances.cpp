#include "bench/instances.hpp"

#include <cmath>
#include <cstdint>

#include "host/instances/knapsack/compile.hpp"
#include "host/instances/knapsack/rounded.hpp"
#include "host/instances/tree/masses.hpp"
#include "host/oracles/estimate.hpp"
#include "host/oracles/state_graph.hpp"
#include "host/oracles/walk_of.hpp"

namespace wend::bench {

namespace {

/// A cheap hash of an index to [0, 1).
double unit(std::uint64_t stream, std::uint64_t index) {
  std::uint64_t x = (index + stream * 0x9E3779B97F4A7C15ULL) * 0xBF58476D1CE4E5B9ULL;
  x = (x ^ x >> 31U) * 0x94D049BB133111EBULL;
  return static_cast<double>((x ^ x >> 29U) >> 11U) * 0x1p-53;
}

/// Leaf masses within a factor of 3, estimates wrong by up to 1.5.
template <std::uint32_t kAlphabet, std::uint32_t kHorizon>
Oracle tree(Algorithm algorithm) {
  EstimateSpec noise;
  noise.kind = EstimateSpec::Kind::kNoise;
  noise.kappa = 1.5;
  TreeMasses masses;
  masses.alphabet = kAlphabet;
  masses.horizon = kHorizon;
  masses.leaf_mass = [](std::uint64_t leaf) { return 0.5 + unit(1, leaf); };
  masses.estimate = tree_estimate(noise);
  return compile_tree_oracle(masses, walk_of(algorithm), Correction::kReject);
}

/// An automaton with random transitions, weights within a factor of 4, estimates wrong by up to
/// 1.2.
template <std::uint32_t kAlphabet, std::uint32_t kHorizon, std::uint32_t kWidth, bool kShared>
Oracle states(Algorithm algorithm) {
  StateGraph graph;
  graph.alphabet = kAlphabet;
  graph.horizon = kHorizon;
  graph.shared_transitions = kShared;
  graph.layer_begin = {0};
  for (std::uint32_t h = 0; h <= kHorizon; ++h)
    graph.layer_begin.push_back(graph.layer_begin.back() + (h == 0 && !kShared ? 1 : kWidth));
  const std::uint64_t sources = kShared ? kWidth : graph.layer_begin[kHorizon];
  for (std::uint64_t edge = 0; edge < sources * kAlphabet; ++edge) {
    graph.target.push_back(static_cast<std::uint32_t>(unit(2, edge) * kWidth));
    graph.log_edge.push_back(std::log(0.3 + unit(3, edge)));
  }
  graph.log_mass.assign(graph.layer_begin.back(), 0.0);
  sum_masses(graph);
  graph.log_estimate = graph.log_mass;
  for (std::uint64_t s = 1; s < graph.layer_begin[kHorizon]; ++s)
    graph.log_estimate[s] += std::log(1.2) * (2 * unit(4, s) - 1);
  return compile_state_oracle(graph, walk_of(algorithm), Correction::kReject);
}

template <std::uint32_t kItems>
Oracle rounded_knapsack(Algorithm algorithm) {
  KnapsackProblem problem;
  for (std::uint64_t item = 0; item < kItems; ++item)
    problem.weights.push_back(1 + static_cast<std::uint64_t>(1e12 * unit(5, item)));
  problem.capacity = static_cast<std::uint64_t>(1e12 * kItems / 8);
  problem.log_values.assign(kItems, 0.0);
  const RoundedKnapsack counter(problem, 2.0, "benchmark");
  return compile_knapsack_oracle(counter, walk_of(algorithm), Correction::kReject);
}

}  // namespace

std::vector<Instance> instances() {
  return {{"tree_A2_H11", tree<2, 11>},
          {"tree_A2_H16", tree<2, 16>},
          {"tree_A2_H20", tree<2, 20>},
          {"tree_A2_H24", tree<2, 24>},
          {"tree_A4_H9", tree<4, 9>},
          {"tree_A27_H3", tree<27, 3>},
          {"states_A2_H16_W128", states<2, 16, 128, false>},
          {"states_A2_H16_W4096", states<2, 16, 4096, false>},
          {"states_A27_H12_W30", states<27, 12, 30, true>},
          {"states_A27_H24_W729", states<27, 24, 729, true>},
          {"knapsack_40", rounded_knapsack<40>},
          {"knapsack_200", rounded_knapsack<200>}};
}

}  // namespace wend::bench
