#include "host/command/plan.hpp"

#include <atomic>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "host/base/parallel.hpp"
#include "host/base/signals.hpp"
#include "host/command/load_visibly.hpp"
#include "host/files/output_file.hpp"
#include "host/instances/instance.hpp"
#include "host/report/elapsed_line.hpp"
#include "host/report/option_words.hpp"
#include "host/report/plan_report.hpp"
#include "host/report/progress.hpp"
#include "host/report/report.hpp"
#include "host/run/settings.hpp"
#include "wend/error.hpp"

namespace wend {
namespace {

using Path = std::filesystem::path;

void check_input(const PlanCommand& command, const Path& input, const std::string& what) {
  if (command.json && same_file(*command.json, input))
    throw Error(ErrorKind::kUsage, "--json: is " + what);
}

Plan measure(const Instance& instance, const PlanCommand& command, const std::atomic<bool>& stop) {
  RunningLine line;
  if (command.quiet || !line.is_shown())
    return plan(instance, command.options, command.budget, stop);
  const ElapsedLine measuring(line, "pilots of every algorithm");
  return plan(instance, command.options, command.budget, stop,
              [&](const OracleWait& wait) { line.show([&] { return waiting_line(wait, stop); }); });
}

}  // namespace

Outcome run_plan(const PlanCommand& asked) {
  PlanCommand command = asked;
  command.options.threads = resolve_threads(command.options.threads);
  if (command.stop_signal) also_stop_on(*command.stop_signal);
  check_input(command, command.instance, "the instance file");
  const std::shared_ptr<const Instance> instance =
      load_visibly(command.instance, command.load, command.quiet);
  const InstanceFacts& facts = instance->facts();
  if (!command.asking_option.empty() && command.options.engine != EngineKind::kLockstep &&
      !facts.asked)
    throw Error(ErrorKind::kUsage,
                command.asking_option + ": " + option_words(only_lockstep(facts)));
  for (const Path& file : facts.files)
    check_input(command, file, file.string() + ", which the instance reads");
  // A file that cannot be written is known before anything is measured. Waiting for the reader of a
  // pipe may be given up at any time; a temporary file must not be left behind.
  std::optional<OutputFile> json;
  if (command.json && is_stream(*command.json)) json.emplace(*command.json);
  const std::atomic<bool>& stop = begin_stoppable();
  if (command.json && !is_stream(*command.json)) json.emplace(*command.json);

  const Plan planned = measure(*instance, command, stop);

  const PlanFacts plan_facts{command.budget, command.load.allow_plugins};
  if (json) {
    json->write(json_text(plan_report(facts, command.options, plan_facts, planned)));
    json->commit();
  }
  Outcome outcome;
  outcome.text = plan_table(facts, command.options, plan_facts, planned);
  if (json)
    outcome.text_is = is_standard_output(*command.json) ? Outcome::TextIs::kMessageAside
                                                        : Outcome::TextIs::kMessage;
  if (planned.partial) outcome.status = static_cast<int>(ErrorKind::kInterrupted);
  return outcome;
}

}  // namespace wend
