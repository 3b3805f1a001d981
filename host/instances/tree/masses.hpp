#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "host/oracles/estimate.hpp"
#include "host/oracles/oracle.hpp"
#include "wend/algorithm.hpp"

namespace wend {

/// Exact leaf masses of a complete A-ary tree and the estimate at its interior nodes. Node i of
/// depth h is the prefix whose base-A digits spell i, first symbol most significant.
struct TreeMasses {
  std::uint32_t alphabet = 0;
  std::uint32_t horizon = 0;
  /// g of leaf i < A^H; non-negative and finite, with a positive sum. Thread-safe.
  std::function<double(std::uint64_t leaf)> leaf_mass;
  /// w of node i of depth 1..H-1 from its exact mass. Thread-safe. Must not be 0 where the exact
  /// mass is not.
  std::function<double(std::uint32_t depth, std::uint64_t index, double exact)> estimate;
};

/// Number of nodes of depth 0..H-1.
std::uint64_t interior_nodes(std::uint32_t alphabet, std::uint32_t horizon);
/// A^H.
std::uint64_t leaves(std::uint32_t alphabet, std::uint32_t horizon);

/// Most bytes that a bottom-up sweep over the tree takes: for each of eight threads exact masses,
/// estimates and up to three numbers of a fold over two levels of a subtree of 2^16 leaves, and the
/// same of the levels above. Every O(A^H) function below makes one.
std::uint64_t sweep_bytes(std::uint32_t alphabet, std::uint32_t horizon);

/// The estimate function of kinds exact and noise.
std::function<double(std::uint32_t, std::uint64_t, double)> tree_estimate(const EstimateSpec& spec);

/// Compiles the rows bottom up: sweep_bytes() beside the rows themselves. O(A^H).
TreeOracle compile_tree_oracle(const TreeMasses& masses, kernels::Walk walk, Correction correction);

/// w of all interior nodes, breadth-first, w of the root being its exact mass. O(A^H).
std::vector<double> interior_estimates(const TreeMasses& masses);

/// Sum of w over the root's children. O(A^H).
double root_sum(const TreeMasses& masses);

/// A node of depth 1..H-1, by its breadth-first number from 0, whose estimate is 0 while its exact
/// mass is not; nullopt if there is none. O(A^H).
std::optional<std::uint64_t> find_lost_mass(const TreeMasses& masses);

}  // namespace wend
