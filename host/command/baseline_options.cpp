#include "host/command/baseline_options.hpp"

#include <cmath>
#include <functional>
#include <string>

#include "host/command/common_options.hpp"
#include "host/command/option_values.hpp"

namespace wend {
void add_baseline_options(CLI::App& app, BaselineCommand& command) {
  BaselineOptions& options = command.options;
  const auto add = std::bind_front(add_option, std::ref(app));
  add(
      "--method", "NAME",
      [&options](const std::string& text) {
        options.method = choice("--method", text, kBaselines);
      },
      "rejection, memo-rejection, best-of, masking, low-temperature or suffix-mh");
  app.add_flag("--compare", command.compare,
               "run all methods that fit, and wend's own, on one budget, and print a table")
      ->disable_flag_override();
  add(
      "--power", "X",
      [&options](const std::string& text) {
        options.power =
            number("--power", text, "above 0", [](double x) { return std::isfinite(x) && x > 0; });
      },
      "the target is the base to this power, times the factors (default 1)");
  add(
      "--best-of", "N",
      [&options](const std::string& text) {
        options.best_of = static_cast<std::uint32_t>(integer("--best-of", text, 1, kMost32));
      },
      "best-of only: forward draws to choose from (default 16)");
  add(
      "--steps", "K",
      [&options](const std::string& text) {
        options.steps = static_cast<std::uint32_t>(integer("--steps", text, 1, kMost32));
      },
      "suffix-mh only: steps from one kept draw of a chain to its next (default 16)");
  add(
      "--proposal", "NAME",
      [&options](const std::string& text) {
        options.proposal = choice("--proposal", text, kSuffixProposals);
      },
      "suffix-mh only: rows that suffixes are drawn by, base (default) or low-temperature");
  add(
      "--samples", "N",
      [&options](const std::string& text) {
        options.samples = integer("--samples", text, 1, kMostSamples);
      },
      "samples to draw, over all chains (default 1000)");
  add(
      "--chains", "N",
      [&options](const std::string& text) {
        options.chains = integer("--chains", text, 1, kMost32);
      },
      "independent chains (default samples/16, from 1 to 1024; with --compare 16)");
  add(
      "--max-queries", "N",
      [&options](const std::string& text) {
        options.max_queries = integer("--max-queries", text, 1, kMost64);
      },
      "queries after which the run ends with what was drawn (default no limit)");
  add(
      "--max-evaluations", "N",
      [&options](const std::string& text) {
        options.max_evaluations = integer("--max-evaluations", text, 1, kMost64 >> 16U);
      },
      "rows of the base after which it ends (default no limit; with --compare 2000 a method)");
  add_run_options(app, options.seed, options.threads);
  add_asking_options(app, options.memo_bytes, options.max_batch);
}

void check_baseline(const CLI::App& app, const BaselineCommand& command) {
  const bool method = app.count("--method") > 0;
  if (method && command.compare) refuse("--compare", "does not go with --method");
  if (!method && !command.compare) refuse("--method", "is needed, or --compare");
  if (command.compare) {
    for (const char* option : {"--samples", "--max-queries", "--output", "--report"})
      if (app.count(option) > 0) refuse(option, "does not go with --compare");
    return;
  }
  if (command.options.method != Baseline::kBestOf && app.count("--best-of") > 0)
    refuse("--best-of", "only goes with --method best-of");
  for (const char* option : {"--steps", "--proposal"})
    if (command.options.method != Baseline::kSuffixMh && app.count(option) > 0)
      refuse(option, "only goes with --method suffix-mh");
}

}  // namespace wend
