#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "host/adapt/explored_tree.hpp"
#include "host/adapt/log_linear.hpp"
#include "host/adapt/log_network.hpp"
#include "host/adapt/row_source.hpp"
#include "host/adapt/scout_walk.hpp"
#include "host/instances/instance.hpp"
#include "host/oracles/model_oracle.hpp"
#include "host/oracles/node_value.hpp"
#include "kernels/walk/walk.hpp"
#include "wend/sample.hpp"

namespace wend {

/// Leaf visits of a chain that draws, a draw's share of the pilot run with each, and what one
/// takes.
struct Pace {
  double first = std::numeric_limits<double>::infinity();  ///< before its first draw
  double gap = std::numeric_limits<double>::infinity();    ///< from draw to draw
  double expansions_a_visit = std::numeric_limits<double>::infinity();
};

/// A kind of estimate that training may give, with the one that it gave last.
struct Family {
  enum class Kind { kUntrained, kScaled, kDepth, kBucket, kFeatures, kNetwork };
  static constexpr double kUnmeasured = std::numeric_limits<double>::infinity();

  Kind kind;
  bool backed_up;  ///< what was explored counts as its children do
  std::string name;
  double log_tilt = 0;        ///< of V, a depth
  NodeValue value = {};       ///< as it was measured, or as fitted where none was; empty: none yet
  double cost = kUnmeasured;  ///< of a draw by `value`, in what costs: expansions or evaluations
  double expansions = kUnmeasured;  ///< of a draw
  Pace pace = {};                   ///< in which draws come
  std::uint64_t told_by = 0;        ///< visits of scouts that `cost` rests on
  double least_cost = 0;  ///< `cost` is not much below, as far as scouts have told of that V
  std::uint32_t measured_at = 0;     ///< nodes of the tree, when it was measured last
  double proven_cost = kUnmeasured;  ///< the same where it is known without a walk
  WalkFindings seen = {};    ///< of walks since one that told enough, where V stays as it is
  bool seen_only = false;    ///< its K rests on the tours that were seen alone
  bool provisional = false;  ///< `cost` is by a few visits

  [[nodiscard]] bool fitted() const { return kind >= Kind::kDepth; }
  /// V of this family by that of the same without a tilt.
  [[nodiscard]] NodeValue tilted(NodeValue without) const;
  [[nodiscard]] bool changes() const { return kind != Kind::kUntrained || backed_up; }
};

/// What families are fitted by.
struct FamilyFit {
  const Instance& instance;
  const RowSource& source;
  const SampleOptions& options;
  bool has_room;                      ///< for a factor of each bucket at each depth
  std::optional<LogLinear> linear;    ///< if these options ask for it and the oracle has features
  std::optional<LogNetwork> network;  ///< the same, where it may say more than `linear`

  /// Throws Error(kUsage) for features that do not fit the oracle's buckets.
  FamilyFit(const Instance& of, const ModelOracle& oracle, const RowSource& rows,
            const SampleOptions& given);

  /// V of a family that is fitted() to what scouts were answered, before it is tilted. O(edges of
  /// the tree + horizon x buckets).
  [[nodiscard]] NodeValue value_of(const Family& family, const ExploredTree& tree) const;

 private:
  [[nodiscard]] const BucketFit* by_features(Family::Kind kind) const;
};

/// Those that the options ask for and the instance has, untrained first. Throws Error(kUsage) if
/// there are no others.
std::vector<Family> list_families(const FamilyFit& fit, kernels::Walk walk, bool asked);

}  // namespace wend
