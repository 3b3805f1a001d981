#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "host/instances/instance.hpp"
#include "kernels/walk/walk.hpp"
#include "wend/algorithm.hpp"
#include "wend/sample.hpp"

namespace wend {

/// Options of a run with the defaults filled in from the instance.
struct Plan {
  kernels::Walk walk = kernels::Walk::kLifted;  ///< not of class-elimination
  std::uint64_t chains = 0;
  std::optional<double> kappa;  ///< known, for class-elimination
  std::string kappa_why;
  Visits visits = Visits::kFixed;  ///< kProven, kMeasured or kFixed; sequential: kFixed, K = 1
  std::uint32_t first_visits = 0;  ///< K; 0 until measured, and for class-elimination
  bool pilot_converged = true;     ///< with kMeasured
};

/// Throws Error(kUsage) for options that contradict each other or do not fit the instance.
Plan make_plan(const InstanceFacts& facts, const SampleOptions& options);

/// The total variation that a finished run may claim, and why.
/// Not for class-elimination, whose result says what it rests on. `acceptance` is accepted /
/// proposals of the sequential sampler.
Guarantee make_guarantee(const InstanceFacts& facts, const SampleOptions& options, const Plan& plan,
                         double acceptance);

}  // namespace wend
