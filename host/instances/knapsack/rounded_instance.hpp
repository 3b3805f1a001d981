#pragma once

#include <memory>
#include <string>

#include "host/instances/knapsack/instance.hpp"
#include "host/instances/knapsack/problem.hpp"
#include "wend/estimate.hpp"

namespace wend {

/// A knapsack with the rounded counter (rounded.hpp). `file` starts messages, and is the facts'
/// path. At least one item, at most 65535; estimate rounded, with kappa > 1. Throws Error(kInput)
/// if the counter does not fit memory. measured_kappa() compares over capacities that can be left
/// to the last items, for as many of them as can be counted exactly with 2^20 breakpoints: all
/// capacities where they are at most 2^22 / items, else so many of them.
std::unique_ptr<KnapsackInstance> make_rounded_knapsack(KnapsackProblem problem,
                                                        const EstimateSpec& estimate,
                                                        const std::string& file);

}  // namespace wend
