#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/leaf_chain.hpp"

namespace wend::test {

/// Leaf masses: all equal; over four decades; zero for half of them; one leaf's only; geometric.
enum class Masses { kFlat, kSpread, kHalfZero, kOneLeaf, kGeometric };
/// Errors of interior masses, as powers of kappa: none; uniform; +-1; -1 and +1 by turns.
enum class Estimate { kExact, kIid, kSign, kByDepth };

struct Case {
  std::string name;
  SmallTree tree;
  double kappa;  ///< the accuracy that the estimate really has
};

inline double uniform(std::mt19937_64& random) {
  return static_cast<double>(random() >> 11U) * 0x1p-53;
}

inline double leaf_mass(Masses masses, std::uint32_t leaf, std::mt19937_64& random) {
  switch (masses) {
    case Masses::kFlat:
      return 1.0;
    case Masses::kSpread:
      return std::exp(8 * uniform(random));
    case Masses::kHalfZero:
      return uniform(random) < 0.5 ? 0.0 : uniform(random);
    case Masses::kOneLeaf:
      return 0.0;
    case Masses::kGeometric:
      return std::pow(0.01, leaf % 5);
  }
  return 0.0;
}

/// ln(w / mass) in units of ln kappa.
inline double error_exponent(Estimate estimate, std::uint32_t depth, std::mt19937_64& random) {
  switch (estimate) {
    case Estimate::kExact:
      return 0.0;
    case Estimate::kIid:
      return 2 * uniform(random) - 1;
    case Estimate::kSign:
      return random() % 2 == 0 ? 1.0 : -1.0;
    case Estimate::kByDepth:
      return depth % 2 == 0 ? 1.0 : -1.0;
  }
  return 0.0;
}

inline Case make_case(std::uint32_t alphabet, std::uint32_t horizon, Masses masses,
                      Estimate estimate, double kappa, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  SmallTree tree(alphabet, horizon);
  for (std::uint32_t leaf = tree.first_leaf(); leaf < tree.nodes(); ++leaf)
    tree.mass[leaf] = leaf_mass(masses, leaf - tree.first_leaf(), random);
  tree.mass.back() = 1.0;  // so that some leaf has mass
  double actual = 1.0;
  for (std::uint32_t depth = horizon + 1; depth-- > 0;) {
    const std::uint32_t begin = depth == 0 ? 1 : tree.end_of_depth(depth - 1);
    for (std::uint32_t node = begin; node < tree.end_of_depth(depth); ++node) {
      if (depth < horizon)
        for (std::uint32_t c = 0; c < alphabet; ++c)
          tree.mass[node] += tree.mass[tree.child(node, c)];
      const bool exact = depth == horizon || depth == 0;
      const double exponent = exact ? 0.0 : error_exponent(estimate, depth, random);
      tree.w[node] = tree.mass[node] * std::pow(kappa, exponent);
      actual = std::max(actual, std::pow(kappa, std::abs(exponent)));
    }
  }
  return {"A " + std::to_string(alphabet) + ", H " + std::to_string(horizon) + ", masses " +
              std::to_string(static_cast<int>(masses)) + ", estimate " +
              std::to_string(static_cast<int>(estimate)) + ", kappa " + std::to_string(kappa),
          std::move(tree), actual};
}

/// Every kind of masses and estimate at several sizes, fixed seeds.
inline std::vector<Case> cases() {
  std::vector<Case> all;
  std::uint64_t seed = 1;
  for (const auto masses :
       {Masses::kFlat, Masses::kSpread, Masses::kHalfZero, Masses::kOneLeaf, Masses::kGeometric})
    for (const auto estimate :
         {Estimate::kExact, Estimate::kIid, Estimate::kSign, Estimate::kByDepth})
      for (const double kappa : {1.3, 8.0})
        for (const auto& [alphabet, horizon] : {std::pair{2U, 2U}, {2U, 5U}, {3U, 2U}, {3U, 4U}})
          all.push_back(make_case(alphabet, horizon, masses, estimate, kappa, seed++));
  all.push_back(make_case(3, 5, Masses::kSpread, Estimate::kSign, 8.0, seed++));
  all.push_back(make_case(2, 1, Masses::kSpread, Estimate::kExact, 1.0, seed++));
  return all;
}

}  // namespace wend::test
