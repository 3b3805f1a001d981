#pragma once

#include <memory>

#include "host/instances/knapsack/rounded.hpp"
#include "host/oracles/knapsack_oracle.hpp"
#include "wend/algorithm.hpp"
#include "wend/oracle.hpp"

namespace wend {

/// Builds the rows of one algorithm over the counter's tables.
///
/// With w, S, w(c) as powers of the counter's q, times an item's value, at a node of depth h >= 1:
/// jerrum-sinclair and lifted as in kernels/walk/rule.hpp; sequential goes to child c with
/// w(c)/S, with Correction::kReject only after surviving a rejection of probability 1 - S/(M w), M
/// being the largest S/w of the item's rows, at most about q^(1/2). A path that survives then has
/// probability g / (S(root) product of M), which is the target exactly. Every probability is off by
/// at most 2^-31: quantisation to units of 2^-32, and one unit at least for what is possible,
/// including children beyond the last row, whose share is below 2^-33.
/// `log_tilt`: ln r, of estimates r^(n - h) w; 0 with a sampler that restarts.
/// Throws Error(kRuntime) if memory runs out. O(rows + breakpoints).
KnapsackOracle compile_knapsack_oracle(const RoundedKnapsack& counter, kernels::Walk walk,
                                       Correction correction, double log_tilt = 0);

/// The masses of those rows, asked node by node. `counter` must outlive it.
std::shared_ptr<BatchOracle> make_knapsack_model(const RoundedKnapsack& counter, kernels::Walk walk,
                                                 Correction correction, double log_tilt = 0);

}  // namespace wend
