#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <optional>

#include "wend/throughput.hpp"

namespace wend {

/// `wend throughput`, as asked for.
struct ThroughputCommand {
  std::filesystem::path instance;
  LoadOptions load;
  ThroughputOptions options;
  std::optional<std::filesystem::path> json;
  std::optional<std::filesystem::path> plot;
  bool quiet = false;              ///< no running line
  std::optional<int> stop_signal;  ///< one more that is a request to stop
};

/// All options of `wend throughput`, whose instance is an argument. `command` must outlive `app`.
void add_throughput_options(CLI::App& app, ThroughputCommand& command);

}  // namespace wend
