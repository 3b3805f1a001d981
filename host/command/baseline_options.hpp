#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <optional>

#include "wend/baseline.hpp"

namespace wend {

/// `wend baseline`, as asked for.
struct BaselineCommand {
  std::filesystem::path instance;
  LoadOptions load;
  BaselineOptions options;
  bool compare = false;
  std::optional<std::filesystem::path> output;  ///< as of `wend sample`
  std::optional<std::filesystem::path> report;
  bool quiet = false;
  std::optional<int> stop_signal;  ///< one more that is a request to stop
};

/// All options of `wend baseline`, whose instance is an argument. `command` must outlive `app`.
void add_baseline_options(CLI::App& app, BaselineCommand& command);

/// The rules between them. Throws CLI::ValidationError.
void check_baseline(const CLI::App& app, const BaselineCommand& command);

}  // namespace wend
