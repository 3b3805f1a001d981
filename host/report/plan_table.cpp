#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "host/base/number_text.hpp"
#include "host/base/printable.hpp"
#include "host/report/option_words.hpp"
#include "host/report/plan_report.hpp"
#include "host/report/summary.hpp"

namespace wend {
namespace {

template <class Value>
std::string known(const std::optional<Value>& value) {
  return value && std::isfinite(*value) ? grouped(static_cast<double>(*value)) : "-";
}

/// Visits are whole numbers.
std::string visits_text(const std::optional<double>& visits) {
  return visits && *visits < 0x1p53 ? grouped(static_cast<std::uint64_t>(*visits)) : known(visits);
}

std::string count_text(double count) { return std::isfinite(count) ? grouped(count) : "-"; }

std::string seconds_text(const std::optional<double>& seconds) {
  if (!seconds) return "-";
  return *seconds < 100 ? fmt::format("{:.2g} s", *seconds) : clock_time(*seconds);
}

std::string row(const Candidate& candidate, const Choice& choice) {
  if (!candidate.unfit.empty())
    return fmt::format("{:<26} does not fit: {}\n", candidate.name, option_words(candidate.unfit));
  const std::string thin =
      candidate.thin != 0 ? grouped(std::uint64_t{candidate.thin}) : std::string("-");
  const std::string range =
      std::isfinite(candidate.cost.high)
          ? fmt::format("{} to {}", count_text(candidate.cost.low), count_text(candidate.cost.high))
          : fmt::format("{} or more", count_text(candidate.cost.low));
  const double all = choice.by_evaluations ? candidate.evaluations.value_or(0) : candidate.queries;
  return fmt::format(
      "{:<26} {:>10} {:>10} {:>8} {:>8} {:>12} {:>24} {:>16} {:>9}  {}\n", candidate.name,
      visits_text(candidate.proven_visits), visits_text(candidate.measured_visits), thin,
      grouped(candidate.chains), count_text(candidate.cost.value), range, count_text(all),
      seconds_text(candidate.seconds),
      candidate.tv ? fmt::format("{}, TV {:.3g}", to_string(candidate.guarantee), *candidate.tv)
                   : std::string(to_string(candidate.guarantee)));
}

/// What training would bring, and whether that is less than what is recommended.
std::string trained_table(const Adaptation& adaptation, const Choice& choice) {
  std::size_t width = 34;
  for (const AdaptedFamily& family : adaptation.families)
    width = std::max(width, family.name.size());
  std::string text = fmt::format(
      "\n{:<{}} {:>16} {:>10}  (lifted, --adapt, the pilot run that K takes counted in; {} queries "
      "by scouts)\n",
      "trained estimates", width + 2, choice.by_evaluations ? "eval. a draw" : "queries a draw",
      "by visits", grouped(adaptation.queries));
  const AdaptedFamily* least = nullptr;
  for (const AdaptedFamily& family : adaptation.families) {
    text += fmt::format("  {:<{}} {:>16} {:>10}{}\n", family.name, width,
                        count_text(family.evaluations.value_or(family.cost)),
                        family.visits > 0 ? grouped(family.visits) : "-",
                        family.at_least ? "  by the tours seen" : "");
    if (family.name == adaptation.family) least = &family;
  }
  const bool known = !choice.best().acceptance || choice.best().acceptance->low > 0;
  if (least == nullptr || !std::isfinite(least->cost) || !known) return text;
  return text + (least->evaluations.value_or(least->cost) < choice.best().cost.value
                     ? fmt::format("  fewer than what is recommended, as far as scouts have seen: "
                                   "`--adapt auto` may pay, with a weaker guarantee\n")
                     : "  no fewer than what is recommended\n");
}

/// What the pilot of one has shown beside what it costs.
std::string shown(const Candidate& candidate) {
  if (!candidate.unfit.empty() || candidate.measured_by.empty()) return {};
  std::string text = candidate.measured_by;
  if (candidate.visits_per_tour)
    text += fmt::format("; {:.3g} leaf visits a tour", *candidate.visits_per_tour);
  if (candidate.autocorrelation)
    text += fmt::format(", {:.3g} of them worth an independent one", *candidate.autocorrelation);
  if (candidate.acceptance)
    text += fmt::format("; accepted {:.3g} ({:.3g} to {:.3g})", candidate.acceptance->value,
                        candidate.acceptance->low, candidate.acceptance->high);
  return fmt::format("  {:<24} {}\n", candidate.name, text);
}

}  // namespace

std::string plan_table(const InstanceFacts& facts, const SampleOptions& options,
                       const PlanFacts& asked, const Plan& planned) {
  const Choice& choice = planned.choice;
  const char* unit = choice.by_evaluations ? "evaluations" : "queries";
  std::string text;
  add_line(text, "instance", instance_text(facts));
  add_line(text, "for",
           fmt::format("{} samples, delta {}", grouped(options.samples), options.delta));
  add_line(text, "pilots",
           fmt::format("{} queries{} in {:.2f} s{}", grouped(choice.pilot_queries),
                       choice.by_evaluations
                           ? fmt::format(", {} evaluations", grouped(choice.pilot_evaluations))
                           : "",
                       planned.seconds, planned.partial ? ", interrupted" : ""));
  if (planned.batch != 0)
    add_line(text, "batch", fmt::format("{} nodes at most", grouped(std::uint64_t{planned.batch})));
  const auto most = std::ranges::max_element(choice.least_kappa);
  if (most != choice.least_kappa.end() && *most > 0)
    add_line(text, "kappa",
             std::isfinite(*most)
                 ? fmt::format("at least {:.4g}, at depth {} (nodes that pilots asked for)", *most,
                               most - choice.least_kappa.begin() + 1)
                 : std::string("none holds: an estimate above nothing was met"));
  text += fmt::format("\n{:<26} {:>10} {:>10} {:>8} {:>8} {:>12} {:>24} {:>16} {:>9}  {}\n",
                      "algorithm", "K proven", "K measured", "thin", "chains",
                      fmt::format("{} a draw", choice.by_evaluations ? "eval." : "queries"),
                      "between", fmt::format("{} in all", unit), "time", "guarantee");
  for (const Candidate& candidate : choice.candidates) text += row(candidate, choice);
  std::string pilots;
  for (const Candidate& candidate : choice.candidates) pilots += shown(candidate);
  if (!pilots.empty()) text += "\nseen in pilots\n" + pilots;
  if (planned.adaptation) text += trained_table(*planned.adaptation, choice);
  text += "\n";
  add_line(text, "recommended", option_words(choice.why));
  add_line(text, "run it by", printable(plan_command(facts, options, asked, planned), 4096));
  return text;
}

}  // namespace wend
