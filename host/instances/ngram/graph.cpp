#include "host/instances/ngram/graph.hpp"

#include <bit>
#include <cmath>
#include <optional>
#include <unordered_map>
#include <utility>

#include "host/base/memory_limit.hpp"
#include "host/base/no_mass.hpp"
#include "host/oracles/aho_corasick.hpp"
#include "wend/error.hpp"

namespace wend {
namespace {

constexpr std::uint64_t kIndexBytes = 64;  // of the table from states to numbers, a state
constexpr std::uint64_t kMassBytes = 3 * sizeof(double);  // mass, estimate, a third looking ahead

struct ProductState {
  std::uint32_t context;    // that of the model; `contexts` itself: after the end symbol
  std::uint32_t automaton;  // kStart after the end symbol
  std::uint32_t met;        // bit r: required pattern r has occurred
  bool operator==(const ProductState&) const = default;
};

struct ProductHash {
  std::size_t operator()(const ProductState& state) const {
    std::uint64_t mixed = (std::uint64_t{state.context} << 32U | state.automaton) +
                          (std::uint64_t{state.met} << 48U | state.met);
    mixed = (mixed ^ mixed >> 32U) * 0x9E3779B97F4A7C15U;
    return static_cast<std::size_t>(mixed ^ mixed >> 29U);
  }
};

std::vector<std::vector<std::uint32_t>> all_patterns(const NgramConstraints& constraints) {
  std::vector<std::vector<std::uint32_t>> patterns = constraints.forbid;
  patterns.insert(patterns.end(), constraints.require.begin(), constraints.require.end());
  return patterns;
}

class Product {
 public:
  // `keep_unmet_ends`: words that ended without a required pattern have a state of their own, from
  // which nothing but padding follows and whose leaf has mass zero.
  Product(const NgramModel& model, const NgramConstraints& constraints, bool keep_unmet_ends,
          std::string where)
      : model_(model),
        where_(std::move(where)),
        automaton_(model.alphabet, all_patterns(constraints)),
        forbidden_(automaton_.states(), 0),
        required_(automaton_.states(), 0),
        all_met_((1U << constraints.require.size()) - 1U),
        keep_unmet_ends_(keep_unmet_ends) {
    const std::size_t forbid = constraints.forbid.size();
    for (std::uint32_t q = 0; q < automaton_.states(); ++q) {
      automaton_.for_each_match(q, [&](std::uint32_t pattern) {
        if (pattern < forbid) {
          forbidden_[q] = 1;
        } else {
          required_[q] |= 1U << (pattern - forbid);
        }
      });
    }
  }

  [[nodiscard]] std::uint32_t automaton_states() const { return automaton_.states(); }
  [[nodiscard]] std::uint64_t graph_bytes(std::uint64_t states, std::uint32_t horizon) const {
    const std::uint64_t edge_bytes = sizeof(std::uint32_t) + sizeof(double);
    return states *
           (model_.alphabet * edge_bytes + kIndexBytes + (std::uint64_t{horizon} + 1) * kMassBytes);
  }

  // Numbers the states that `horizon` symbols can reach, the root first.
  void explore(std::uint32_t horizon) {
    add({0, AhoCorasick::kStart, 0});
    std::size_t layer_end = 1;
    std::uint32_t depth = 0;
    for (std::size_t s = 0; s < states_.size() && depth < horizon; ++s) {
      const ProductState state = states_[s];
      for (std::uint32_t c = 0; c < model_.alphabet; ++c) {
        if (const std::optional<ProductState> next = successor(state, c)) {
          if (add(*next) && std::has_single_bit(states_.size())) check(horizon);
        }
      }
      if (s + 1 == layer_end) {
        layer_end = states_.size();
        ++depth;
      }
    }
    check(horizon);
  }

  void fill_edges(StateGraph& graph) const {
    const std::size_t edges = states_.size() * model_.alphabet;
    graph.target.assign(edges, StateGraph::kNoState);
    graph.log_edge.assign(edges, kNoMass);
    for (std::size_t s = 0; s < states_.size(); ++s) {
      for (std::uint32_t c = 0; c < model_.alphabet; ++c) {
        const std::optional<ProductState> next = successor(states_[s], c);
        if (!next) continue;
        // States first met by the last symbol have no children here; no depth asks for them.
        const auto number = numbers_.find(*next);
        if (number == numbers_.end()) continue;
        graph.target[s * model_.alphabet + c] = number->second;
        graph.log_edge[s * model_.alphabet + c] = log_probability(states_[s], c);
      }
    }
  }

  // States of one bucket agree in all but what the model remembers beyond the last symbol: the
  // automaton's state, what has been met, and that symbol.
  void fill_buckets(StateGraph& graph) const {
    constexpr std::uint32_t kMostBuckets = 65536;
    const std::uint32_t alphabet = model_.alphabet;
    std::vector<std::uint32_t> last(states_.size(), alphabet);
    for (std::size_t s = 0; s < states_.size(); ++s)
      for (std::uint32_t c = 0; c < alphabet; ++c)
        if (const std::uint32_t target = graph.target[s * alphabet + c];
            target != StateGraph::kNoState)
          last[target] = c;
    std::unordered_map<ProductState, std::uint32_t, ProductHash> numbers;
    graph.bucket.resize(states_.size());
    for (std::size_t s = 0; s < states_.size(); ++s) {
      const std::uint32_t kind = ended(states_[s]) ? alphabet + 1 : last[s];
      const auto number = static_cast<std::uint32_t>(numbers.size());
      graph.bucket[s] =
          numbers.try_emplace({kind, states_[s].automaton, states_[s].met}, number).first->second;
    }
    graph.buckets = static_cast<std::uint32_t>(numbers.size());
    graph.bucket_why = "automaton state, last symbol";
    if (graph.buckets <= kMostBuckets) return;
    graph.bucket.clear();
    graph.buckets = 0;
  }

  // ln of what a sequence's mass still gains in this state after its last symbol.
  [[nodiscard]] double log_leaf(std::uint32_t number) const {
    const ProductState& state = states_[number];
    if (state.met != all_met_) return kNoMass;
    return model_.has_end ? log_probability(state, NgramModel::kEnd) : 0.0;
  }
  [[nodiscard]] std::uint32_t size() const { return static_cast<std::uint32_t>(states_.size()); }

 private:
  [[nodiscard]] bool ended(const ProductState& state) const {
    return state.context == model_.contexts;
  }

  [[nodiscard]] double log_probability(const ProductState& state, std::uint32_t symbol) const {
    if (ended(state)) return symbol == NgramModel::kEnd ? 0.0 : kNoMass;
    return model_.log_probability[std::size_t{state.context} * model_.alphabet + symbol];
  }

  [[nodiscard]] std::optional<ProductState> successor(const ProductState& state,
                                                      std::uint32_t symbol) const {
    if (log_probability(state, symbol) == kNoMass) return std::nullopt;
    if (model_.has_end && symbol == NgramModel::kEnd) {
      const bool met = state.met == all_met_;
      if (!met && !keep_unmet_ends_) return std::nullopt;
      return ProductState{model_.contexts, AhoCorasick::kStart, met ? all_met_ : 0};
    }
    const std::uint32_t automaton = automaton_.next(state.automaton, symbol);
    if (forbidden_[automaton] != 0) return std::nullopt;
    return ProductState{model_.next[std::size_t{state.context} * model_.alphabet + symbol],
                        automaton, state.met | required_[automaton]};
  }

  bool add(const ProductState& state) {
    const bool added = numbers_.try_emplace(state, size()).second;
    if (added) states_.push_back(state);
    return added;
  }

  void check(std::uint32_t horizon) const {
    const std::string what = where_ + ": at least " + std::to_string(states_.size()) +
                             " states of " + std::to_string(model_.alphabet) + " symbols";
    if (states_.size() > StateGraph::kNoState / 2)
      throw Error(ErrorKind::kInput, what + ": too many");
    check_memory(graph_bytes(states_.size(), horizon), what);
  }

  const NgramModel& model_;
  std::string where_;
  AhoCorasick automaton_;
  std::vector<char> forbidden_;          // by automaton state: a forbidden pattern ends here
  std::vector<std::uint32_t> required_;  // by automaton state: bits of required ones that do
  std::uint32_t all_met_;
  bool keep_unmet_ends_;
  std::vector<ProductState> states_;
  std::unordered_map<ProductState, std::uint32_t, ProductHash> numbers_;
};

std::vector<std::uint64_t> equal_layers(std::uint32_t states, std::uint32_t horizon) {
  std::vector<std::uint64_t> begin(std::size_t{horizon} + 2);
  for (std::size_t h = 0; h < begin.size(); ++h) begin[h] = h * states;
  return begin;
}

// The graph's log_estimate for a lookahead of `depth` < horizon symbols. Within the last `depth`
// layers all is seen and the estimate is the mass itself. Above them it does not depend on the
// depth h: it is the mass to go of a process that stops after `depth` symbols, whatever has been
// required or ended by then. That is at least the true mass to go u has, because every sequence
// with mass below u avoids the forbidden patterns in those symbols, and the later factors of its
// mass sum to at most 1: so w(u) = 0 never happens on a prefix with mass.
void fill_lookahead(StateGraph& graph, std::uint32_t depth) {
  const auto states = static_cast<std::uint32_t>(graph.states(0));
  StateGraph ahead;
  ahead.alphabet = graph.alphabet;
  ahead.horizon = depth;
  ahead.shared_transitions = true;
  ahead.layer_begin = equal_layers(states, depth);
  ahead.target = std::move(graph.target);
  ahead.log_edge = std::move(graph.log_edge);
  ahead.log_mass.assign(ahead.layer_begin.back(), 0.0);
  sum_masses(ahead);
  graph.target = std::move(ahead.target);
  graph.log_edge = std::move(ahead.log_edge);
  for (std::uint32_t h = 0; h + depth < graph.horizon; ++h)
    for (std::uint32_t s = 0; s < states; ++s)
      graph.log_estimate[graph.layer_begin[h] + s] = ahead.log_mass[s];
}

void fill_noise(StateGraph& graph, const EstimateSpec& estimate) {
  for (std::uint32_t h = 0; h < graph.horizon; ++h)
    for (std::uint32_t s = 0; s < graph.states(h); ++s)
      graph.log_estimate[graph.layer_begin[h] + s] += log_noise(estimate, h, s);
}

}  // namespace

NgramGraph build_ngram_graph(const NgramModel& model, const NgramConstraints& constraints,
                             std::uint32_t horizon, const EstimateSpec& estimate,
                             const std::string& where) {
  std::uint64_t pattern_length = 0;
  for (const auto* patterns : {&constraints.forbid, &constraints.require})
    for (const std::vector<std::uint32_t>& pattern : *patterns) pattern_length += pattern.size();
  check_memory(AhoCorasick::table_bytes(model.alphabet, pattern_length),
               where + ": automaton of " + std::to_string(pattern_length) + " pattern symbols");

  const bool lookahead =
      estimate.kind == EstimateSpec::Kind::kLookahead && estimate.depth < horizon;
  Product product(model, constraints, lookahead, where);
  product.explore(horizon);

  NgramGraph result;
  result.automaton_states = product.automaton_states();
  StateGraph& graph = result.graph;
  graph.alphabet = model.alphabet;
  graph.horizon = horizon;
  graph.edge_error = model.log_error;
  graph.shared_transitions = true;
  graph.layer_begin = equal_layers(product.size(), horizon);
  product.fill_edges(graph);
  product.fill_buckets(graph);
  graph.log_mass.assign(graph.layer_begin.back(), kNoMass);
  for (std::uint32_t s = 0; s < product.size(); ++s)
    graph.log_mass[graph.layer_begin[horizon] + s] = product.log_leaf(s);
  sum_masses(graph);

  graph.log_estimate = graph.log_mass;
  if (lookahead) fill_lookahead(graph, estimate.depth);
  if (estimate.kind == EstimateSpec::Kind::kNoise) fill_noise(graph, estimate);
  return result;
}

}  // namespace wend
