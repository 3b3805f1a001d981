#include "host/command/run_files.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "host/base/signals.hpp"
#include "host/report/report.hpp"
#include "wend/error.hpp"

namespace wend {
namespace {

[[noreturn]] void refuse(const std::string& reason) { throw Error(ErrorKind::kUsage, reason); }

/// Whether standard output has an output, and so cannot have the summary.
bool takes_standard_output(const std::optional<std::filesystem::path>& output) {
  return output && is_standard_output(*output);
}

}  // namespace

void RunFiles::check_input(const std::filesystem::path& input, const std::string& what) const {
  if (output_ && same_file(*output_, input)) refuse("--output: is " + what);
  if (report_ && same_file(*report_, input)) refuse("--report: is " + what);
}

void RunFiles::check(const std::filesystem::path& instance) const {
  check_input(instance, "the instance file");
  if (output_ && report_ && same_file(*report_, *output_))
    refuse("--report: is the same file as --output");
}

void RunFiles::check_inputs(const std::vector<std::filesystem::path>& files) const {
  for (const std::filesystem::path& file : files)
    check_input(file, file.string() + ", which the instance reads");
}

const std::atomic<bool>& RunFiles::open(const SampleTable& table) {
  const auto open_those = [&](bool streams) {
    if (output_ && is_stream(*output_) == streams) spool_.emplace(*output_, table);
    if (report_ && is_stream(*report_) == streams) report_file_.emplace(*report_);
  };
  // Waiting for the reader of a pipe may be given up at any time. Then files are opened, whose
  // temporary names a signal must not leave behind.
  open_those(true);
  const std::atomic<bool>& stop = begin_stoppable();
  open_those(false);
  return stop;
}

void RunFiles::write_report(const nlohmann::ordered_json& report) {
  try {
    report_file_->write(json_text(report));
    report_file_->commit();
  } catch (const Error& error) {
    if (!output_) throw;
    throw Error(error.kind(),
                std::string(error.what()) + "; the draws are in " + output_->string());
  }
}

void RunFiles::throw_failure(const std::string& failure, std::uint64_t drawn) const {
  if (failure.empty()) return;
  const std::string kept =
      output_ ? fmt::format("; the {} draws before that are in {}", drawn, output_->string()) : "";
  throw Error(ErrorKind::kRuntime, failure + kept);
}

Outcome RunFiles::outcome(std::string text, bool partial, bool budget_spent) const {
  Outcome outcome;
  outcome.text = std::move(text);
  if (output_ || report_) outcome.text_is = Outcome::TextIs::kMessage;
  if (takes_standard_output(output_) || takes_standard_output(report_))
    outcome.text_is = Outcome::TextIs::kMessageAside;
  if (partial)
    outcome.status = static_cast<int>(budget_spent ? ErrorKind::kBudget : ErrorKind::kInterrupted);
  return outcome;
}

}  // namespace wend
