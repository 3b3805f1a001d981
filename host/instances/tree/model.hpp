#pragma once

#include <memory>

#include "host/instances/tree/masses.hpp"
#include "kernels/walk/walk.hpp"
#include "wend/algorithm.hpp"
#include "wend/oracle.hpp"

namespace wend {

/// A tree's masses, asked node by node. `masses` must outlive it. O(A^H) to make: keeps a number or
/// two for every interior node.
std::shared_ptr<BatchOracle> make_tree_model(const TreeMasses& masses, kernels::Walk walk,
                                             Correction correction);

}  // namespace wend
