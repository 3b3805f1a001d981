#include "host/command/estimate.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <thread>

#include "host/base/signals.hpp"
#include "host/instances/instance.hpp"
#include "host/report/means_report.hpp"
#include "host/report/means_table.hpp"
#include "host/report/progress.hpp"
#include "host/report/report.hpp"
#include "wend/error.hpp"

namespace wend {
namespace {

MeansResult estimate(const Instance& instance, const EstimateCommand& command) {
  if (command.quiet || ::isatty(STDERR_FILENO) == 0)
    return estimate_means(instance, command.options, StopOnSignal::stopped());
  RunningLine line;
  return estimate_means(
      instance, command.options, StopOnSignal::stopped(),
      [&line](const MeansProgress& so_far) { line.show([&] { return means_line(so_far); }); });
}

}  // namespace

int run_estimate(const EstimateCommand& asked) {
  EstimateCommand command = asked;
  if (command.options.threads == 0)
    command.options.threads = std::max(1U, std::thread::hardware_concurrency());
  const std::shared_ptr<const Instance> instance = load_instance(command.instance);
  const StopOnSignal handlers;
  const MeansResult result = estimate(*instance, command);
  const InstanceFacts& facts = instance->facts();
  fmt::print("{}", command.json ? json_text(means_report(facts, command.options, result))
                                : means_table(facts, command.options, result));
  return result.partial ? static_cast<int>(ErrorKind::kInterrupted) : 0;
}

}  // namespace wend
