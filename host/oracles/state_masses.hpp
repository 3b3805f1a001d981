#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "host/oracles/state_graph.hpp"
#include "kernels/walk/walk.hpp"
#include "wend/oracle.hpp"

namespace wend {

/// ln of the largest weight S/w that a path can still gather from each state on; the sequential
/// sampler's acceptance (docs/design.md). O(edges).
std::vector<double> log_acceptance(const StateGraph& graph);

/// The masses that a state's rows are compiled from. Not safe for calls from several threads at
/// once; make one a thread.
class StateMasses {
 public:
  /// `acceptance`: log_acceptance() of the graph where proposals are thinned, else empty. Both must
  /// outlive it.
  StateMasses(const StateGraph& graph, const std::vector<double>& acceptance)
      : graph_(graph), acceptance_(acceptance), logs_(graph.alphabet) {}

  /// Fills w of the state's children and, unless that is empty, what is kept of each; returns its
  /// own w, 0 at the root. O(A).
  double at(std::uint32_t depth, std::uint32_t state, std::span<double> children,
            std::span<double> kept);

 private:
  const StateGraph& graph_;
  const std::vector<double>& acceptance_;
  std::vector<double> logs_;
};

/// A graph's masses, asked node by node. `graph` must outlive it.
std::shared_ptr<BatchOracle> make_state_model(const StateGraph& graph, kernels::Walk walk,
                                              Correction correction);

}  // namespace wend
