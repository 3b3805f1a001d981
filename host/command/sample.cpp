#include "host/command/sample.hpp"

#include <fmt/format.h>

#include <atomic>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>

#include "host/base/console.hpp"
#include "host/base/signals.hpp"
#include "host/base/stopwatch.hpp"
#include "host/command/load_visibly.hpp"
#include "host/command/run_files.hpp"
#include "host/instances/instance.hpp"
#include "host/report/elapsed_line.hpp"
#include "host/report/option_words.hpp"
#include "host/report/progress.hpp"
#include "host/report/report.hpp"
#include "host/report/summary.hpp"
#include "host/run/settings.hpp"
#include "wend/error.hpp"
#include "wend/sample.hpp"

namespace wend {
namespace {

/// Options that go with one engine or one kind of instance alone.
void check_options(const SampleCommand& command, const InstanceFacts& facts) {
  if (!command.class_option.empty() && facts.kind != "class")
    throw Error(ErrorKind::kUsage,
                fmt::format("{}: needs an instance of kind \"class\", not \"{}\"",
                            command.class_option, facts.kind));
  if (!command.asking_option.empty() && command.options.engine != EngineKind::kLockstep &&
      !facts.asked)
    throw Error(ErrorKind::kUsage,
                command.asking_option + ": " + option_words(only_lockstep(facts)));
}

SampleTable table_of(const InstanceFacts& facts, const SampleOptions& options) {
  const RunSettings settings = resolve_settings(facts, options);
  SampleTable table;
  table.samples = options.samples;
  table.chains = settings.chains;
  table.horizon = facts.horizon;
  table.alphabet = facts.alphabet;
  table.with_weight = settings.weighted;
  return table;
}

/// What is done before the first sample.
std::string preparation(const SampleOptions& options) {
  if (options.adapt != Adapt::kNone) return "scouts train the estimate, a pilot finds K";
  if (decided_algorithm(options) == Algorithm::kAuto) return "pilots choose the algorithm";
  return "tables are made, a pilot finds K";
}

SampleResult draw(const Instance& instance, const SampleCommand& command, SampleSink* sink,
                  const std::atomic<bool>& stop) {
  if (command.quiet) return sample(instance, command.options, sink, stop);
  RunningLine line;
  const auto adapted = [&](const Adaptation& found) {
    if (found.note.empty()) return;
    line.make_way([&] { print_error("note: " + option_words(found.note)); });
  };
  if (!line.is_shown()) return sample(instance, command.options, sink, stop, {}, {}, adapted);
  std::optional<ElapsedLine> preparing(std::in_place, line, preparation(command.options));
  Stopwatch watch;
  return sample(
      instance, command.options, sink, stop,
      [&](std::uint64_t drawn, std::uint64_t requested) {
        if (preparing) {
          preparing.reset();
          watch = Stopwatch();
        }
        line.show([&] { return progress_line(drawn, requested, watch.seconds()); });
      },
      [&](const OracleWait& wait) { line.show([&] { return waiting_line(wait, stop); }); },
      adapted);
}

}  // namespace

Outcome run_sample(const SampleCommand& asked) {
  SampleCommand command = asked;
  if (command.stop_signal) also_stop_on(*command.stop_signal);
  RunFiles files(command.output, command.report);
  files.check(command.instance);
  RunFacts run = run_facts(command);

  const Stopwatch load_watch;
  const std::shared_ptr<const Instance> instance =
      load_visibly(command.instance, command.load, command.quiet);
  run.load_seconds = load_watch.seconds();
  check_options(command, instance->facts());
  files.check_inputs(instance->facts().files);
  const std::atomic<bool>& stop = files.open(table_of(instance->facts(), command.options));

  const SampleResult result = draw(*instance, command, files.spool(), stop);

  const Stopwatch write_watch;
  if (files.spool() != nullptr) files.spool()->finish(result);
  run.write_seconds = write_watch.seconds();
  if (files.has_report())
    files.write_report(sample_report(instance->facts(), command.options, result, run));
  files.throw_failure(result.failure, result.drawn);
  return files.outcome(
      command.quiet ? "" : sample_summary(instance->facts(), command.options, result, run),
      result.partial, result.budget_spent);
}

}  // namespace wend
