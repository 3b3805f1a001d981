#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "host/oracles/oracle.hpp"
#include "wend/algorithm.hpp"

namespace wend {

/// A target over sequences whose prefixes fall into states: the mass below a prefix is the product
/// of the edge weights that led to it times the mass to go of its state. All in natural logs;
/// -infinity is mass zero. Instances of kind ngram, and knapsack with an exact counter, are this.
///
/// States of depth h have the indices layer_begin[h] .. layer_begin[h+1]-1 of `log_mass` and
/// `log_estimate`; depth 0 has one state, the root, at in-layer index 0.
/// Edges: `target[e]`, `log_edge[e]` with e = (edge_layer + s) * A + c for in-layer state s and
/// symbol c, where edge_layer = layer_begin[h], or 0 if `shared_transitions` (then every layer has
/// the same S states, layer_begin[h] = h * S, and depth does not matter to an edge).
struct StateGraph {
  static constexpr std::uint32_t kNoState = 0xFFFFFFFFU;
  static constexpr std::uint64_t kStatesAtOnce = 4096;  ///< of a layer, by one thread

  std::uint32_t alphabet = 0;
  std::uint32_t horizon = 0;
  bool shared_transitions = false;
  std::vector<std::uint64_t> layer_begin;  ///< H + 2 entries
  std::vector<std::uint32_t> target;       ///< in-layer index of the child's state, or kNoState
  std::vector<double> log_edge;            ///< ln of the child's weight; -inf with kNoState
  std::vector<double> log_mass;            ///< ln exact mass to go; at depth H the leaf's own
  std::vector<double> log_estimate;        ///< ln w to go; at depth H equal to log_mass
  /// Which states training takes for alike (OracleTraits::buckets): with shared transitions of each
  /// state of a layer; else, being empty, by their place in their layer.
  std::vector<std::uint32_t> bucket;
  std::uint32_t buckets = 0;  ///< 0: none
  std::string bucket_why;
  /// Most that a log_edge, or a leaf's own log_mass, is off from what the target has: so much, and
  /// so many times its own size. Other masses to go are off by more, for they are sums.
  double edge_error = 0;
  double edge_precision = 0;

  [[nodiscard]] std::uint64_t bytes() const {
    return layer_begin.size() * sizeof(std::uint64_t) + target.size() * sizeof(std::uint32_t) +
           (log_edge.size() + log_mass.size() + log_estimate.size()) * sizeof(double) +
           bucket.size() * sizeof(std::uint32_t);
  }
  [[nodiscard]] std::uint32_t bucket_of(std::uint32_t depth, std::uint32_t state) const {
    if (!bucket.empty()) return bucket[state];
    const std::uint64_t layer = states(depth);
    return buckets == 0       ? 0
           : layer <= buckets ? state
                              : static_cast<std::uint32_t>(std::uint64_t{state} * buckets / layer);
  }
  [[nodiscard]] std::uint64_t states(std::uint32_t depth) const {
    return layer_begin[depth + 1] - layer_begin[depth];
  }
  [[nodiscard]] std::uint64_t edge(std::uint32_t depth, std::uint32_t state,
                                   std::uint32_t symbol) const {
    return ((shared_transitions ? 0 : layer_begin[depth]) + state) * alphabet + symbol;
  }
};

/// ln w of every child of a state, on the scale of the state's own mass to go; -inf where there is
/// none. `logs`: A.
void child_estimates(const StateGraph& graph, std::uint32_t depth, std::uint32_t state,
                     std::span<double> logs);

/// The same of the exact masses.
void child_masses(const StateGraph& graph, std::uint32_t depth, std::uint32_t state,
                  std::span<double> logs);

/// Most that ln of the factor of an edge from `depth` to `child`, a number among all nodes, is off
/// from the target's, a leaf's own mass included. Finite logarithms.
double edge_error(const StateGraph& graph, std::uint32_t depth, std::uint64_t edge,
                  std::uint64_t child);

/// ln of the sum of exp(logs); -inf if all are.
double log_sum(std::span<const double> logs);

/// Fills `log_mass` of depths H-1..0 from depth H's by summing over children. O(edges).
void sum_masses(StateGraph& graph);

/// Bytes that compile_state_oracle() takes beside the tables: a number a state, for thinning.
inline std::uint64_t acceptance_bytes(const StateGraph& graph) {
  return graph.log_mass.size() * sizeof(double);
}

/// Compiles the rows of one algorithm. For the sequential sampler with Correction::kReject the
/// acceptance of a path is exact: weight / largest weight, spread over the steps so that a
/// proposal is rejected as early as it can be (docs/design.md). O(edges).
StateOracle compile_state_oracle(const StateGraph& graph, kernels::Walk walk,
                                 Correction correction);

/// ln g of a sequence, -inf where it has no mass.
double log_mass(const StateGraph& graph, const std::uint32_t* symbols);

/// ln g(x) - sum_h ln( w(u_{h+1}) / S(u_h) ), the sequential sampler's log importance weight.
double log_weight(const StateGraph& graph, const std::uint32_t* symbols);

/// ln( w(u) / Z ) of the prefix of `depth` symbols, 1..H; -inf where w is 0. O(depth).
double log_estimate(const StateGraph& graph, const std::uint32_t* symbols, std::uint32_t depth);

/// ln of the sum of w over the root's children. O(A).
double log_root_sum(const StateGraph& graph);

/// Largest ratio, either way, between w and the true mass over interior nodes with mass: the kappa
/// that the estimate really has. +inf where w = 0 on mass or w > 0 on none. O(states).
double actual_kappa(const StateGraph& graph);

}  // namespace wend
