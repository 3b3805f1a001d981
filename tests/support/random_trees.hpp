#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include "tests/support/small_trees.hpp"

namespace wend::test {

/// A tree of the kinds of small_trees.hpp, of random size and accuracy; in every second one nodes
/// without mass have estimates above zero.
inline SmallTree random_tree(std::uint64_t seed) {
  std::mt19937_64 random(seed * 7919);
  const std::uint32_t alphabet = 2 + static_cast<std::uint32_t>(random() % 2);
  const std::uint32_t horizon = 2 + static_cast<std::uint32_t>(random() % (alphabet == 2 ? 4 : 2));
  const double kappa = std::exp(uniform(random) * (seed % 3 == 0 ? 0.1 : 3.0));
  SmallTree tree = make_case(alphabet, horizon, static_cast<Masses>(random() % 5),
                             static_cast<Estimate>(random() % 4), kappa, random())
                       .tree;
  for (std::uint32_t node = 2; node < tree.first_leaf(); ++node)
    if (tree.mass[node] <= 0 && seed % 2 == 0 &&
        (tree.parent(node) == 1 || tree.w[tree.parent(node)] > 0))
      tree.w[node] = 0.01 * tree.mass[1] * uniform(random);
  return tree;
}

inline std::uint32_t depth_of(const SmallTree& tree, std::uint32_t node) {
  std::uint32_t depth = 0;
  while (node >= tree.end_of_depth(depth)) ++depth;
  return depth;
}

/// Largest mu/w of each depth.
inline std::vector<double> kappa_by_depth(const SmallTree& tree) {
  std::vector<double> kappa(tree.horizon, 0.0);
  for (std::uint32_t node = 2; node < tree.nodes(); ++node) {
    double& largest = kappa[depth_of(tree, node) - 1];
    if (tree.mass[node] > 0) largest = std::max(largest, tree.mass[node] / tree.w[node]);
  }
  return kappa;
}

/// Probability of climbing straight to the root, of each leaf with mass.
inline std::vector<double> climbs(const SmallTree& tree) {
  std::vector<double> all;
  for (std::uint32_t leaf = tree.first_leaf(); leaf < tree.nodes(); ++leaf) {
    if (tree.mass[leaf] <= 0) continue;
    double climb = 1;
    for (std::uint32_t node = tree.parent(leaf); node != 1; node = tree.parent(node)) {
      double sum = 0;
      for (const double child : tree.children(node)) sum += child;
      climb *= std::min(1.0, tree.w[node] / sum);
    }
    all.push_back(climb);
  }
  return all;
}

}  // namespace wend::test
