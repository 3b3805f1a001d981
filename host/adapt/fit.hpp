#pragma once

#include <cstdint>
#include <optional>

#include "host/adapt/bucket_fit.hpp"
#include "host/adapt/explored_tree.hpp"
#include "host/oracles/node_value.hpp"

namespace wend {

/// What a fit may give.
struct FitLimits {
  std::uint32_t horizon = 0;
  std::uint32_t buckets = 1;               ///< 1: by depth alone
  bool backed_up = false;                  ///< what was explored counts as its children do
  double least = 0;                        ///< V >= this; 0: any
  bool at_most_one = false;                ///< V <= 1: w is an upper bound of the mass
  const BucketFit* by_features = nullptr;  ///< null: a factor of each bucket
};

/// V by depth and bucket such that S(u) = w(u) V(u), in the mean over the explored nodes of each:
/// an estimate is a mass if and only if that holds at every interior node. From the leaves upwards,
/// S of a depth being that of the V below it, every node counting as often as scouts came to it,
/// which is in proportion to its trained estimate; those that were only looked at count together as
/// a few. A little of an observation, so that no V is 0, stands for what was not seen: of a depth
/// the mean of S/w over all rows, to the power of what remains; of a bucket the same where w is an
/// upper bound, which is near what it was untrained, else its depth's V. With features the fit
/// to the buckets that were met says all of a depth. What is estimated too high costs steps, and
/// what is too low keeps chains where they are. O(edges + horizon x buckets).
NodeValue fit_value(const ExploredTree& tree, const FitLimits& limits);

}  // namespace wend
