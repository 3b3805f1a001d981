#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <exception>
#include <new>
#include <string>
#include <string_view>
#include <system_error>
#include <variant>

#include "host/base/console.hpp"
#include "host/base/signals.hpp"
#include "host/command/baseline.hpp"
#include "host/command/estimate.hpp"
#include "host/command/inspect.hpp"
#include "host/command/options.hpp"
#include "host/command/outcome.hpp"
#include "host/command/plan.hpp"
#include "host/command/sample.hpp"
#include "host/command/throughput.hpp"
#include "host/report/option_words.hpp"
#include "host/report/version.hpp"
#include "wend/error.hpp"

namespace wend {
namespace {

Outcome run(const SampleCommand& command) { return run_sample(command); }

Outcome run(const EstimateCommand& command) { return run_estimate(command); }

Outcome run(const BaselineCommand& command) { return run_baseline_command(command); }

Outcome run(const InspectCommand& command) { return {0, run_inspect(command), {}}; }

Outcome run(const PlanCommand& command) { return run_plan(command); }

Outcome run(const ThroughputCommand& command) { return run_throughput(command); }

Outcome run(const HelpCommand& command) { return {0, command.text, {}}; }

Outcome run(const VersionCommand& /*command*/) { return {0, version_text(), {}}; }

template <class Asked>
std::string instance_path(const Asked& asked) {
  if constexpr (requires { asked.instance; }) return asked.instance.string();
  return {};
}

std::string instance_of(const Command& command) {
  return std::visit([](const auto& asked) { return instance_path(asked); }, command);
}

int fail(ErrorKind kind, std::string_view message) noexcept {
  print_error(message);
  return static_cast<int>(kind);
}

/// A terminal, even one that is gone.
bool is_device(int descriptor) {
  struct stat status = {};
  return ::fstat(descriptor, &status) == 0 && S_ISCHR(status.st_mode);
}

/// The exit status. That whoever reads a pipe has seen enough, or a terminal is gone, is no error.
int print(const Outcome& outcome) {
  const bool aside = outcome.text_is == Outcome::TextIs::kMessageAside;
  const int descriptor = aside ? STDERR_FILENO : STDOUT_FILENO;
  const int error = write_text(descriptor, outcome.text);
  if (error == 0 || error == EPIPE) return outcome.status;
  if (error == EIO && is_device(descriptor)) return outcome.status;
  if (outcome.text_is != Outcome::TextIs::kOutput) return outcome.status;
  const int status = fail(ErrorKind::kRuntime, "standard output: cannot be written: " +
                                                   std::generic_category().message(error));
  return outcome.status == 0 ? status : outcome.status;
}

int run_command_line(int argc, const char* const* argv) {
  std::string instance;  // that memory would not do for
  try {
    const Command command = parse_command_line(argc, argv);
    instance = instance_of(command);
    instance.reserve(instance.size() + 32);
    const Outcome outcome = std::visit([](const auto& asked) { return run(asked); }, command);
    const int status = print(outcome);
    if (!outcome.error.empty()) print_error(outcome.error);
    return status;
  } catch (const Error& error) {
    return fail(error.kind(), option_words(error));
  } catch (const std::bad_alloc&) {
    if (instance.empty()) return fail(ErrorKind::kRuntime, "not enough memory");
    return fail(ErrorKind::kRuntime, instance += ": not enough memory");  // it has room for that
  } catch (const std::exception& error) {
    return fail(ErrorKind::kRuntime, error.what());
  }
}

}  // namespace
}  // namespace wend

int main(int argc, char** argv) {
  wend::keep_standard_descriptors();
  wend::handle_signals();
  return wend::run_command_line(argc, argv);
}
