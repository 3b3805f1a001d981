#pragma once

#include <string>
#include <vector>

#include "host/oracles/oracle.hpp"
#include "wend/algorithm.hpp"

namespace wend::bench {

/// An instance to walk on, named after its kind and sizes.
struct Instance {
  std::string name;
  Oracle (*make)(Algorithm);
};

/// Trees whose rows fit L1, L2, L3 and none of them; automata like those of n-gram models and of
/// exact knapsack counters; rounded knapsacks.
std::vector<Instance> instances();

}  // namespace wend::bench
