#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "host/adapt/explored_tree.hpp"
#include "host/adapt/row_source.hpp"
#include "host/adapt/scaled_sum.hpp"
#include "host/adapt/trained_estimate.hpp"
#include "kernels/lockstep/shape.hpp"
#include "kernels/walk/walk.hpp"

namespace wend {

/// What scouts saw of a walk.
struct WalkFindings {
  std::uint64_t expansions = 0;
  std::uint64_t visits = 0;          ///< of leaves
  std::uint64_t evaluations = 0;     ///< nodes that were asked for, and not known before
  std::vector<std::uint32_t> tours;  ///< visits of each, root to root; the last may be cut off
  std::vector<double> moves_down;    ///< into nodes of each depth, [h - 1], leaves too

  /// Expansions of a visit; infinite without any.
  [[nodiscard]] double expansions_per_visit() const;
  /// Visits of a tour as one visit sees them, E N^2 / E N: as many may be as good as one.
  [[nodiscard]] double dependent_visits() const;
  /// Least K for which the tours seen have at most a share `delta` of their visits behind the K-th
  /// of a tour: K of `delta`, without a margin for what was not seen.
  [[nodiscard]] double visits_to_forget(double delta) const;
};

/// How far scouts go, and how many.
struct WalkLimits {
  std::uint32_t scouts;       ///< 1 to kMostScouts
  std::uint64_t expansions;   ///< of all of them together, about
  std::uint64_t evaluations;  ///< nodes that are asked for, about: a round more at most
};

/// Chains that walk to see, whose visits nobody keeps. Draws are functions of (seed, scout, step),
/// and no scout ever draws one twice.
class ScoutWalk {
 public:
  static constexpr std::uint32_t kMostScouts = 64;

  /// All of these must outlive it.
  ScoutWalk(const ModelOracle& oracle, RowSource& source, ExploredTree& tree, kernels::Walk walk,
            std::uint64_t seed);

  /// Takes all scouts from the root on under an estimate. `learn`: where they come counts in the
  /// tree's weights. Where the tree is full, or as many nodes were asked for as may be, scouts go
  /// on until the first of them wants another. Throws OracleFailure.
  WalkFindings run(const TrainedEstimate& estimate, const WalkLimits& limits, bool learn,
                   const std::atomic<bool>& stop);

 private:
  struct Scout {
    std::vector<ExploredTree::Node> path;  // of nodes that have rows
    RowSource::Wanted next;                // where it goes to, if `arriving`
    bool arriving = false;
    bool from_below = false;
    bool at_leaf = false;
    bool at_dummy = false;
    std::uint64_t step = 0;  // over all runs
    std::uint64_t steps = 0;
    std::uint64_t expansions = 0;
    std::uint32_t visits = 0;  // of this tour
  };
  /// Until the scout wants a row, or has come as far as it may: false then.
  bool go(std::uint32_t number, const TrainedEstimate& estimate, bool learn,
          std::uint64_t most_expansions, WalkFindings& found);
  void step(std::uint32_t number, const TrainedEstimate& estimate, WalkFindings& found);
  static void rise(Scout& scout, WalkFindings& found);
  /// S of a node, on the scale of its largest child or of itself.
  const ScaledSum& sum_of(ExploredTree::Node node, double log_own, const TrainedEstimate& estimate);
  [[nodiscard]] double draw(std::uint32_t number);

  const ModelOracle& oracle_;
  RowSource& source_;
  ExploredTree& tree_;
  kernels::Walk walk_;
  std::uint64_t seed_;
  std::vector<Scout> scouts_;
  std::vector<ScaledSum>
      sums_;  // of nodes, under the estimate of a run: 16 bytes each; < 0: not yet
};

}  // namespace wend
