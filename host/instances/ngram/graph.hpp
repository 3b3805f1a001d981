#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "host/instances/ngram/model.hpp"
#include "host/oracles/estimate.hpp"
#include "host/oracles/state_graph.hpp"

namespace wend {

/// Substrings, as symbols of the model without the end symbol: none of `forbid` may occur in a
/// sequence, all of `require` must. A sequence that breaks this has mass zero. No pattern is empty.
struct NgramConstraints {
  static constexpr std::size_t kMaxRequired = 16;
  std::vector<std::vector<std::uint32_t>> forbid;
  std::vector<std::vector<std::uint32_t>> require;  ///< at most kMaxRequired
};

struct NgramGraph {
  StateGraph graph;                    ///< with shared transitions, all masses and estimates
  std::uint32_t automaton_states = 0;  ///< of the Aho-Corasick automaton
};

/// Product of the model's contexts, the Aho-Corasick automaton of all patterns and the set of
/// required patterns seen so far: the states that `horizon` symbols can reach, breadth-first from
/// the root.
///
/// Leaf masses are the model's probabilities of sequences of `horizon` symbols; with an end symbol,
/// of words of at most `horizon` symbols, padded with end symbols, which follow the first one with
/// certainty. A word of exactly `horizon` symbols counts with the probability of its end.
///
/// Estimates: exact; noise; lookahead of depth d: the probability of the prefix, times the
/// probability that no forbidden pattern is completed within the next min(d, horizon - h) symbols,
/// and, once the last symbol is in sight (h + d >= horizon), that all is well at the end too. So
/// the lookahead estimate is never below the true mass, hence positive wherever there is mass and
/// the walks stay irreducible; but it may be positive where there is none, and such a prefix can
/// have no child with an estimate above zero: a dead end.
/// `where` starts messages. Throws Error(kInput) if the product does not fit memory.
/// O(states * A * horizon); the state count is known, and checked, before edges are stored.
NgramGraph build_ngram_graph(const NgramModel& model, const NgramConstraints& constraints,
                             std::uint32_t horizon, const EstimateSpec& estimate,
                             const std::string& where);

}  // namespace wend
