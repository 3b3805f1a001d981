#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "wend/baseline.hpp"

namespace wend {

/// A method of a comparison, and what it came to.
struct ComparedMethod {
  std::string name;
  std::string law;      ///< to_string(BaselineLaw), or "weighted"
  std::string skipped;  ///< why it was not run; empty if it was
  std::uint64_t drawn = 0;
  std::uint64_t evaluations = 0;
  std::optional<double> effective_samples;  ///< of the lower of the two sizes
  std::optional<double> mean_log_mass;
  std::optional<double> mean_log_mass_error;
};

/// Runs every method of baseline.hpp that fits the instance, then `lifted`, each leaf visit being a
/// draw, and `sequential`, by rejection where it can and else with weights: each with a memo of its
/// own, until the base has computed options.max_evaluations rows (default 2,000), or
/// 16 times as many draws are there, or 1,000 times as many nodes were come to. Of `options`,
/// method and samples are not looked at. Throws Error.
std::vector<ComparedMethod> compare_methods(const Instance& instance,
                                            const BaselineOptions& options,
                                            const std::atomic<bool>& stop);

}  // namespace wend
