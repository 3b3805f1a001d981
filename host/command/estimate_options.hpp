#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <optional>
#include <string>

#include "wend/means.hpp"

namespace wend {

/// `wend estimate`, as asked for.
struct EstimateCommand {
  std::filesystem::path instance;
  LoadOptions load;
  MeansOptions options;
  bool json = false;
  bool quiet = false;         ///< no running line
  std::string asking_option;  ///< one that was given and needs an oracle that is asked, or empty
  std::optional<int> stop_signal;  ///< one more that is a request to stop
};

/// All options of `wend estimate`, whose instance is an argument. `command` must outlive `app`.
void add_estimate_options(CLI::App& app, EstimateCommand& command);

}  // namespace wend
