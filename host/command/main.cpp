#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <new>
#include <string>
#include <variant>

#include "host/command/estimate.hpp"
#include "host/command/inspect.hpp"
#include "host/command/options.hpp"
#include "host/command/sample.hpp"
#include "host/report/option_words.hpp"
#include "host/report/version.hpp"
#include "wend/error.hpp"

namespace wend {
namespace {

int run(const SampleCommand& command) { return run_sample(command); }

int run(const EstimateCommand& command) { return run_estimate(command); }

int run(const InspectCommand& command) {
  run_inspect(command);
  return 0;
}

int run(const HelpCommand& command) {
  fmt::print("{}", command.text);
  return 0;
}

int run(const VersionCommand& /*command*/) {
  fmt::print("{}", version_text());
  return 0;
}

/// What was printed may have gone to a full disk: that is only seen now.
void finish_output() {
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
    throw Error(ErrorKind::kRuntime,
                fmt::format("standard output: cannot be written: {}", std::strerror(errno)));
  }
}

int fail(int status, std::string message) {
  for (char& c : message) {
    if (c == '\n' || c == '\r') c = ' ';
  }
  fmt::print(stderr, "wend: {}\n", message);
  return status;
}

int run_command_line(int argc, const char* const* argv) {
  try {
    const Command command = parse_command_line(argc, argv);
    const int status = std::visit([](const auto& asked) { return run(asked); }, command);
    finish_output();
    return status;
  } catch (const Error& error) {
    return fail(error.exit_status(), option_words(error));
  } catch (const std::bad_alloc&) {
    return fail(static_cast<int>(ErrorKind::kRuntime), "not enough memory");
  } catch (const std::exception& error) {
    return fail(static_cast<int>(ErrorKind::kRuntime), error.what());
  }
}

}  // namespace
}  // namespace wend

int main(int argc, char** argv) { return wend::run_command_line(argc, argv); }
