#include "host/run/guarantee.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <utility>

#include "wend/bounds.hpp"

namespace wend {
namespace {

Guarantee no_guarantee(std::string why) {
  return {std::nullopt, GuaranteeKind::kNone, std::move(why)};
}

Guarantee sequential_guarantee(const InstanceFacts& facts, Correction correction,
                               const Counters& totals) {
  if (correction == Correction::kWeight)
    return no_guarantee("draws are biased; weighted by exp(log_weight) they are not");
  if (correction == Correction::kNone) return no_guarantee("draws are biased and not corrected");
  const double acceptance = static_cast<double>(totals.accepted) /
                            static_cast<double>(std::max<std::uint64_t>(1, totals.proposals));
  // A proposal's law is off by H rows' rounding; conditioning on acceptance divides by its
  // probability.
  return {std::min(1.0, rounding_distance(1.0, facts.alphabet, facts.horizon) / acceptance),
          GuaranteeKind::kProven,
          "accepted proposals have the target's law up to the rounding of probabilities to 2^-32"};
}

/// Whether proposals were accepted as often as they are where the class holds the target: with a
/// probability from (1 - delta / 2) / C to 1 / C. Six standard deviations tell: a false alarm has
/// a probability below 1e-8.
bool acceptance_fits(const Counters& totals, double bound, double delta) {
  const auto proposals = static_cast<double>(totals.proposals);
  if (totals.proposals == 0) return true;
  const auto accepted = static_cast<double>(totals.accepted);
  const double most = 1 / bound;
  const double margin = 6 * std::sqrt(proposals * most * (1 - most)) + 6;
  return accepted <= proposals * most + margin &&
         accepted >= proposals * most * (1 - delta / 2) - margin;
}

/// Where another instance answers: agreement shows nothing, but audits measure.
Guarantee audited_guarantee(const SampleOptions& options, const ClassResult& elimination) {
  const std::uint64_t audited = options.audit ? elimination.samples_direct : 0;
  if (audited == 0 || elimination.samples_certified > 0)
    return no_guarantee(
        "the oracle is another instance, and answers that agree with the class do not show that it "
        "holds the target; `audit` asks at every draw from one member left");
  // A member that is wrong on leaves of mass p under it passes n audits with probability
  // (1 - p)^n, and its distance from the target is at most p.
  return {std::min(1.0, std::log(100.0) / static_cast<double>(audited)), GuaranteeKind::kMeasured,
          fmt::format("the one member left agreed with the oracle at all {} audited leaves: a "
                      "larger distance passes with a probability below 1%",
                      audited)};
}

}  // namespace

Guarantee walk_guarantee(const InstanceFacts& facts, const SampleOptions& options,
                         const RunSettings& settings, const SampleResult& result) {
  if (result.budget_spent)
    return no_guarantee(
        "the queries of `max_queries` are used up: how many draws each chain has made depends on "
        "the draws");
  if (result.partial)
    return no_guarantee(
        "stopped early: how many draws each chain has made depends on how fast it was, and so on "
        "the draws");
  if (options.algorithm == Algorithm::kSequential)
    return sequential_guarantee(facts, options.correction, result.totals);

  const std::string spacing =
      options.thin && *options.thin < settings.first_visits
          ? fmt::format("; draws {} visits apart in a chain are dependent", *options.thin)
          : "";
  if (settings.visits == Visits::kMeasured && !settings.pilot_converged)
    return no_guarantee(
        fmt::format("{} leaf visits; the walk mixes more slowly than the longest pilot run "
                    "could measure{}",
                    settings.first_visits, spacing));
  const double rounding =
      rounding_distance(settings.kappa.value_or(1.0), facts.alphabet, facts.horizon);
  const double tv = options.delta + rounding;
  if (settings.visits == Visits::kMeasured)
    return {
        std::min(1.0, tv), GuaranteeKind::kMeasured,
        fmt::format(
            "{} leaf visits, from the autocorrelation that a pilot run measured{}{}",
            settings.first_visits,
            !settings.kappa && facts.estimate == "file" ? ", if no estimate is below its mass" : "",
            spacing)};
  if (!settings.kappa)
    return no_guarantee(fmt::format("{} leaf visits as asked for; kappa is unknown ({})",
                                    settings.first_visits, settings.kappa_why));
  const double proven = proven_visits_real(*settings.kappa, facts.horizon, options.delta);
  if (static_cast<double>(settings.first_visits) < proven)
    return no_guarantee(fmt::format("{} leaf visits as asked for; {:.15g} are proven to be enough",
                                    settings.first_visits, proven));
  if (tv >= 1)
    return no_guarantee(fmt::format(
        "kappa {} is too large for probabilities that are multiples of 2^-32", *settings.kappa));
  return {
      tv, GuaranteeKind::kProven,
      fmt::format("{} leaf visits at kappa {} ({}); {:.1e} of it for the rounding of "
                  "probabilities to 2^-32{}",
                  settings.first_visits, *settings.kappa, settings.kappa_why, rounding, spacing)};
}

Guarantee elimination_guarantee(const ClassTarget& target, const SampleOptions& options,
                                const SampleResult& result) {
  if (result.budget_spent)
    return no_guarantee(
        "the query budget was used up: how many draws each chain has made depends on the answers, "
        "and so on the draws");
  if (result.partial)
    return no_guarantee("stopped early: how many draws each chain has made depends on the draws");
  const ClassResult& elimination = *result.elimination;
  if (!acceptance_fits(result.totals, elimination.bound, options.delta))
    return no_guarantee(
        fmt::format("{} of {} proposals were accepted, where a target in the class has {:.4g} of "
                    "them accepted: the class does not hold the target",
                    result.totals.accepted, result.totals.proposals, 1 / elimination.bound));
  if (!target.truth) return audited_guarantee(options, elimination);
  // 53 random bits a symbol.
  const double rounding = 0x1p-52 * horizon(target.members) * alphabet(target.members);
  if (elimination.samples_certified == 0)
    return {rounding, GuaranteeKind::kProven,
            fmt::format("drawn from the one member of {} that the answers left; the distance is "
                        "that of probabilities rounded to 2^-53",
                        elimination.members)};
  return {std::min(1.0, options.delta + rounding), GuaranteeKind::kProven,
          fmt::format("{} paths in a row halved nothing before a sample was drawn, at kappa {}",
                      elimination.paths_to_certify, *result.kappa)};
}

}  // namespace wend
