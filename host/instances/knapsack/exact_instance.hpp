#pragma once

#include <memory>
#include <string>

#include "host/instances/knapsack/instance.hpp"
#include "host/instances/knapsack/problem.hpp"
#include "wend/estimate.hpp"

namespace wend {

/// A knapsack with the exact counter: its states have exact masses. `file` starts messages, and is
/// the facts' path. At least one item, at most 65535; estimate exact or noise. Throws Error(kInput)
/// if the counter does not fit memory.
std::unique_ptr<KnapsackInstance> make_exact_knapsack(KnapsackProblem problem,
                                                      const EstimateSpec& estimate,
                                                      const std::string& file);

}  // namespace wend
