#include "host/run/guarantee.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <utility>

#include "host/base/number_text.hpp"
#include "host/run/least_acceptance.hpp"
#include "host/run/pilot.hpp"
#include "wend/bounds.hpp"

namespace wend {
namespace {

Guarantee no_guarantee(std::string why) {
  return {std::nullopt, GuaranteeKind::kNone, std::move(why)};
}

std::string visits_text(const RunSettings& settings) {
  return fmt::format("{} leaf visit{}", settings.first_visits,
                     settings.first_visits == 1 ? "" : "s");
}

/// The bound is one of a run without `max_queries`.
constexpr const char* kBudgetChooses =
    "a run that ends within `max_queries` has drawn what took few queries more often than the "
    "target has it; without `max_queries` it would be within ";

constexpr const char* kTooRough =
    "the masses are too large or too far apart for logarithms in double and probabilities that are "
    "multiples of 2^-32";

/// Of a walk whose rounding is bounded by how often a pass from the root came to a leaf.
constexpr const char* kTooFewVisits =
    "so few leaf visits do not tell how often a pass from the root comes to a leaf, by which the "
    "rounding of probabilities to 2^-32 is bounded: more samples do";

/// Of a walk over an oracle of the user's own, whose mu/w is bounded from above alone.
constexpr const char* kOneSided =
    "nothing is known of what the rounding of probabilities to 2^-32 does, for the estimates are "
    "bounded on one side alone; an oracle that states its kappa, or whose rows sum to at most 1 "
    "and that says so by a ratio_bound of 1, has more";

Guarantee sequential_guarantee(const InstanceFacts& facts, Correction correction, double rounding,
                               const Counters& totals) {
  if (correction == Correction::kWeight)
    return no_guarantee("draws are biased; weighted by exp(log_weight) they are not");
  if (correction == Correction::kNone) return no_guarantee("draws are biased and not corrected");
  if (totals.accepted == 0) return no_guarantee("nothing was drawn");
  // A proposal's law is off by H rows' rounding; conditioning on acceptance divides by its
  // probability. Under a query budget nothing changes: what a proposal costs until it is rejected
  // is independent of the ones that are accepted, which all cost the same.
  constexpr double kAlpha = 1e-9;
  // All are accepted, but for what rounding does. Of an oracle of the user's own by its own bounds.
  const bool exact = facts.kappa == 1.0 && !facts.asked;
  const double tv =
      exact ? rounding / (1 - std::min(rounding, 0.5))
            : rounding / least_acceptance(totals.accepted, totals.proposals, kAlpha) + kAlpha;
  if (!(tv < 1) && !exact && rounding < 1)
    return no_guarantee(fmt::format(
        "what the rounding of probabilities to 2^-32 does is divided by the share of proposals "
        "that is accepted, and {} of {} is too little for that",
        totals.accepted, totals.proposals));
  if (!(tv < 1)) return no_guarantee(kTooRough);
  return {tv, GuaranteeKind::kProven,
          "accepted proposals have the target's law up to the rounding of probabilities to 2^-32"};
}

/// Of chains that share `max_queries` out, by the expansions of their visits in the mean and
/// Markov's inequality.
struct BudgetRisk {
  double most = 0;                ///< the probability of a chain not to finish is at most this
  std::optional<double> queries;  ///< of all chains, with which it is at most `delta`; if known
};

BudgetRisk budget_risk(const InstanceFacts& facts, const SampleOptions& options,
                       const RunSettings& settings, const Mixing& mixing, std::uint32_t thin) {
  if (!options.max_queries) return {};
  if (!mixing.steps_per_visit || !mixing.relaxation) return {1, std::nullopt};
  const auto draws = static_cast<double>(chain_quota(options.samples, settings.chains, 0));
  const double visits = settings.first_visits + (draws - 1) * thin;
  const double expansions = 1 + most_steps(mixing, visits) / 2 + facts.horizon - visits;
  // A chain stops before four steps that it might not be able to pay for.
  constexpr double kStops = 4;
  const std::uint64_t queries = *options.max_queries / settings.chains;
  const double share = static_cast<double>(queries) / static_cast<double>(facts.alphabet) - kStops;
  return {share > 0 ? std::min(1.0, expansions / share) : 1.0,
          static_cast<double>(settings.chains) *
              std::ceil(facts.alphabet * (expansions / options.delta + kStops))};
}

/// What a budget takes away, and how large it had to be, where that is known: not of a trained
/// estimate, which would be another one.
std::string budget_text(const BudgetRisk& risk, const SampleOptions& options,
                        const SampleResult& result, double without) {
  std::string text = fmt::format("{}{:.3g}", kBudgetChooses, without);
  const double with = without + options.delta;
  if (risk.queries && *risk.queries < 0x1p53 && with < 1 && !result.adaptation)
    text += fmt::format(", and within {:.3g} with one that leaves {} queries to draw by", with,
                        grouped(static_cast<std::uint64_t>(*risk.queries)));
  return text;
}

/// Chains that stand still, each at a value of its own, show that what was measured is not what
/// they do.
bool never_mixed(const Diagnostics& diagnostics) {
  const auto infinite = [](const ObservableDiagnostics& observable) {
    return observable.split_rhat && std::isinf(*observable.split_rhat);
  };
  return infinite(diagnostics.log_mass) || infinite(diagnostics.first_symbol);
}

constexpr const char* kNeverMixed =
    "split R-hat is infinite: within chains nothing varies, but between them; what was measured "
    "does not hold";

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
Guarantee audited_guarantee(const SampleOptions& options, const SampleResult& result) {
  const ClassResult& elimination = *result.elimination;
  const std::uint64_t audited = options.audit ? elimination.samples_direct : 0;
  if (audited == 0 || elimination.samples_certified > 0)
    return no_guarantee(
        "the oracle is another instance, and answers that agree with the class do not show that it "
        "holds the target; `audit` asks at every draw from one member left");
  if (never_mixed(result.diagnostics)) return no_guarantee(kNeverMixed);
  // A member that is wrong on leaves of mass p under it passes n audits with probability
  // (1 - p)^n, and its distance from the target is at most p.
  return {std::min(1.0, std::log(100.0) / static_cast<double>(audited)), GuaranteeKind::kMeasured,
          fmt::format("the one member left agreed with the oracle at all {} audited leaves: a "
                      "larger distance passes with a probability below 1%",
                      audited)};
}

/// Of a trained estimate of which no bound is known, or none that is of use.
Guarantee explored_guarantee(const InstanceFacts& facts, const SampleOptions& options,
                             const RunSettings& settings, const Mixing& mixing,
                             const SampleResult& result) {
  if (never_mixed(result.diagnostics)) return no_guarantee(kNeverMixed);
  if (options.max_queries)
    return no_guarantee(fmt::format("{}{:.3g}", kBudgetChooses, options.delta));
  const double tv = options.delta + mixing.rounding;
  if (!(tv < 1)) return no_guarantee(kTooRough);
  return {tv, GuaranteeKind::kMeasured,
          fmt::format(
              "measured on what was explored: {} from {} tours of a pilot run, as far as "
              "these have shown how long tours are. Of mass that the estimate hides nothing "
              "was seen: {}",
              visits_text(settings), result.pilot_tours,
              mixing.relaxation ? fmt::format("{:.6g} visits are proven to be enough",
                                              proven_visits_real(*mixing.relaxation, options.delta))
                                : fmt::format("no bound of mass over estimate is known ({})",
                                              facts.kappa_by_depth_why))};
}

}  // namespace

Guarantee walk_guarantee(const InstanceFacts& facts, const SampleOptions& options,
                         const RunSettings& settings, const Mixing& mixing,
                         const SampleResult& result) {
  if (result.oracle_use && result.oracle_use->pinned)
    return no_guarantee(
        fmt::format("the oracle's answers for one prefix differ, by up to {:.3g} in their "
                    "logarithms, and each prefix keeps its first one: the target is the law that "
                    "these define, which depends on the batches that they were asked in",
                    result.oracle_use->largest_difference));
  if (options.algorithm == Algorithm::kSequential && options.max_queries && facts.asked)
    return no_guarantee(
        "within `max_queries`, sequences that end early would be drawn more often than others; "
        "without it they are not");
  if (options.algorithm == Algorithm::kSequential && (!result.partial || result.budget_spent))
    return sequential_guarantee(facts, options.correction, mixing.rounding, result.totals);
  if (result.budget_spent)
    return no_guarantee(
        "the queries of `max_queries` are used up: how many draws each chain has made depends on "
        "the draws");
  if (result.partial)
    return no_guarantee(
        "stopped early: how many draws each chain has made depends on how fast it was, and so on "
        "the draws");

  const std::string spacing =
      options.thin && *options.thin < settings.first_visits
          ? fmt::format("; draws {} visits apart in a chain are dependent", *options.thin)
          : "";
  if (settings.explored) return explored_guarantee(facts, options, settings, mixing, result);
  if (!mixing.relaxation)
    return no_guarantee(
        fmt::format("{} leaf visits as asked for; nothing is known of how fast the "
                    "walk mixes ({})",
                    settings.first_visits, mixing.why));
  const double proven = proven_visits_real(*mixing.relaxation, options.delta);
  if (settings.visits == Visits::kFixed && static_cast<double>(settings.first_visits) < proven)
    return no_guarantee(
        fmt::format("{} leaf visits as asked for; {:.15g} are proven to be enough "
                    "({})",
                    settings.first_visits, proven, mixing.why));

  if (settings.visits == Visits::kMeasured && never_mixed(result.diagnostics))
    return no_guarantee(kNeverMixed);

  const BudgetRisk budget = budget_risk(facts, options, settings, mixing, result.thin);
  const double risk = budget.most;
  const double without = options.delta + mixing.rounding;
  const double tv = without + risk;
  if (risk > options.delta && without < 1)
    return no_guarantee(budget_text(budget, options, result, without));
  // Also where a bound is not a number.
  if (!(tv < 1)) {
    if (mixing.rounding_by_visits) return no_guarantee(kTooFewVisits);
    return no_guarantee(facts.asked && !facts.kappa ? kOneSided : kTooRough);
  }
  const std::string parts = fmt::format(
      "; {:.1e} of it for the rounding of probabilities to 2^-32{}{}{}", mixing.rounding,
      mixing.rounding_by_visits
          ? fmt::format(", as far as {} leaf visits tell what that does to a draw: more tell more",
                        result.totals.leaf_visits)
          : "",
      risk > 0 ? fmt::format(", {:.1e} for runs that `max_queries` would end", risk) : "", spacing);
  if (settings.visits == Visits::kMeasured)
    return {tv, GuaranteeKind::kMeasured,
            fmt::format("{} from {} tours of a pilot run, which mislead with a probability of {}, "
                        "and {}{}",
                        visits_text(settings), result.pilot_tours, kPilotAlpha, mixing.why, parts)};
  return {tv, GuaranteeKind::kProven,
          fmt::format("{}; {}{}", visits_text(settings), mixing.why, parts)};
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
  if (!target.truth) return audited_guarantee(options, result);
  if (options.max_queries && elimination.samples_certified > 0)
    return no_guarantee(fmt::format("{}{:.3g}", kBudgetChooses, options.delta));
  // 53 random bits a symbol, and what the members' tables have lost.
  const double rounding = 0x1p-52 * horizon(target.members) * alphabet(target.members) +
                          std::expm1(mass_error(target.members));
  if (elimination.samples_certified == 0)
    return {rounding, GuaranteeKind::kProven,
            fmt::format("drawn from the one member of {} that the answers left; the distance is "
                        "that of probabilities rounded to 2^-53",
                        elimination.members)};
  return {std::min(1.0, options.delta + rounding), GuaranteeKind::kProven,
          fmt::format("{} paths in a row halved nothing before a sample was drawn, at kappa {}; "
                      "half of delta is for a certification that is wrong, which all samples of {} "
                      "would share",
                      elimination.paths_to_certify, *result.kappa,
                      options.version_space == VersionSpace::kShared ? "the run" : "a chain")};
}

}  // namespace wend
