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
struct RunSettings {
  kernels::Walk walk = kernels::Walk::kLifted;  ///< class-elimination: the one after it
  std::uint64_t chains = 0;
  bool weighted = false;        ///< draws have importance weights
  std::optional<double> kappa;  ///< known, for class-elimination
  std::string kappa_why;
  Visits visits = Visits::kFixed;  ///< kProven, kMeasured or kFixed; sequential: kFixed, K = 1
  bool explored = false;           ///< K is measured on what was explored, without a proven bound
  std::uint32_t first_visits = 0;  ///< K; 0 until proven or measured, and for class-elimination
};

/// The algorithm that is asked for, by its name or by options that go with it alone; else kAuto.
Algorithm decided_algorithm(const SampleOptions& options);

/// Throws Error(kUsage) for options that contradict each other or do not fit the instance. With
/// Algorithm::kAuto, where no option decides, what all algorithms have in common.
RunSettings resolve_settings(const InstanceFacts& facts, const SampleOptions& options);

/// Why an option of what is asked in batches does not go with an instance in tables, and what to do
/// about it. Fields of SampleOptions stand in backquotes.
std::string only_lockstep(const InstanceFacts& facts);

}  // namespace wend
