#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "wend/plan.hpp"

namespace wend {

/// `wend plan`, as asked for.
struct PlanCommand {
  std::filesystem::path instance;
  LoadOptions load;
  SampleOptions options;
  std::optional<std::uint64_t> budget;
  std::optional<std::filesystem::path> json;
  bool quiet = false;              ///< no running line
  std::string asking_option;       ///< one that was given and needs the lockstep engine, or empty
  std::optional<int> stop_signal;  ///< one more that is a request to stop
};

/// All options of `wend plan`, whose instance is an argument. `command` must outlive `app`.
void add_plan_options(CLI::App& app, PlanCommand& command);

/// The rules between them. Throws Error(kUsage).
void check_plan(const CLI::App& app, PlanCommand& command);

}  // namespace wend
