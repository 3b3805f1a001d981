#pragma once

#include <string>

#include "host/instances/instance.hpp"
#include "host/oracles/class_members.hpp"

namespace wend {

/// Adds one member: the instance's exact masses, normalised. `members`, which is empty or was made
/// by this function, takes its alphabet and horizon from its first member. The instance is of kind
/// tree, ngram, or knapsack with exact masses. `where` starts messages. Throws Error(kInput): other
/// alphabets or horizons, masses that are not exact, or rows that do not fit memory or 2^31.
/// O(nodes * H) for a tree, else O(states * A).
void add_member(PoolMembers& members, const Instance& instance, const std::string& where);

}  // namespace wend
