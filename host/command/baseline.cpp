#include "host/command/baseline.hpp"

#include <atomic>
#include <memory>
#include <nlohmann/json.hpp>
#include <vector>

#include "host/base/signals.hpp"
#include "host/base/stopwatch.hpp"
#include "host/baselines/comparison.hpp"
#include "host/baselines/run.hpp"
#include "host/baselines/target.hpp"
#include "host/command/load_visibly.hpp"
#include "host/command/run_files.hpp"
#include "host/instances/instance.hpp"
#include "host/report/baseline_report.hpp"
#include "host/report/progress.hpp"
#include "wend/error.hpp"

namespace wend {
namespace {

BaselineResult draw(const BaselineTarget& target, const BaselineCommand& command, SampleSink* sink,
                    const std::atomic<bool>& stop) {
  RunningLine line;
  if (command.quiet || !line.is_shown()) return run_baseline(target, command.options, sink, stop);
  const Stopwatch watch;
  return run_baseline(target, command.options, sink, stop,
                      [&](std::uint64_t drawn, std::uint64_t requested) {
                        line.show([&] { return progress_line(drawn, requested, watch.seconds()); });
                      });
}

Outcome compare(const Instance& instance, const BaselineCommand& command) {
  const std::atomic<bool>& stop = begin_stoppable();
  const std::vector<ComparedMethod> methods = compare_methods(instance, command.options, stop);
  return {stop ? static_cast<int>(ErrorKind::kInterrupted) : 0,
          comparison_table(instance.facts(), methods),
          {}};
}

}  // namespace

Outcome run_baseline_command(const BaselineCommand& asked) {
  BaselineCommand command = asked;
  if (command.stop_signal) also_stop_on(*command.stop_signal);
  RunFiles files(command.output, command.report);
  files.check(command.instance);
  RunFacts run = run_facts(command);

  const Stopwatch load_watch;
  const std::shared_ptr<const Instance> instance =
      load_visibly(command.instance, command.load, command.quiet);
  run.load_seconds = load_watch.seconds();
  if (command.compare) return compare(*instance, command);
  const InstanceFacts& facts = instance->facts();
  files.check_inputs(facts.files);
  const BaselineTarget target = target_of(*instance, command.options);
  check_method(target, command.options);
  SampleTable table;
  table.samples = command.options.samples;
  table.chains = baseline_chains(target, command.options);
  table.horizon = target.horizon;
  table.alphabet = target.alphabet;
  const std::atomic<bool>& stop = files.open(table);

  const BaselineResult result = draw(target, command, files.spool(), stop);

  const Stopwatch write_watch;
  if (files.spool() != nullptr)
    files.spool()->finish(result.per_chain.samples, baseline_columns(result, target.alphabet));
  run.write_seconds = write_watch.seconds();
  if (files.has_report()) files.write_report(baseline_report(facts, command.options, result, run));
  files.throw_failure(result.failure, result.drawn);
  return files.outcome(command.quiet ? "" : baseline_summary(facts, command.options, result, run),
                       result.partial, result.budget_spent);
}

}  // namespace wend
