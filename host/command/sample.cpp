#include "host/command/sample.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <thread>

#include "host/base/signals.hpp"
#include "host/base/stopwatch.hpp"
#include "host/files/output_file.hpp"
#include "host/instances/instance.hpp"
#include "host/report/progress.hpp"
#include "host/report/report.hpp"
#include "host/report/sample_spool.hpp"
#include "host/report/summary.hpp"
#include "host/run/settings.hpp"
#include "wend/error.hpp"
#include "wend/sample.hpp"

namespace wend {
namespace {

[[noreturn]] void refuse(const std::string& reason) { throw Error(ErrorKind::kUsage, reason); }

/// What is written must not replace what is read.
void check_input(const SampleCommand& command, const std::filesystem::path& input,
                 const std::string& what) {
  if (command.output && same_file(*command.output, input)) refuse("--output: is " + what);
  if (command.report && same_file(*command.report, input)) refuse("--report: is " + what);
}

/// Before the instance is loaded, which may take a while.
void check_files(const SampleCommand& command) {
  check_input(command, command.instance, "the instance file");
  if (command.output && command.report && same_file(*command.report, *command.output))
    refuse("--report: is the same file as --output");
}

/// Options that go with one engine alone.
void check_engine(const SampleCommand& command, const InstanceFacts& facts) {
  if (!command.lockstep_option.empty() && command.options.engine != EngineKind::kLockstep &&
      !facts.asked)
    refuse(command.lockstep_option + ": only goes with --engine lockstep");
}

/// Whether standard output has an output, and so cannot have the summary.
bool takes_standard_output(const std::optional<std::filesystem::path>& output) {
  return output && is_standard_output(*output);
}

SampleTable table_of(const InstanceFacts& facts, const SampleOptions& options) {
  const RunSettings settings = resolve_settings(facts, options);
  SampleTable table;
  table.samples = options.samples;
  table.chains = settings.chains;
  table.horizon = facts.horizon;
  table.alphabet = facts.alphabet;
  table.algorithm = options.algorithm;
  table.with_weight = settings.weighted;
  return table;
}

SampleResult draw(const Instance& instance, const SampleCommand& command, SampleSink* sink,
                  const std::atomic<bool>& stop) {
  RunningLine line;
  if (command.quiet || !line.is_shown()) return sample(instance, command.options, sink, stop);
  const Stopwatch watch;
  return sample(
      instance, command.options, sink, stop,
      [&](std::uint64_t drawn, std::uint64_t requested) {
        line.show([&] { return progress_line(drawn, requested, watch.seconds()); });
      },
      [&](const OracleWait& wait) { line.show([&] { return waiting_line(wait, stop); }); });
}

/// The draws are there already: a report that cannot be written does not take them back.
void write_report(OutputFile& file, const nlohmann::ordered_json& report,
                  const std::optional<std::filesystem::path>& output) {
  try {
    file.write(json_text(report));
    file.commit();
  } catch (const Error& error) {
    if (!output) throw;
    throw Error(error.kind(), std::string(error.what()) + "; the draws are in " + output->string());
  }
}

}  // namespace

Outcome run_sample(const SampleCommand& asked) {
  SampleCommand command = asked;
  if (command.stop_signal) also_stop_on(*command.stop_signal);
  check_files(command);
  RunFacts run;
  run.output = command.output;
  run.report = command.report;
  run.quiet = command.quiet;
  if (command.options.threads == 0) {
    command.options.threads = std::max(1U, std::thread::hardware_concurrency());
  }
  run.threads = command.options.threads;

  const Stopwatch load_watch;
  const std::shared_ptr<const Instance> instance = load_instance(command.instance, command.load);
  run.load_seconds = load_watch.seconds();
  check_engine(command, instance->facts());
  for (const std::filesystem::path& file : instance->facts().files)
    check_input(command, file, file.string() + ", which the instance reads");

  // Both are opened before the run, so that it does not end at a file that cannot be written.
  const SampleTable table = table_of(instance->facts(), command.options);
  std::optional<SampleSpool> spool;
  std::optional<OutputFile> report;
  const auto open = [&](bool streams) {
    if (command.output && is_stream(*command.output) == streams)
      spool.emplace(*command.output, table);
    if (command.report && is_stream(*command.report) == streams) report.emplace(*command.report);
  };
  // Waiting for the reader of a pipe may be given up at any time. Then files are opened, whose
  // temporary names a signal must not leave behind.
  open(true);
  const std::atomic<bool>& stop = begin_stoppable();
  open(false);

  const SampleResult result = draw(*instance, command, spool ? &*spool : nullptr, stop);

  const Stopwatch write_watch;
  if (spool) spool->finish(result);
  run.write_seconds = write_watch.seconds();
  if (report)
    write_report(*report, sample_report(instance->facts(), command.options, result, run),
                 command.output);
  if (!result.failure.empty()) {
    const std::string kept = command.output ? fmt::format("; the {} draws before that are in {}",
                                                          result.drawn, command.output->string())
                                            : "";
    throw Error(ErrorKind::kRuntime, result.failure + kept);
  }
  Outcome outcome;
  if (!command.quiet)
    outcome.text = sample_summary(instance->facts(), command.options, result, run);
  if (command.output || command.report) outcome.text_is = Outcome::TextIs::kMessage;
  if (takes_standard_output(command.output) || takes_standard_output(command.report))
    outcome.text_is = Outcome::TextIs::kMessageAside;
  if (result.partial)
    outcome.status =
        static_cast<int>(result.budget_spent ? ErrorKind::kBudget : ErrorKind::kInterrupted);
  return outcome;
}

}  // namespace wend
