#include "host/run/plan.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "host/oracles/walk_of.hpp"
#include "wend/bounds.hpp"
#include "wend/error.hpp"

namespace wend {
namespace {

[[noreturn]] void refuse(const std::string& message) { throw Error(ErrorKind::kUsage, message); }

std::uint64_t resolve_chains(const SampleOptions& options) {
  constexpr std::uint64_t kDrawsPerChain = 16;  // enough for split R-hat
  constexpr std::uint64_t kMaxChains = 65536;   // fills the largest GPUs
  if (options.samples == 0) refuse("--samples: must be at least 1");
  if (!options.chains)
    return std::clamp<std::uint64_t>(options.samples / kDrawsPerChain, 1, kMaxChains);
  if (*options.chains == 0) refuse("--chains: must be at least 1");
  if (*options.chains > options.samples)
    refuse(fmt::format("--chains: {} chains for {} samples: a chain must draw at least one",
                       *options.chains, options.samples));
  if (*options.chains > 0xFFFFFFFFU) refuse("--chains: must be below 2^32");
  return *options.chains;
}

void check_sequential(const SampleOptions& options) {
  if (options.visits != Visits::kDefault)
    refuse("--visits: the sequential sampler has no leaf visits to count");
  if (options.thin) refuse("--thin: the sequential sampler's draws are independent");
}

void check_not_class(const SampleOptions& options) {
  const auto refuse_option = [](const char* option) {
    refuse(fmt::format("{}: only goes with --algorithm class-elimination", option));
  };
  if (options.version_space != VersionSpace::kShared) refuse_option("--version-space");
  if (options.replicates) refuse_option("--replicates");
  if (options.audit) refuse_option("--audit");
}

void check_class(const InstanceFacts& facts, const SampleOptions& options, const Plan& plan) {
  if (facts.kind != "class")
    refuse(fmt::format(
        "--algorithm class-elimination: needs an instance of kind \"class\", not \"{}\"",
        facts.kind));
  if (options.visits != Visits::kDefault)
    refuse("--visits: class-elimination has no leaf visits to count");
  if (options.thin) refuse("--thin: class-elimination has no leaf visits to count");
  if (options.replicates && options.version_space != VersionSpace::kIndependent)
    refuse("--replicates: needs --version-space independent");
  if (!plan.kappa)
    refuse(fmt::format("--algorithm class-elimination: kappa is unknown ({}); give --kappa",
                       plan.kappa_why));
}

void resolve_kappa(const InstanceFacts& facts, const SampleOptions& options, Plan& plan) {
  plan.kappa = facts.kappa;
  plan.kappa_why = facts.kappa_why;
  if (!options.kappa) return;
  if (!(*options.kappa >= 1) || !std::isfinite(*options.kappa))
    refuse(fmt::format("--kappa: must be a finite number of at least 1, is {}", *options.kappa));
  if (facts.kappa && *options.kappa < *facts.kappa)
    refuse(fmt::format("--kappa: {} is less than the instance's own {} ({})", *options.kappa,
                       *facts.kappa, facts.kappa_why));
  plan.kappa = options.kappa;
  plan.kappa_why = "as given by --kappa";
}

}  // namespace

Plan make_plan(const InstanceFacts& facts, const SampleOptions& options) {
  Plan plan;
  plan.chains = resolve_chains(options);
  if (!(options.delta > 0 && options.delta < 1))
    refuse(fmt::format("--delta: must lie between 0 and 1, is {}", options.delta));
  resolve_kappa(facts, options, plan);
  if (options.max_queries == 0U) refuse("--max-queries: must be at least 1");
  if (options.algorithm != Algorithm::kSequential && options.correction != Correction::kReject)
    refuse("--correct: only the sequential sampler has a correction");

  if (options.algorithm == Algorithm::kClassElimination) {
    check_class(facts, options, plan);
    return plan;
  }
  check_not_class(options);
  plan.walk = walk_of(options.algorithm);
  if (options.algorithm == Algorithm::kSequential) {
    check_sequential(options);
    plan.first_visits = 1;
    return plan;
  }
  if (options.thin == 0U) refuse("--thin: must be at least 1");

  plan.visits = options.visits;
  if (plan.visits == Visits::kDefault)
    plan.visits = plan.kappa ? Visits::kProven : Visits::kMeasured;
  switch (plan.visits) {
    case Visits::kProven:
      if (!plan.kappa)
        refuse(
            fmt::format("--visits proven: kappa is unknown ({}); give --kappa, or use "
                        "--visits measured",
                        plan.kappa_why));
      plan.first_visits = proven_visits(*plan.kappa, facts.horizon, options.delta);
      break;
    case Visits::kFixed:
      if (options.fixed_visits == 0) refuse("--visits: must be at least 1");
      plan.first_visits = options.fixed_visits;
      break;
    default:
      break;
  }
  return plan;
}

Guarantee make_guarantee(const InstanceFacts& facts, const SampleOptions& options, const Plan& plan,
                         double acceptance) {
  if (options.algorithm == Algorithm::kSequential) {
    switch (options.correction) {
      case Correction::kReject:
        // A proposal's law is off by H rows' rounding; conditioning on acceptance divides by its
        // probability.
        return {std::min(1.0, rounding_distance(1.0, facts.alphabet, facts.horizon) / acceptance),
                GuaranteeKind::kProven,
                "accepted proposals have the target's law up to the rounding of probabilities to "
                "2^-32"};
      case Correction::kWeight:
        return {std::nullopt, GuaranteeKind::kNone,
                "draws are biased; weighted by exp(log_weight) they are not"};
      case Correction::kNone:
        return {std::nullopt, GuaranteeKind::kNone, "draws are biased and not corrected"};
    }
  }
  const std::string spacing =
      options.thin && *options.thin < plan.first_visits
          ? fmt::format("; draws {} visits apart in a chain are dependent", *options.thin)
          : "";
  if (plan.visits == Visits::kMeasured && !plan.pilot_converged)
    return {std::nullopt, GuaranteeKind::kNone,
            fmt::format("{} leaf visits; the walk mixes more slowly than the longest pilot run "
                        "could measure{}",
                        plan.first_visits, spacing)};
  const double rounding =
      rounding_distance(plan.kappa.value_or(1.0), facts.alphabet, facts.horizon);
  const double tv = options.delta + rounding;
  if (plan.visits == Visits::kMeasured)
    return {std::min(1.0, tv), GuaranteeKind::kMeasured,
            fmt::format(
                "{} leaf visits, from the autocorrelation that a pilot run measured{}{}",
                plan.first_visits,
                !plan.kappa && facts.estimate == "file" ? ", if no estimate is below its mass" : "",
                spacing)};
  if (!plan.kappa)
    return {std::nullopt, GuaranteeKind::kNone,
            fmt::format("{} leaf visits as asked for; kappa is unknown ({})", plan.first_visits,
                        plan.kappa_why)};
  const double proven = proven_visits_real(*plan.kappa, facts.horizon, options.delta);
  if (static_cast<double>(plan.first_visits) < proven)
    return {std::nullopt, GuaranteeKind::kNone,
            fmt::format("{} leaf visits as asked for; {:.15g} are proven to be enough",
                        plan.first_visits, proven)};
  if (tv >= 1)
    return {std::nullopt, GuaranteeKind::kNone,
            fmt::format("kappa {} is too large for probabilities that are multiples of 2^-32",
                        *plan.kappa)};
  return {tv, GuaranteeKind::kProven,
          fmt::format("{} leaf visits at kappa {} ({}); {:.1e} of it for the rounding of "
                      "probabilities to 2^-32{}",
                      plan.first_visits, *plan.kappa, plan.kappa_why, rounding, spacing)};
}

}  // namespace wend
