#include "host/command/estimate_options.hpp"

#include <cmath>
#include <functional>
#include <limits>
#include <string>

#include "host/command/common_options.hpp"
#include "host/command/option_values.hpp"

namespace wend {
namespace {

/// "NAME[,NAME..]", once or several times: the first time it replaces the default.
void add_of(CLI::App& app, MeansOptions& options) {
  app.add_option_function<std::vector<std::string>>(
         "--of",
         [&options](const std::vector<std::string>& names) {
           options.of.clear();
           for (const std::string& name : names)
             options.of.push_back(choice("--of", name, kMeansOf));
         },
         "what to estimate: marginals, log-mass, log-z (these three by default), length (of a "
         "corpus's words), symbols; several with commas between them")
      ->delimiter(',')
      ->type_name("NAME[,NAME..]")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

}  // namespace

void add_estimate_options(CLI::App& app, EstimateCommand& command) {
  MeansOptions& options = command.options;
  const auto add = std::bind_front(add_option, std::ref(app));
  const auto positive = [](double x) { return std::isfinite(x) && x > 0; };
  add_of(app, options);
  add(
      "--algorithm", "NAME",
      [&options](const std::string& text) {
        options.algorithm = choice("--algorithm", text, kAlgorithms);
      },
      "jerrum-sinclair, lifted (default), sequential or class-elimination");
  add(
      "--relative-error", "X",
      [&options, positive](const std::string& text) {
        options.relative_error = number("--relative-error", text, "above 0", positive);
      },
      "go on until all standard errors are as small (default 0.01)");
  add(
      "--queries", "N",
      [&options](const std::string& text) {
        options.queries = integer("--queries", text, 1, kMost64);
      },
      "go on until so many queries are asked, instead");
  add(
      "--chains", "N",
      [&options](const std::string& text) {
        options.chains = integer("--chains", text, 1, std::numeric_limits<std::uint32_t>::max());
      },
      "independent chains (default 64)");
  add(
      "--kappa", "X",
      [&options](const std::string& text) {
        options.kappa = number("--kappa", text, "of at least 1",
                               [](double x) { return std::isfinite(x) && x >= 1; });
      },
      "class-elimination only: the oracle's accuracy, in place of the instance's");
  add(
      "--delta", "X",
      [&options](const std::string& text) {
        options.delta =
            number("--delta", text, "between 0 and 1", [](double x) { return x > 0 && x < 1; });
      },
      "class-elimination only: total-variation distance accepted (default 0.01)");
  add_run_options(app, options.seed, options.threads);
  add_asking_options(app, options.memo_bytes, options.max_batch);
  add_self_test(app, options.self_test);
  add_stop_signal(app, command.stop_signal);
  app.add_flag("--json", command.json, "print a JSON object")->disable_flag_override();
  app.add_flag("--quiet", command.quiet, "no running line on a terminal")->disable_flag_override();
}

}  // namespace wend
