#include "host/command/sample.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
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

/// What is written must not replace what is read, nor the one file the other.
void check_files(const SampleCommand& command) {
  const auto refuse = [](const std::string& reason) { throw Error(ErrorKind::kUsage, reason); };
  if (command.output && same_file(*command.output, command.instance))
    refuse("--output: is the instance file");
  if (command.report && same_file(*command.report, command.instance))
    refuse("--report: is the instance file");
  if (command.output && command.report && same_file(*command.report, *command.output))
    refuse("--report: is the same file as --output");
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

SampleResult draw(const Instance& instance, const SampleCommand& command, SampleSink* sink) {
  if (command.quiet || ::isatty(STDERR_FILENO) == 0) {
    return sample(instance, command.options, sink, StopOnSignal::stopped());
  }
  RunningLine line;
  const Stopwatch watch;
  return sample(instance, command.options, sink, StopOnSignal::stopped(),
                [&](std::uint64_t drawn, std::uint64_t requested) {
                  line.show([&] { return progress_line(drawn, requested, watch.seconds()); });
                });
}

}  // namespace

int run_sample(const SampleCommand& asked) {
  SampleCommand command = asked;
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
  const std::shared_ptr<const Instance> instance = load_instance(command.instance);
  run.load_seconds = load_watch.seconds();

  // Both files are opened before the run, so that it does not end at a file that cannot be written.
  const SampleTable table = table_of(instance->facts(), command.options);
  std::optional<SampleSpool> spool;
  if (command.output) spool.emplace(*command.output, table);
  std::optional<OutputFile> report;
  if (command.report) report.emplace(*command.report);

  // Until all is written: the first signal never costs what was drawn.
  const StopOnSignal handlers;
  const SampleResult result = draw(*instance, command, spool ? &*spool : nullptr);

  const Stopwatch write_watch;
  if (spool) spool->finish(result);
  run.write_seconds = write_watch.seconds();
  if (report) {
    report->write(json_text(sample_report(instance->facts(), command.options, result, run)));
    report->commit();
  }
  if (!command.quiet) {
    fmt::print("{}", sample_summary(instance->facts(), command.options, result, run));
  }
  if (result.budget_spent) return static_cast<int>(ErrorKind::kBudget);
  return result.partial ? static_cast<int>(ErrorKind::kInterrupted) : 0;
}

}  // namespace wend
