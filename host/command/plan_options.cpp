#include "host/command/plan_options.hpp"

#include "host/command/common_options.hpp"
#include "host/command/drawing_options.hpp"
#include "host/command/option_values.hpp"

namespace wend {

void add_plan_options(CLI::App& app, PlanCommand& command) {
  add_drawing_options(app, command.options);
  add_option(
      app, "--budget", "N",
      [&command](const std::string& text) {
        command.budget = integer("--budget", text, 1, kMost64);
      },
      "queries of all pilots, at most (default a tenth of what the run would take)");
  add_option(
      app, "--json", "FILE", [&command](const std::string& text) { command.json = text; },
      "write the plan to this file as JSON, - for standard output");
  add_stop_signal(app, command.stop_signal);
  app.add_flag("--quiet", command.quiet, "no running line on a terminal")->disable_flag_override();
}

void check_plan(const CLI::App& app, PlanCommand& command) {
  command.asking_option = asking_option(app);
  if (!command.asking_option.empty() && command.options.engine == EngineKind::kFused)
    refuse(command.asking_option, "only goes with --engine lockstep");
}

}  // namespace wend
