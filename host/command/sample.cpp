#include "host/command/sample.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <thread>

#include "host/base/signals.hpp"
#include "host/files/output_file.hpp"
#include "host/instances/instance.hpp"
#include "host/report/progress.hpp"
#include "host/report/report.hpp"
#include "host/report/sample_spool.hpp"
#include "host/report/summary.hpp"
#include "host/run/plan.hpp"
#include "wend/error.hpp"
#include "wend/sample.hpp"

namespace wend {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

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
  SampleTable table;
  table.samples = options.samples;
  table.chains = make_plan(facts, options).chains;
  table.horizon = facts.horizon;
  table.alphabet = facts.alphabet;
  table.algorithm = options.algorithm;
  table.with_weight =
      options.algorithm == Algorithm::kSequential && options.correction == Correction::kWeight;
  return table;
}

SampleResult draw(const Instance& instance, const SampleCommand& command, SampleSink* sink) {
  if (command.quiet || ::isatty(STDERR_FILENO) == 0) {
    return sample(instance, command.options, sink, StopOnSignal::stopped());
  }
  ProgressBar bar;
  return sample(
      instance, command.options, sink, StopOnSignal::stopped(),
      [&bar](std::uint64_t drawn, std::uint64_t requested) { bar.update(drawn, requested); });
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

  const Clock::time_point load_start = Clock::now();
  const std::shared_ptr<const Instance> instance = load_instance(command.instance);
  run.load_seconds = seconds_since(load_start);

  // Both files are opened before the run, so that it does not end at a file that cannot be written.
  const SampleTable table = table_of(instance->facts(), command.options);
  std::optional<SampleSpool> spool;
  if (command.output) spool.emplace(*command.output, table);
  std::optional<OutputFile> report;
  if (command.report) report.emplace(*command.report);

  // Until all is written: the first signal never costs what was drawn.
  const StopOnSignal handlers;
  const SampleResult result = draw(*instance, command, spool ? &*spool : nullptr);

  const Clock::time_point write_start = Clock::now();
  if (spool) spool->finish(result);
  run.write_seconds = seconds_since(write_start);
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
