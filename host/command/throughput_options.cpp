#include "host/command/throughput_options.hpp"

#include <string>
#include <vector>

#include "host/command/common_options.hpp"
#include "host/command/option_values.hpp"
#include "host/files/output_target.hpp"

namespace wend {
namespace {

constexpr double kMostSeconds = 3600;

/// "N[,N..]", once or several times.
template <class Number>
void add_list(CLI::App& app, const std::string& name, std::vector<Number>& values,
              const std::string& help) {
  app.add_option_function<std::vector<std::string>>(
         name,
         [&values, name](const std::vector<std::string>& texts) {
           for (const std::string& text : texts)
             values.push_back(static_cast<Number>(integer(name, text, 1, kMost32)));
         },
         help)
      ->delimiter(',')
      ->type_name("N[,N..]")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

}  // namespace

void add_throughput_options(CLI::App& app, ThroughputCommand& command) {
  ThroughputOptions& options = command.options;
  add_option(
      app, "--algorithm", "NAME",
      [&options](const std::string& text) {
        options.algorithm = choice("--algorithm", text, kAlgorithms);
      },
      "whose chains run: jerrum-sinclair, lifted (default) or sequential (uncorrected)");
  add_option(
      app, "--seconds", "X",
      [&options](const std::string& text) {
        options.seconds = number("--seconds", text, "above 0, of 3600 at most",
                                 [](double x) { return x > 0 && x <= kMostSeconds; });
      },
      "what each row of the tables takes (default 0.5)");
  add_list(app, "--batch", options.batch,
           "nodes of a call of the oracle alone (default 1, 2, 4, .. up to its limit, or 4096)");
  add_list(app, "--chains", options.chains,
           "chains of a run (default 1, 16, 64, 256, 1024, 4096, as far as they fit)");
  add_backend(app, options.backend);
  add_run_options(app, options.seed, options.threads);
  add_asking_options(app, options.memo_bytes, options.max_batch);
  add_option(
      app, "--json", "FILE", [&command](const std::string& text) { command.json = text; },
      "write a JSON object of all figures to this file, - for standard output");
  add_option(
      app, "--plot", "FILE",
      [&command](const std::string& text) {
        const std::filesystem::path path(text);
        if (path.extension() != ".svg" && !is_stream(path))
          refuse("--plot", "'" + text + "' does not end in .svg");
        command.plot = path;
      },
      "write a plot of evaluations a second to this .svg file");
  add_stop_signal(app, command.stop_signal);
  app.add_flag("--quiet", command.quiet, "no running line on a terminal")->disable_flag_override();
}

}  // namespace wend
