#include "wend/plan.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <variant>

#include "host/base/memory_limit.hpp"
#include "host/base/stopwatch.hpp"
#include "host/engines/lockstep/engine.hpp"
#include "host/instances/instance.hpp"
#include "host/oracles/walk_of.hpp"
#include "host/run/choose.hpp"
#include "host/run/compile.hpp"
#include "host/run/fused_engine.hpp"
#include "host/run/lockstep_settings.hpp"
#include "host/run/settings.hpp"
#include "host/run/timed_walk.hpp"
#include "host/run/trainer.hpp"
#include "wend/error.hpp"

namespace wend {
namespace {

constexpr double kTimed = 0.05;  // seconds
constexpr std::uint64_t kMostTimedChains = 4096;

/// Steps a second of a walk over tables, with the run's chains or the most that tell the rate.
double steps_per_second(const Instance& instance, const Candidate& candidate,
                        const SampleOptions& options, const std::atomic<bool>& stop) {
  const Oracle oracle = compile_oracle(instance, candidate.algorithm, Correction::kReject);
  const std::uint64_t chains = std::min(candidate.chains, kMostTimedChains);
  check_memory(timed_walk_bytes(oracle, chains), instance.facts().path + ": timing");
  const std::unique_ptr<Engine> engine =
      make_fused_engine(oracle, walk_of(candidate.algorithm), chains_at_root(oracle, chains, 1),
                        options.backend, options.threads);
  const TimedWalk walk =
      timed_walk(*engine, oracle, candidate.algorithm, options.seed, kTimed, stop);
  return walk.seconds > 0 ? static_cast<double>(walk.totals.steps) / walk.seconds : 0;
}

/// What the run would take; nothing where too little is known.
std::optional<double> expected_seconds(const Instance& instance, const Candidate& candidate,
                                       const SampleOptions& options,
                                       const std::atomic<bool>& stop) {
  const bool of_class = candidate.algorithm == Algorithm::kClassElimination;
  const bool asked = instance.facts().asked || options.engine == EngineKind::kLockstep;
  double seconds = 0;
  if (of_class || asked) {
    if (candidate.pilot_seconds == 0 || candidate.pilot_queries == 0) return std::nullopt;
    const double done = candidate.pilot_evaluations != 0
                            ? static_cast<double>(candidate.pilot_evaluations)
                            : static_cast<double>(candidate.pilot_queries);
    const double all =
        candidate.pilot_evaluations != 0 ? candidate.evaluations.value_or(0) : candidate.queries;
    seconds = candidate.pilot_seconds * all / done;
  } else {
    const double rate = steps_per_second(instance, candidate, options, stop);
    if (rate == 0) return std::nullopt;
    seconds = candidate.steps / rate;
  }
  return std::isfinite(seconds) ? std::optional(seconds) : std::nullopt;
}

std::uint32_t batch_of(const Instance& instance, const Candidate& candidate,
                       const SampleOptions& options) {
  if (!instance.facts().asked) return 0;
  const Oracle oracle = compile_oracle(instance, candidate.algorithm, Correction::kReject);
  const auto& model = std::get<ModelOracle>(oracle);
  const LockstepOptions settings =
      lockstep_settings(model, options.threads, options.memo_bytes, options.max_batch);
  return batch_limit(model, candidate.chains, settings);
}

/// What scouts find; they take an eighth of the pilots' budget, or what a run's would.
std::optional<Adaptation> trained(const Instance& instance, const SampleOptions& options,
                                  std::optional<std::uint64_t> budget,
                                  const std::atomic<bool>& stop) {
  const bool fits = instance.class_target() == nullptr && !options.kappa &&
                    options.self_test != SelfTest::kPin && !stop;
  if (!fits) return std::nullopt;
  SampleOptions training = options;
  training.algorithm = Algorithm::kLifted;
  training.adapt = Adapt::kAuto;
  if (budget) budget = std::min(options.max_queries.value_or(*budget), *budget);
  return train(instance, training, resolve_settings(instance.facts(), training), stop, budget)
      .found;
}

}  // namespace

Plan plan(const Instance& instance, const SampleOptions& options,
          std::optional<std::uint64_t> budget, const std::atomic<bool>& stop,
          const Waiting& waiting) {
  if (decided_algorithm(options) != Algorithm::kAuto)
    throw Error(ErrorKind::kUsage, "algorithm", "a plan is of all of them");
  static_cast<void>(resolve_settings(instance.facts(), options));  // refuses what nothing fits
  const Stopwatch watch;
  Plan planned;
  planned.choice = choose_algorithm(instance, options, {budget, true}, waiting, stop);
  for (Candidate& candidate : planned.choice.candidates)
    if (candidate.unfit.empty() && !stop)
      candidate.seconds = expected_seconds(instance, candidate, options, stop);
  planned.adaptation = trained(instance, options, budget, stop);
  planned.batch = batch_of(instance, planned.choice.best(), options);
  planned.partial = stop;
  planned.seconds = watch.seconds();
  return planned;
}

}  // namespace wend
