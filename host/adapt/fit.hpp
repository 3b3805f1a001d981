#pragma once

#include <cstdint>
#include <optional>

#include "host/adapt/explored_tree.hpp"
#include "host/oracles/node_value.hpp"

namespace wend {

/// What a fit may give.
struct FitLimits {
  std::uint32_t horizon = 0;
  std::uint32_t buckets = 1;  ///< 1: by depth alone
  bool backed_up = false;     ///< what was explored counts as its children do
  double least = 0;           ///< V >= this; 0: any
  bool at_most_one = false;   ///< V <= 1: w is an upper bound of the mass
};

/// V by depth and bucket such that S(u) = w(u) V(u), in the mean over the explored nodes of each:
/// an estimate is a mass if and only if that holds at every interior node. From the leaves upwards,
/// S of a depth being that of the V below it, every node counting as often as scouts came to it,
/// which is in proportion to its trained estimate. A little of an observation, so that no V is 0,
/// stands for what was not seen: V = 1 by depth, and of a bucket V = 1 too where w is an upper
/// bound, else its depth's. So where little was seen an upper bound stays one: what is estimated
/// too high costs steps, and what is too low would keep chains where they are. O(edges).
NodeValue fit_value(const ExploredTree& tree, const FitLimits& limits);

}  // namespace wend
