#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

#include "host/instances/instance.hpp"
#include "tests/support/leaf_chain.hpp"

namespace wend::test {

/// The instance's masses and estimates at all nodes.
inline SmallTree tree_of(const Instance& instance) {
  const std::uint32_t alphabet = instance.facts().alphabet;
  const std::uint32_t horizon = instance.facts().horizon;
  SmallTree tree(alphabet, horizon);
  std::vector<std::uint32_t> symbols(horizon);
  std::uint32_t node = 2;
  for (std::uint32_t depth = 1; depth <= horizon; ++depth) {
    for (std::uint32_t i = 0; node < tree.end_of_depth(depth); ++node, ++i) {
      std::uint32_t rest = i;
      for (std::uint32_t h = depth; h-- > 0; rest /= alphabet)
        symbols[h] = static_cast<std::uint32_t>(rest % alphabet);
      const bool reached = tree.parent(node) == 1 || tree.w[tree.parent(node)] > 0;
      tree.w[node] = reached ? std::exp(*instance.log_estimate(symbols.data(), depth)) : 0.0;
    }
  }
  return tree;
}

}  // namespace wend::test
