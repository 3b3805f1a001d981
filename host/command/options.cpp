#include "host/command/options.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <functional>
#include <string_view>
#include <vector>

#include "host/command/adapt_options.hpp"
#include "host/command/common_options.hpp"
#include "host/command/drawing_options.hpp"
#include "host/command/option_values.hpp"
#include "host/command/suggestion.hpp"
#include "host/files/output_target.hpp"
#include "wend/error.hpp"

namespace wend {
namespace {

std::filesystem::path output_path(const std::string& text) {
  std::filesystem::path path(text);
  if (path.extension() != ".npz" && path.extension() != ".csv" && !is_stream(path)) {
    refuse("--output", "'" + text + "' does not end in .npz or .csv");
  }
  return path;
}

/// The options of `wend sample` that say what is drawn.
void add_sampling_options(CLI::App& app, SampleOptions& options) {
  const auto add = std::bind_front(add_option, std::ref(app));
  add(
      "--algorithm", "NAME",
      [&options](const std::string& text) {
        options.algorithm = choice("--algorithm", text, kAlgorithmChoices);
      },
      "auto (default: what pilots find cheapest), jerrum-sinclair, lifted, sequential or "
      "class-elimination");
  add(
      "--correct", "NAME",
      [&options](const std::string& text) {
        options.correction = choice("--correct", text,
                                    std::array{Correction::kReject, Correction::kWeight,
                                               Correction::kNone, Correction::kWalk});
      },
      "sequential: reject (default), weight or none; class-elimination: walk");
  add_drawing_options(app, options);
}

/// Those of class-elimination alone.
constexpr std::array kClassOptions = {"--version-space", "--replicates", "--audit"};

void add_class_options(CLI::App& app, SampleOptions& options) {
  app.add_option_function<std::string>(
         "--version-space",
         [&options](const std::string& text) {
           options.version_space =
               choice("--version-space", text,
                      std::array{VersionSpace::kShared, VersionSpace::kIndependent});
         },
         "class-elimination only: chains share what they learn (shared, default), or each is an "
         "experiment of its own (independent)")
      ->type_name("NAME");
  app.add_flag("--replicates", options.replicates,
               "with --version-space independent: each chain has a truth and a noise of its own")
      ->disable_flag_override();
  app.add_flag("--audit", options.audit,
               "class-elimination only: ask at the leaves of the one member left, too")
      ->disable_flag_override();
}

/// Of a command that draws.
template <class Drawing>
void add_output_options(CLI::App& app, Drawing& command) {
  app.add_option_function<std::string>(
         "--output", [&command](const std::string& text) { command.output = output_path(text); },
         "write the samples to this .npz or .csv file; as CSV to a pipe or a device, - for "
         "standard output")
      ->type_name("FILE");
  app.add_option_function<std::string>(
         "--report", [&command](const std::string& text) { command.report = text; },
         "write a JSON report of the run to this file, - for standard output")
      ->type_name("FILE");
  add_stop_signal(app, command.stop_signal);
  app.add_flag("--quiet", command.quiet, "print nothing but errors")->disable_flag_override();
}

CLI::App* add_command(CLI::App& app, const std::string& name, const std::string& help,
                      std::filesystem::path& instance, LoadOptions& load) {
  CLI::App* command = app.add_subcommand(name, help);
  command
      ->add_flag("--allow-plugins", load.allow_plugins,
                 "load the library that an instance of kind \"external\" names, and run its code")
      ->disable_flag_override();
  command
      ->add_option_function<std::string>(
          "INSTANCE", [&instance](const std::string& text) { instance = text; },
          "the instance, a JSON file")
      ->required()
      ->type_name("");
  return command;
}

/// Where no algorithm is named, options that go with one alone name it.
void decide_algorithm(const CLI::App& app, SampleCommand& command) {
  SampleOptions& options = command.options;
  if (options.algorithm != Algorithm::kAuto) return;
  if (app.count("--correct") > 0) {
    options.algorithm = options.correction == Correction::kWalk ? Algorithm::kClassElimination
                                                                : Algorithm::kSequential;
    if (options.correction == Correction::kWalk) command.class_option = "--correct walk";
    return;
  }
  for (const char* option : kClassOptions) {
    if (app.count(option) == 0) continue;
    options.algorithm = Algorithm::kClassElimination;
    command.class_option = option;
  }
}

/// The rules between options that resolve_settings() cannot see: it knows a default from nothing
/// asked.
void check_sample(const CLI::App& app, SampleCommand& command) {
  SampleOptions& options = command.options;
  decide_algorithm(app, command);
  if (options.algorithm != Algorithm::kSequential && options.correction != Correction::kWalk &&
      app.count("--correct") > 0) {
    refuse("--correct", "only goes with --algorithm sequential");
  }
  // Whether `auto` is lockstep the instance decides.
  command.asking_option = asking_option(app);
  if (!command.asking_option.empty() && options.algorithm == Algorithm::kClassElimination)
    refuse(command.asking_option, "does not go with class-elimination");
  if (!command.asking_option.empty() && options.engine == EngineKind::kFused)
    refuse(command.asking_option, "only goes with --engine lockstep");
  if (options.algorithm == Algorithm::kClassElimination) {
    if (options.engine != EngineKind::kAuto)
      refuse("--engine", "class-elimination has an engine of its own");
    return;
  }
  if (options.algorithm == Algorithm::kAuto) return;
  for (const char* option : kClassOptions) {
    if (app.count(option) > 0) refuse(option, "only goes with --algorithm class-elimination");
  }
}

constexpr const char* kCommands = "sample, estimate, baseline, inspect, plan or throughput";

/// What could stand in an argument's place: the options of the command that is asked for, or the
/// commands.
std::vector<std::string> names_of(const CLI::App& app) {
  std::vector<std::string> names;
  const std::vector<CLI::App*> asked = app.get_subcommands();
  const CLI::App& owner = asked.empty() ? app : *asked.front();
  for (const CLI::Option* option : owner.get_options())
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  for (const CLI::App* command : owner.get_subcommands({})) names.push_back(command->get_name());
  return names;
}

/// What a plan has unasked.
std::string in_plans(const CLI::App& app, const std::string& name) {
  if (!app.got_subcommand("plan")) return "";
  if (name == "--algorithm") return "; a plan is of all algorithms";
  if (name == "--adapt") return "; a plan says in any case what --adapt auto would bring";
  return "";
}

/// CLI11 lists them last to first.
std::string unexpected(const CLI::App& app) {
  const std::vector<std::string> arguments = app.remaining(true);
  std::string text = fmt::format(
      "{} not expected: {}",
      arguments.size() > 1 ? "The following arguments were" : "The following argument was",
      fmt::join(arguments, " "));
  const std::vector<std::string> names = names_of(app);
  for (const std::string& argument : arguments) {
    const std::string name = argument.substr(0, argument.find('='));
    if (const std::string hint = in_plans(app, name); !hint.empty()) return text + hint;
    if (std::ranges::find(names, name) != names.end())
      return text + "; options come after the command";
    if (const auto meant = suggestion(name, names))
      return text + fmt::format("; did you mean {}?", *meant);
  }
  if (app.get_subcommands().empty()) text += fmt::format("; a command comes first: {}", kCommands);
  return text;
}

// CLI11 counts: "--seed: 1 required N missing", "--seed: At Most 1 required but received 2".
std::string mismatch(const std::string& text) {
  const std::string option = text.substr(0, text.find(':'));
  if (text.find(": At Most 1 ") != std::string::npos) return option + ": is given more than once";
  if (text.find(": 1 required ") != std::string::npos) return option + ": needs a value";
  return text;
}

std::string one_line(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

}  // namespace

Command parse_command_line(int argc, const char* const* argv) {
  CLI::App app(
      "Draws exact samples from a distribution over sequences, given an approximate mass estimate "
      "for every prefix.",
      "wend");
  app.get_formatter()->column_width(36);
  bool version = false;
  app.add_flag("--version", version, "print the version and what it was built with")
      ->disable_flag_override();

  SampleCommand sample;
  CLI::App* sample_app = add_command(app, "sample", "draw samples", sample.instance, sample.load);
  add_sampling_options(*sample_app, sample.options);
  add_adapt_options(*sample_app, sample.options);
  add_class_options(*sample_app, sample.options);
  add_output_options(*sample_app, sample);

  EstimateCommand estimate;
  CLI::App* estimate_app =
      add_command(app, "estimate", "estimate means over the target, and its total mass",
                  estimate.instance, estimate.load);
  add_estimate_options(*estimate_app, estimate);

  BaselineCommand baseline;
  CLI::App* baseline_app = add_command(app, "baseline", "draw by a simpler method, to compare with",
                                       baseline.instance, baseline.load);
  add_baseline_options(*baseline_app, baseline);
  add_output_options(*baseline_app, baseline);

  InspectCommand inspect;
  CLI::App* inspect_app =
      add_command(app, "inspect", "print an instance's sizes, accuracy and plans", inspect.instance,
                  inspect.load);
  inspect_app->add_flag("--json", inspect.json, "print a JSON object")->disable_flag_override();

  PlanCommand plan;
  CLI::App* plan_app =
      add_command(app, "plan", "find out what each algorithm would take, and which to run",
                  plan.instance, plan.load);
  add_plan_options(*plan_app, plan);

  ThroughputCommand throughput;
  CLI::App* throughput_app =
      add_command(app, "throughput", "measure evaluations a second, and where the time goes",
                  throughput.instance, throughput.load);
  add_throughput_options(*throughput_app, throughput);
  app.require_subcommand(0, 1);

  try {
    app.parse(argc, argv);
    if (sample_app->parsed()) check_sample(*sample_app, sample);
    if (estimate_app->parsed()) estimate.asking_option = asking_option(*estimate_app);
    if (baseline_app->parsed()) check_baseline(*baseline_app, baseline);
    if (plan_app->parsed()) check_plan(*plan_app, plan);
  } catch (const CLI::CallForHelp&) {
    const CLI::App* asked = sample_app->parsed()       ? sample_app
                            : estimate_app->parsed()   ? estimate_app
                            : baseline_app->parsed()   ? baseline_app
                            : inspect_app->parsed()    ? inspect_app
                            : plan_app->parsed()       ? plan_app
                            : throughput_app->parsed() ? throughput_app
                                                       : &app;
    return HelpCommand{asked->help(asked == &app ? "" : "wend")};
  } catch (const CLI::ExtrasError&) {
    throw Error(ErrorKind::kUsage, one_line(unexpected(app)));
  } catch (const CLI::ArgumentMismatch& error) {
    throw Error(ErrorKind::kUsage, one_line(mismatch(error.what())));
  } catch (const CLI::ParseError& error) {
    throw Error(ErrorKind::kUsage, one_line(error.what()));
  }
  if (version) return VersionCommand{};
  if (sample_app->parsed()) return sample;
  if (estimate_app->parsed()) return estimate;
  if (baseline_app->parsed()) return baseline;
  if (inspect_app->parsed()) return inspect;
  if (plan_app->parsed()) return plan;
  if (throughput_app->parsed()) return throughput;
  throw Error(ErrorKind::kUsage,
              fmt::format("a command is needed: {} (see wend --help)", kCommands));
}

}  // namespace wend
