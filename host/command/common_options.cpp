#include "host/command/common_options.hpp"

#include <csignal>

#include "host/command/option_values.hpp"

namespace wend {
namespace {

constexpr std::uint64_t kMostThreads = 4096;
constexpr std::array kAskingOptions = {"--memo", "--max-batch", "--self-test"};

}  // namespace

void add_run_options(CLI::App& app, std::uint64_t& seed, unsigned& threads) {
  add_option(
      app, "--seed", "N",
      [&seed](const std::string& text) { seed = integer("--seed", text, 0, kMost64); },
      "seed of the random streams (default 0)");
  add_option(
      app, "--threads", "N",
      [&threads](const std::string& text) {
        threads = static_cast<unsigned>(integer("--threads", text, 1, kMostThreads));
      },
      "threads of the CPU (default one a core)");
}

void add_backend(CLI::App& app, Backend& backend) {
  add_option(
      app, "--backend", "NAME",
      [&backend](const std::string& text) {
        backend =
            choice("--backend", text, std::array{Backend::kAuto, Backend::kCpu, Backend::kCuda});
      },
      "auto (default), cpu or cuda");
}

void add_asking_options(CLI::App& app, std::optional<std::uint64_t>& memo_bytes,
                        std::uint32_t& max_batch) {
  add_option(
      app, "--memo", "BYTES",
      [&memo_bytes](const std::string& text) { memo_bytes = byte_count("--memo", text); },
      "of what is asked: memory for rows that all chains share, 0 for none (default a quarter of "
      "what is free; of tables 0)");
  add_option(
      app, "--max-batch", "N",
      [&max_batch](const std::string& text) {
        max_batch = static_cast<std::uint32_t>(integer("--max-batch", text, 1, kMost32));
      },
      "of what is asked: nodes of a call, at most (default its own limit)");
}

void add_self_test(CLI::App& app, SelfTest& test) {
  add_option(
      app, "--self-test", "NAME",
      [&test](const std::string& text) {
        test = choice("--self-test", text,
                      std::array{SelfTest::kRefuse, SelfTest::kPin, SelfTest::kOff});
      },
      "of what is asked: an oracle whose answers for a prefix differ is refused (refuse, default), "
      "or its first ones are kept (pin); off does not look");
}

std::string asking_option(const CLI::App& app) {
  std::string given;
  for (const char* option : kAskingOptions)
    if (app.count(option) > 0) given = option;
  return given;
}

void add_stop_signal(CLI::App& app, std::optional<int>& signal) {
  app.add_option_function<std::string>(
         "--stop-signal",
         [&signal](const std::string& text) {
           if (text != "USR1" && text != "USR2")
             refuse("--stop-signal", "'" + text + "' is not USR1 or USR2");
           signal = text == "USR1" ? SIGUSR1 : SIGUSR2;
         },
         "one more signal, USR1 or USR2, that asks for an early end, as INT, TERM, HUP and XCPU do")
      ->type_name("NAME");
}

}  // namespace wend
