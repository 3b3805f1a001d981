#pragma once

#include <cstdint>

#include "wend/estimate.hpp"

namespace wend {

/// ln of the noise at a node: e * ln kappa with e uniform in [-1, 1) (iid) or +-1 (sign), a pure
/// function of (spec.seed, depth, index) by Philox; `index` is the node's (tree: number within its
/// level) or its state's (knapsack, ngram: in-layer index).
double log_noise(const EstimateSpec& spec, std::uint32_t depth, std::uint64_t index);

}  // namespace wend
