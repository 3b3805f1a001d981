#pragma once

#include "host/instances/knapsack/rounded.hpp"
#include "host/oracles/node_value.hpp"

namespace wend {

/// ln of at most the probability that the lifted walk over the counter's estimates times V climbs
/// from a leaf to the root without a turn, whichever leaf it is: the minimum over leaves of prod
/// min(1, w/S) along the path, within each step of a level's masses the least of the paths that go
/// through it. With V = 1 at least about 1/kappa, every factor being at least q^(-1/2). The buckets
/// of `value` are CapacityBuckets. O(breakpoints + items * buckets), and a sort of as many.
double log_least_climb(const RoundedKnapsack& counter, const NodeValue& value);

}  // namespace wend
