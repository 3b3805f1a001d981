#include "host/run/settings.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "host/oracles/walk_of.hpp"
#include "wend/error.hpp"

namespace wend {
namespace {

constexpr const char* kClassElimination = "algorithm = class-elimination";

[[noreturn]] void refuse(const std::string& field, const std::string& reason) {
  throw Error(ErrorKind::kUsage, field, reason);
}

std::uint64_t resolve_chains(const SampleOptions& options) {
  constexpr std::uint64_t kDrawsPerChain = 16;  // enough for split R-hat
  constexpr std::uint64_t kMaxChains = 65536;   // fills the largest GPUs
  if (options.samples == 0) refuse("samples", "must be at least 1");
  if (!options.chains)
    return std::clamp<std::uint64_t>(options.samples / kDrawsPerChain, 1, kMaxChains);
  if (*options.chains == 0) refuse("chains", "must be at least 1");
  if (*options.chains > options.samples)
    refuse("chains", fmt::format("{} chains for {} samples: a chain must draw at least one",
                                 *options.chains, options.samples));
  if (*options.chains > 0xFFFFFFFFU) refuse("chains", "must be below 2^32");
  return *options.chains;
}

void check_sequential(const SampleOptions& options) {
  if (options.visits != Visits::kDefault)
    refuse("visits", "the sequential sampler has no leaf visits to count");
  if (options.thin) refuse("thin", "the sequential sampler's draws are independent");
}

void check_correction(const SampleOptions& options, Algorithm algorithm) {
  if (options.correction == Correction::kWalk) {
    if (algorithm != Algorithm::kClassElimination)
      refuse("correction = walk", "only goes with `algorithm = class-elimination`");
    return;
  }
  if (algorithm != Algorithm::kSequential && options.correction != Correction::kReject)
    refuse("correction", "only the sequential sampler has a correction");
}

// K of a walk, where it is given.
void resolve_visits(const SampleOptions& options, RunSettings& settings) {
  if (options.thin == 0U) refuse("thin", "must be at least 1");
  // Of trained estimates a proven K may be far from what they need, unless a floor is set.
  const bool measured = options.adapt != Adapt::kNone && !options.adapt_floor;
  const Visits by_default = measured ? Visits::kMeasured : Visits::kProven;
  settings.visits = options.visits == Visits::kDefault ? by_default : options.visits;
  if (settings.visits != Visits::kFixed) return;
  if (options.fixed_visits == 0) refuse("fixed_visits", "must be at least 1");
  settings.first_visits = options.fixed_visits;
}

void check_not_class(const SampleOptions& options) {
  const auto refuse_option = [](const char* field) {
    refuse(field, "only goes with `algorithm = class-elimination`");
  };
  if (options.version_space != VersionSpace::kShared) refuse_option("version_space");
  if (options.replicates) refuse_option("replicates");
  if (options.audit) refuse_option("audit");
}

void check_class_walk(const SampleOptions& options) {
  const auto refuse_option = [](const char* field, const char* reason) {
    refuse(field, fmt::format("does not go with `correction = walk`{}", reason));
  };
  if (options.version_space != VersionSpace::kShared)
    refuse_option("version_space = independent", ": the walk has one estimate for all chains");
  if (options.replicates) refuse_option("replicates", ": the oracle has one truth only");
  if (options.audit) refuse_option("audit", ", which asks at every leaf as it is");
}

void check_class(const InstanceFacts& facts, const SampleOptions& options,
                 const RunSettings& settings) {
  if (facts.kind != "class")
    refuse(kClassElimination,
           fmt::format("needs an instance of kind \"class\", not \"{}\"", facts.kind));
  if (options.correction == Correction::kWalk) {
    check_class_walk(options);
  } else {
    if (options.visits != Visits::kDefault)
      refuse("visits", "class-elimination has no leaf visits to count");
    if (options.thin) refuse("thin", "class-elimination has no leaf visits to count");
  }
  if (options.replicates && options.version_space != VersionSpace::kIndependent)
    refuse("replicates", "needs `version_space = independent`");
  if (!settings.kappa)
    refuse(kClassElimination,
           fmt::format("kappa is unknown ({}); give `kappa`", settings.kappa_why));
}

void check_adapt(const InstanceFacts& facts, const SampleOptions& options, Algorithm algorithm) {
  if (options.adapt == Adapt::kNone) {
    if (options.adapt_floor) refuse("adapt_floor", "needs `adapt`");
    if (options.scouts) refuse("scouts", "needs `adapt`");
    return;
  }
  const std::string adapt = fmt::format("adapt = {}", to_string(options.adapt));
  if (algorithm == Algorithm::kSequential || algorithm == Algorithm::kClassElimination)
    refuse(adapt,
           fmt::format("does not go with `algorithm = {}`: it trains estimates for the walks",
                       to_string(algorithm)));
  if (options.kappa)
    refuse("kappa", "is said of the untrained estimate; with `adapt` it says nothing");
  if (options.self_test == SelfTest::kPin)
    refuse(adapt,
           "needs an oracle whose answers are a function of the prefix: `self_test = pin` "
           "is for others");
  if (options.scouts == 0U) refuse("scouts", "must be at least 1");
  if (!options.adapt_floor) return;
  if (!(*options.adapt_floor > 0 && *options.adapt_floor <= 1))
    refuse("adapt_floor",
           fmt::format("must be greater than 0 and at most 1, is {}", *options.adapt_floor));
  if (facts.kappa_by_depth.empty())
    refuse("adapt_floor", fmt::format("proves nothing where no bound of mass over estimate is "
                                      "known ({})",
                                      facts.kappa_by_depth_why));
}

void resolve_kappa(const InstanceFacts& facts, const SampleOptions& options,
                   RunSettings& settings) {
  settings.kappa = facts.kappa;
  settings.kappa_why = facts.kappa_why;
  if (!options.kappa) return;
  if (!(*options.kappa >= 1) || !std::isfinite(*options.kappa))
    refuse("kappa", fmt::format("must be a finite number of at least 1, is {}", *options.kappa));
  if (facts.kappa && *options.kappa < *facts.kappa)
    refuse("kappa", fmt::format("{} is less than the instance's own {} ({})", *options.kappa,
                                *facts.kappa, facts.kappa_why));
  settings.kappa = options.kappa;
  settings.kappa_why = "as given by `kappa`";
}

}  // namespace

Algorithm decided_algorithm(const SampleOptions& options) {
  if (options.algorithm != Algorithm::kAuto) return options.algorithm;
  if (options.correction == Correction::kWalk) return Algorithm::kClassElimination;
  if (options.correction != Correction::kReject) return Algorithm::kSequential;
  if (options.version_space != VersionSpace::kShared || options.replicates || options.audit)
    return Algorithm::kClassElimination;
  // The reversible walk takes no fewer queries under any estimate.
  if (options.adapt != Adapt::kNone) return Algorithm::kLifted;
  return Algorithm::kAuto;
}

RunSettings resolve_settings(const InstanceFacts& facts, const SampleOptions& options) {
  const Algorithm algorithm = decided_algorithm(options);
  RunSettings settings;
  settings.chains = resolve_chains(options);
  if (!(options.delta > 0 && options.delta < 1))
    refuse("delta", fmt::format("must lie between 0 and 1, is {}", options.delta));
  resolve_kappa(facts, options, settings);
  if (options.max_queries == 0U) refuse("max_queries", "must be at least 1");
  check_correction(options, algorithm);
  check_adapt(facts, options, algorithm);
  if (algorithm == Algorithm::kAuto) return settings;
  if (algorithm == Algorithm::kClassElimination) {
    if (options.engine != EngineKind::kAuto)
      refuse("engine", "class-elimination has an engine of its own");
    check_class(facts, options, settings);
    if (options.correction == Correction::kWalk) resolve_visits(options, settings);
    return settings;
  }
  check_not_class(options);
  settings.walk = walk_of(algorithm);
  if (algorithm == Algorithm::kSequential) {
    check_sequential(options);
    settings.weighted = options.correction == Correction::kWeight;
    settings.first_visits = 1;
    return settings;
  }
  resolve_visits(options, settings);
  return settings;
}

std::string only_lockstep(const InstanceFacts& facts) {
  return fmt::format(
      "only goes with `engine = lockstep`: add that, or leave this out, for an instance of kind "
      "\"{}\" has tables and asks no oracle",
      facts.kind);
}

}  // namespace wend
