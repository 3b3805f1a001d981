#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "host/base/parallel.hpp"
#include "host/command/outcome.hpp"
#include "host/files/output_file.hpp"
#include "host/report/report.hpp"
#include "host/report/sample_spool.hpp"

namespace wend {

/// What a command that draws has been told, once it is known how many threads it has: where no
/// number is asked for, `command` gets one a core.
template <class Drawing>
RunFacts run_facts(Drawing& command) {
  unsigned& threads = command.options.threads;
  threads = resolve_threads(threads);
  RunFacts run;
  run.output = command.output;
  run.report = command.report;
  run.quiet = command.quiet;
  run.threads = threads;
  return run;
}

/// The output and the report of a command that draws: found to be writable before the run, written
/// after it.
class RunFiles {
 public:
  RunFiles(std::optional<std::filesystem::path> output, std::optional<std::filesystem::path> report)
      : output_(std::move(output)), report_(std::move(report)) {}

  /// Before the instance is loaded, which may take a while. Throws Error(kUsage), as the next one,
  /// where what is written would replace what is read.
  void check(const std::filesystem::path& instance) const;
  void check_inputs(const std::vector<std::filesystem::path>& files) const;

  /// Opens both, so that a run does not end at a file that cannot be written, and makes signals
  /// requests to stop, which it returns.
  const std::atomic<bool>& open(const SampleTable& table);

  /// Null without an output.
  [[nodiscard]] SampleSpool* spool() { return spool_ ? &*spool_ : nullptr; }
  [[nodiscard]] bool has_report() const { return report_file_.has_value(); }
  /// The draws are there already: a report that cannot be written does not take them back.
  void write_report(const nlohmann::ordered_json& report);

  /// Throws what a run failed with, if it did.
  void throw_failure(const std::string& failure, std::uint64_t drawn) const;
  /// Of a run that is written; `text` is for people.
  [[nodiscard]] Outcome outcome(std::string text, bool partial, bool budget_spent) const;

 private:
  void check_input(const std::filesystem::path& input, const std::string& what) const;

  std::optional<std::filesystem::path> output_;
  std::optional<std::filesystem::path> report_;
  std::optional<SampleSpool> spool_;
  std::optional<OutputFile> report_file_;
};

}  // namespace wend
