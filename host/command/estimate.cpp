#include "host/command/estimate.hpp"

#include <atomic>
#include <memory>
#include <nlohmann/json.hpp>

#include "host/base/parallel.hpp"
#include "host/base/signals.hpp"
#include "host/command/load_visibly.hpp"
#include "host/instances/instance.hpp"
#include "host/report/means_report.hpp"
#include "host/report/means_table.hpp"
#include "host/report/progress.hpp"
#include "host/report/report.hpp"
#include "wend/error.hpp"

namespace wend {
namespace {

MeansResult estimate(const Instance& instance, const EstimateCommand& command) {
  const std::atomic<bool>& stop = begin_stoppable();
  RunningLine line;
  if (command.quiet || !line.is_shown()) return estimate_means(instance, command.options, stop);
  return estimate_means(instance, command.options, stop, [&line](const MeansProgress& so_far) {
    line.show([&] { return means_line(so_far); });
  });
}

}  // namespace

Outcome run_estimate(const EstimateCommand& asked) {
  EstimateCommand command = asked;
  command.options.threads = resolve_threads(command.options.threads);
  if (command.stop_signal) also_stop_on(*command.stop_signal);
  const std::shared_ptr<const Instance> instance =
      load_visibly(command.instance, command.load, command.quiet);
  const InstanceFacts& facts = instance->facts();
  if (!command.asking_option.empty() && !facts.asked)
    throw Error(ErrorKind::kUsage, command.asking_option +
                                       ": only goes with an instance whose oracle is asked, not "
                                       "one in tables");
  const MeansResult result = estimate(*instance, command);
  Outcome outcome;
  outcome.text = command.json ? json_text(means_report(facts, command.options, result))
                              : means_table(facts, command.options, result);
  outcome.error = result.failure;
  if (!result.failure.empty())
    outcome.status = static_cast<int>(ErrorKind::kRuntime);
  else if (result.partial)
    outcome.status = static_cast<int>(ErrorKind::kInterrupted);
  return outcome;
}

}  // namespace wend
