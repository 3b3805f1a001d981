#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <variant>

#include "host/command/baseline_options.hpp"
#include "host/command/estimate_options.hpp"
#include "host/command/plan_options.hpp"
#include "host/command/throughput_options.hpp"
#include "wend/sample.hpp"

namespace wend {

/// `wend sample`, as asked for.
struct SampleCommand {
  std::filesystem::path instance;
  LoadOptions load;
  SampleOptions options;
  std::optional<std::filesystem::path> output;  ///< ends in .npz or .csv, or is no file (CSV)
  std::optional<std::filesystem::path> report;
  bool quiet = false;
  std::string asking_option;       ///< one that was given and needs the lockstep engine, or empty
  std::string class_option;        ///< one that was given and needs a class, or empty
  std::optional<int> stop_signal;  ///< one more that is a request to stop
};

/// `wend inspect`, as asked for.
struct InspectCommand {
  std::filesystem::path instance;
  LoadOptions load;
  bool json = false;
};

/// `wend --help`, or of one of its commands: the text is all there is to do.
struct HelpCommand {
  std::string text;
};

/// `wend --version`.
struct VersionCommand {};

using Command = std::variant<SampleCommand, EstimateCommand, BaselineCommand, InspectCommand,
                             PlanCommand, ThroughputCommand, HelpCommand, VersionCommand>;

/// Reads the command line. Throws Error(kUsage), one line that names the option and the reason.
Command parse_command_line(int argc, const char* const* argv);

}  // namespace wend
