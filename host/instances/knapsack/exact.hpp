#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "host/instances/knapsack/problem.hpp"
#include "host/oracles/estimate.hpp"
#include "host/oracles/state_graph.hpp"

namespace wend {

/// Exact counter for the knapsack: prefixes with the same feasible completions are one state.
///
/// At depth i the completions that fit change with the remaining capacity only at the breakpoints,
/// the sums of choices among items i..n-1, at most min(2^(n-i), capacity + 1) of them. A state is
/// an interval between two, if the root's capacity reaches it: at most 2^i do, which is why
/// breakpoints are kept, from the last item backwards, only while they are fewer than that. Above,
/// remaining capacities themselves are the states. So a knapsack of n items has O(2^(n/2)) states
/// at most (Horowitz & Sahni, J. ACM 21, 1974), and O(n capacity) of them (Bellman 1957).
///
/// A node is identified with its state: `noise` multiplies all prefixes of one depth that have the
/// same completions by the same factor, that of the state's place in its layer, by rising remaining
/// capacity.
class ExactKnapsack {
 public:
  static constexpr std::uint64_t kMaxStates = std::uint64_t{1} << 25U;

  /// Counts the states, keeping the breakpoints and two layers. `where` starts messages. Throws
  /// Error(kInput) beyond kMaxStates, or if a graph of the states would not fit memory.
  /// O(breakpoints + states).
  ExactKnapsack(KnapsackProblem problem, const std::string& where);

  [[nodiscard]] std::uint64_t states() const { return states_; }  ///< at all depths
  [[nodiscard]] std::uint64_t interior_states() const { return states_ - 1; }
  [[nodiscard]] std::uint64_t breakpoints() const;  ///< kept

  /// The graph with masses and estimates (exact or noise). 40 bytes a state. O(states).
  [[nodiscard]] StateGraph graph(const EstimateSpec& estimate) const;

 private:
  struct Layer {
    std::span<const std::uint64_t> capacities;  ///< of the states at this depth, rising
    std::span<const std::uint64_t> below;       ///< of the states one deeper
    std::span<const std::uint64_t> without;     ///< each state's child's, item left
    std::span<const std::uint64_t> with;        ///< item taken: of the last states, which it fits
  };

  void find_breakpoints(const std::string& where);
  void for_each_layer(const std::function<void(std::uint32_t depth, const Layer&)>& visit) const;
  [[nodiscard]] std::vector<std::uint64_t> representatives(
      std::uint32_t depth, std::span<const std::uint64_t> capacities, std::uint64_t weight) const;

  KnapsackProblem problem_;
  std::vector<std::vector<std::uint64_t>> breakpoints_;  ///< of each depth; empty where not kept
  std::uint64_t states_ = 1;
};

}  // namespace wend
