#include "host/instances/class/list.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "host/base/memory_limit.hpp"
#include "host/base/no_mass.hpp"
#include "host/base/refuse_input.hpp"
#include "host/instances/tree/masses.hpp"
#include "host/oracles/log_rounding.hpp"
#include "host/oracles/state_graph.hpp"

namespace wend {
namespace {

constexpr std::uint64_t kMaxRows = std::uint64_t{1} << 31U;
constexpr double kLeastLog = -700;  // of a share; what is below is never drawn
// Most that ln of a member's masses may be off. Answers are held against them to 1e-9, so that
// such a member is hardly ever kept; but it must not be drawn from as if it were right.
constexpr double kMostError = 1e-3;

// A tree's nodes as states of their own.
StateGraph tree_graph(const Instance& tree, const std::string& where) {
  const std::uint32_t alphabet = tree.facts().alphabet;
  const std::uint32_t horizon = tree.facts().horizon;
  const std::uint64_t edges = alphabet * interior_nodes(alphabet, horizon);
  check_memory(edges * (2 * sizeof(double) + sizeof(std::uint32_t)), where + ": its nodes");
  StateGraph graph;
  graph.alphabet = alphabet;
  graph.horizon = horizon;
  for (std::uint32_t h = 0; h <= horizon + 1; ++h)
    graph.layer_begin.push_back(interior_nodes(alphabet, h));
  graph.target.resize(edges);
  for (std::uint32_t h = 0; h < horizon; ++h)
    for (std::uint64_t e = 0; e < alphabet * graph.states(h); ++e)
      graph.target[alphabet * graph.layer_begin[h] + e] = static_cast<std::uint32_t>(e);
  graph.log_edge.assign(edges, 0.0);
  graph.edge_precision = 2 * kHalfUlp;  // ln of the leaves' masses
  graph.log_mass.assign(graph.layer_begin.back(), kNoMass);
  std::vector<std::uint32_t> symbols(horizon);
  for (std::uint64_t leaf = 0; leaf < graph.states(horizon); ++leaf) {
    std::uint64_t rest = leaf;
    for (std::uint32_t h = horizon; h-- > 0; rest /= alphabet)
      symbols[h] = static_cast<std::uint32_t>(rest % alphabet);
    graph.log_mass[graph.layer_begin[horizon] + leaf] = tree.log_mass(symbols.data());
  }
  sum_masses(graph);
  return graph;
}

// Row 0 of a pool, where what has no mass leads.
void add_sink(PoolMembers& members) {
  members.next.assign(members.alphabet, 0);
  members.table.assign(members.alphabet, 0.0);
}

// Adds a row for every state of every depth above H that prefixes with mass fall into, the root's
// first. Shared transitions or not: what is left to the horizon makes the probabilities.
void add_rows(PoolMembers& members, const StateGraph& graph) {
  std::uint64_t row = members.next.size() / graph.alphabet;  // of the layer's first state
  std::vector<std::uint32_t> layer{0};                       // in-layer indices
  for (std::uint32_t h = 0; h < graph.horizon; ++h) {
    const bool children_are_leaves = h + 1 == graph.horizon;
    const std::uint64_t first_below = row + layer.size();
    std::vector<std::uint32_t> below;
    std::vector<std::uint32_t> number(graph.states(h + 1), 0);  // their rows, 0 if not met yet
    for (const std::uint32_t state : layer) {
      for (std::uint32_t c = 0; c < graph.alphabet; ++c) {
        const std::uint64_t edge = graph.edge(h, state, c);
        const std::uint32_t child = graph.target[edge];
        const double log_mass =
            child == StateGraph::kNoState
                ? kNoMass
                : graph.log_edge[edge] + graph.log_mass[graph.layer_begin[h + 1] + child];
        std::uint32_t next = 0;
        if (log_mass != kNoMass && !children_are_leaves) {
          if (number[child] == 0) {
            number[child] = static_cast<std::uint32_t>(first_below + below.size());
            below.push_back(child);
          }
          next = number[child];
        }
        members.next.push_back(next);
        members.table.push_back(std::exp(log_mass - graph.log_mass[graph.layer_begin[h] + state]));
      }
    }
    row = first_below;
    layer = std::move(below);
  }
}

// Most that ln of a sequence's mass is off in a member's rows from that of the graph's target:
// along a path what sums, differences and exp round, and how far rows are from summing to 1.
double rows_error(const StateGraph& graph) {
  std::vector<double> below(graph.states(graph.horizon), 0.0);
  std::vector<double> logs(graph.alphabet);
  for (std::uint32_t h = graph.horizon; h-- > 0;) {
    std::vector<double> errors(graph.states(h), 0.0);
    for (std::uint32_t s = 0; s < graph.states(h); ++s) {
      const double mass = graph.log_mass[graph.layer_begin[h] + s];
      if (mass == kNoMass) continue;
      child_masses(graph, h, s, logs);
      for (std::uint32_t c = 0; c < graph.alphabet; ++c) {
        if (logs[c] - mass < kLeastLog) continue;
        const std::uint64_t edge = graph.edge(h, s, c);
        const std::uint32_t child = graph.target[edge];
        const std::uint64_t node = graph.layer_begin[h + 1] + child;
        errors[s] = std::max(
            errors[s], below[child] + edge_error(graph, h, edge, node) + exp_error(logs[c], mass) +
                           std::abs(sum_error(graph.log_edge[edge], graph.log_mass[node])));
      }
      errors[s] += RelativeSum(logs).distance(mass);
    }
    below = std::move(errors);
  }
  return below.front();
}

void check_rows(const PoolMembers& members, const StateGraph& graph, const std::string& where) {
  const std::uint64_t most = graph.layer_begin[graph.horizon];
  if (members.next.size() / members.alphabet + most >= kMaxRows)
    refuse_input(where, "the states of the members are more than 2^31");
  // Arrays that grow are there twice, the second time at most twice as large.
  constexpr std::uint64_t kEntryBytes = sizeof(double) + sizeof(std::uint32_t);
  check_memory((members.next.size() + 2 * most * members.alphabet) * kEntryBytes,
               where + ": its states");
}

}  // namespace

void add_member(PoolMembers& members, const Instance& instance, const std::string& where) {
  const InstanceFacts& facts = instance.facts();
  if (members.count == 0) {
    members.alphabet = facts.alphabet;
    members.horizon = facts.horizon;
    add_sink(members);
  }
  if (facts.alphabet != members.alphabet || facts.horizon != members.horizon)
    refuse_input(where,
                 fmt::format("has {} symbols and horizon {}, the first member {} and {}",
                             facts.alphabet, facts.horizon, members.alphabet, members.horizon));
  StateGraph tree;
  const StateGraph* graph = instance.state_graph();
  if (graph == nullptr) {
    if (facts.kind != "tree")
      refuse_input(where,
                   "a member needs exact masses; the estimate must not be " + facts.estimate);
    tree = tree_graph(instance, where);
    graph = &tree;
  }
  check_rows(members, *graph, where);
  const double error = rows_error(*graph);
  if (!(error <= kMostError))
    refuse_input(where,
                 fmt::format("ln of its masses is off by up to {:.2g} in double: they are too "
                             "large, as values / temperature can be",
                             error));
  members.error = std::max(members.error, error);
  const auto root = static_cast<std::uint32_t>(members.next.size() / members.alphabet);
  members.start.resize(padded_members(std::uint64_t{members.count} + 1), 0);
  members.start[members.count] = root;
  ++members.count;
  add_rows(members, *graph);
}

}  // namespace wend
