#include "host/command/throughput.hpp"

#include <atomic>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "host/base/parallel.hpp"
#include "host/base/signals.hpp"
#include "host/command/load_visibly.hpp"
#include "host/files/output_file.hpp"
#include "host/instances/instance.hpp"
#include "host/report/progress.hpp"
#include "host/report/report.hpp"
#include "host/report/throughput_plot.hpp"
#include "host/report/throughput_report.hpp"
#include "host/report/throughput_table.hpp"
#include "wend/error.hpp"

namespace wend {
namespace {

using Path = std::filesystem::path;

void check_input(const ThroughputCommand& command, const Path& input, const std::string& what) {
  if (command.json && same_file(*command.json, input))
    throw Error(ErrorKind::kUsage, "--json: is " + what);
  if (command.plot && same_file(*command.plot, input))
    throw Error(ErrorKind::kUsage, "--plot: is " + what);
}

ThroughputResult measure(const Instance& instance, const ThroughputCommand& command,
                         const std::atomic<bool>& stop) {
  RunningLine line;
  if (command.quiet || !line.is_shown()) return measure_throughput(instance, command.options, stop);
  return measure_throughput(instance, command.options, stop,
                            [&line](const std::string& what) { line.show([&] { return what; }); });
}

void write(std::optional<OutputFile>& file, const std::string& text) {
  file->write(text);
  file->commit();
}

}  // namespace

Outcome run_throughput(const ThroughputCommand& asked) {
  ThroughputCommand command = asked;
  command.options.threads = resolve_threads(command.options.threads);
  if (command.stop_signal) also_stop_on(*command.stop_signal);
  check_input(command, command.instance, "the instance file");
  if (command.json && command.plot && same_file(*command.json, *command.plot))
    throw Error(ErrorKind::kUsage, "--plot: is the same file as --json");
  const std::shared_ptr<const Instance> instance =
      load_visibly(command.instance, command.load, command.quiet);
  const InstanceFacts& facts = instance->facts();
  for (const Path& file : facts.files)
    check_input(command, file, file.string() + ", which the instance reads");
  // Files that cannot be written are known before anything is measured. Waiting for the reader of
  // a pipe may be given up at any time; temporary files must not be left behind.
  std::optional<OutputFile> json;
  std::optional<OutputFile> plot;
  const auto open = [&](bool streams) {
    if (command.json && is_stream(*command.json) == streams) json.emplace(*command.json);
    if (command.plot && is_stream(*command.plot) == streams) plot.emplace(*command.plot);
  };
  open(true);
  const std::atomic<bool>& stop = begin_stoppable();
  open(false);

  const ThroughputResult result = measure(*instance, command, stop);

  if (json) write(json, json_text(throughput_report(facts, command.options, result)));
  if (plot) write(plot, throughput_plot(facts, command.options, result));
  Outcome outcome;
  outcome.text = throughput_table(facts, command.options, result);
  const auto on_standard_output = [](const std::optional<Path>& path) {
    return path && is_standard_output(*path);
  };
  if (json || plot) outcome.text_is = Outcome::TextIs::kMessage;
  if (on_standard_output(command.json) || on_standard_output(command.plot))
    outcome.text_is = Outcome::TextIs::kMessageAside;
  outcome.error = result.failure;
  if (!result.failure.empty())
    outcome.status = static_cast<int>(ErrorKind::kRuntime);
  else if (result.partial)
    outcome.status = static_cast<int>(ErrorKind::kInterrupted);
  return outcome;
}

}  // namespace wend
