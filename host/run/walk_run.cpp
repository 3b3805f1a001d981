#include "host/run/walk_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "host/adapt/adapted_instance.hpp"
#include "host/base/stopwatch.hpp"
#include "host/engines/engine.hpp"
#include "host/run/compile.hpp"
#include "host/run/draw_rounds.hpp"
#include "host/run/fused_engine.hpp"
#include "host/run/guarantee.hpp"
#include "host/run/lockstep_drawing.hpp"
#include "host/run/lockstep_settings.hpp"
#include "host/run/mixing.hpp"
#include "host/run/pilot.hpp"
#include "wend/bounds.hpp"
#include "wend/error.hpp"

namespace wend {
namespace {

constexpr double kMostVisits = std::numeric_limits<std::uint32_t>::max();

class WalkRun final : public Run {
 public:
  WalkRun(const Instance& instance, const SampleOptions& options, RunSettings settings)
      : instance_(instance), options_(options), settings_(std::move(settings)) {}

  void prepare(SampleResult& result, const std::atomic<bool>& stop) override {
    const Stopwatch watch;
    oracle_ = make_oracle();
    mixing_ =
        run_mixing(instance_.facts(), instance_.walk_bounds(), settings_.walk, options_.kappa);
    result.compile_seconds = watch.seconds();
    if (const auto* model = std::get_if<ModelOracle>(&oracle_); model != nullptr) {
      check_lockstep(*model, options_);
      lockstep_.emplace(oracle_, options_, settings_);
    }
    if (settings_.walk != kernels::Walk::kSequential) choose_visits(result, stop);
    if (lockstep_) lockstep_->place();
    result.first_visits = settings_.first_visits;
    result.thin = thin();
  }

  // Chains with their paths, twice while a state is copied out, and one record each.
  [[nodiscard]] MemoryNeed memory() const override {
    constexpr std::uint64_t kChainBytes = 52;
    const std::uint64_t chain_bytes =
        2 * (kChainBytes + 4 * path_words(oracle_)) + 4 * record_words(oracle_);
    if (lockstep_) return lockstep_->memory(chain_bytes);
    return {settings_.chains * chain_bytes, fmt::format("{} chains of horizon {} (fewer need less)",
                                                        settings_.chains, horizon(oracle_))};
  }

  void draw(DrawHandler& draws, SampleResult& result, const std::atomic<bool>& stop) override {
    const DrawRounds rounds(oracle_, options_, settings_.chains, thin());
    if (lockstep_)
      lockstep_->draw(rounds, draws, result, stop);
    else
      rounds.run(*make_engine(), draws, result, stop);
  }

  [[nodiscard]] double log_mass(std::uint64_t /*chain*/,
                                const std::uint32_t* symbols) const override {
    return instance_.log_mass(symbols);
  }

  [[nodiscard]] Guarantee guarantee(const SampleResult& result) const override {
    Mixing mixing = counted_mixing(instance_.facts(), mixing_, result.totals);
    const auto at_most = [&mixing](double rounding) {
      if (rounding >= mixing.rounding) return;
      mixing.rounding = rounding;
      mixing.rounding_by_visits = false;
    };
    if (instance_.facts().asked && mixing.steps_per_visit && mixing.relaxation)
      at_most(rounding_on_the_way(mixing));
    if (result.adaptation && settings_.visits == Visits::kMeasured &&
        std::holds_alternative<ModelOracle>(oracle_))
      at_most(rounding_as_measured(result));
    return walk_guarantee(instance_.facts(), options_, settings_, mixing, result);
  }

 private:
  [[nodiscard]] Oracle make_oracle() const {
    // An oracle of the user's own compiles to itself.
    if (options_.engine != EngineKind::kLockstep || instance_.facts().asked)
      return compile_oracle(instance_, options_.algorithm, options_.correction);
    return model_oracle(instance_, settings_.walk, options_.correction);
  }

  // The probability with which a step over integer rows is another one than over the estimates.
  [[nodiscard]] double rounding_a_step() const {
    return std::ldexp(alphabet(oracle_) + 1.0, -31) + 1e-12;
  }

  // Of estimates that are bounded from above, and their sum too: by the steps that a chain takes at
  // most, in the mean, until its last draw.
  [[nodiscard]] double rounding_on_the_way(const Mixing& mixing) const {
    const auto draws = static_cast<double>(chain_quota(options_.samples, settings_.chains, 0));
    const double visits = settings_.first_visits + (draws - 1) * thin();
    return rounding_a_step() * most_steps(mixing, visits);
  }

  // The same by the steps that chains did take, doubled; and what tables are off by in double.
  [[nodiscard]] double rounding_as_measured(const SampleResult& result) const {
    return 2 * rounding_a_step() * static_cast<double>(result.totals.steps) /
               static_cast<double>(settings_.chains) +
           1e-6;
  }

  [[nodiscard]] std::uint32_t thin() const {
    return options_.thin.value_or(settings_.first_visits);
  }

  // K, for which a bound that is proven beats one that is measured.
  void choose_visits(SampleResult& result, const std::atomic<bool>& stop) {
    result.relaxation = mixing_.relaxation;
    if (settings_.visits == Visits::kMeasured && result.adaptation) {
      choose_trained(result, stop);
    } else if (settings_.visits != Visits::kFixed) {
      const double proven =
          known_visits(instance_.facts(), mixing_, settings_.visits, options_.delta);
      std::optional<double> measured;
      if (settings_.visits == Visits::kMeasured && proven > 1)
        measured = measure_visits(result, stop);
      if (measured && *measured < proven && *measured <= kMostVisits) {
        settings_.first_visits = static_cast<std::uint32_t>(*measured);
      } else {
        settings_.visits = Visits::kProven;
        settings_.first_visits = proven_visits(*mixing_.relaxation, options_.delta);
      }
    }
    result.visits = settings_.visits;
  }

  // K of a trained estimate: what is proven of it can be far from what it does.
  void choose_trained(SampleResult& result, const std::atomic<bool>& stop) {
    const double proven =
        mixing_.relaxation ? proven_visits_real(*mixing_.relaxation, options_.delta) : HUGE_VAL;
    std::optional<double> seen;
    const std::optional<double> measured =
        run_length().needs_pilot(proven) && run_length().pays_a_pilot(instance_.facts().horizon)
            ? measure_visits(result, stop, &seen)
            : std::nullopt;
    double visits = std::min(proven, measured.value_or(HUGE_VAL));
    if (visits == proven && proven <= kMostVisits) settings_.visits = Visits::kProven;
    // Over tables a bound is what the estimate was chosen for.
    const auto* model = std::get_if<ModelOracle>(&oracle_);
    const bool asked = model != nullptr && !model->own_masses;
    if (!asked && mixing_.relaxation) seen.reset();
    if (const double of_use = visits_of_use(visits, seen); of_use < visits) {
      settings_.visits = Visits::kMeasured;
      settings_.explored = true;
      visits = of_use;
    }
    if (!(visits <= kMostVisits)) {
      if (!stop && !options_.max_queries)
        throw Error(ErrorKind::kUsage, "visits = measured",
                    "too few tours from root to root were seen to measure by; give the number of "
                    "visits, or more `scouts`");
      settings_.explored = true;
      visits = 1;
    }
    settings_.first_visits = static_cast<std::uint32_t>(visits);
  }

  std::optional<double> measure_visits(SampleResult& result, const std::atomic<bool>& stop,
                                       std::optional<double>* seen = nullptr) {
    const Stopwatch watch;
    const auto* model = std::get_if<ModelOracle>(&oracle_);
    std::optional<Oracle> tables;  // which tell the tours of either engine
    if (model != nullptr && model->own_masses)
      tables = compile_oracle(instance_, options_.algorithm, options_.correction);
    std::unique_lock<std::mutex> alone;
    LockstepOptions tours_on_cpu;
    tours_on_cpu.threads = options_.threads;
    if (model != nullptr && !tables) {
      alone = hold(*model);
      tours_on_cpu =
          lockstep_settings(*model, options_.threads, options_.memo_bytes, options_.max_batch);
    }
    const std::uint64_t from_tree = answered_from_tree();
    const std::optional<PilotResult> pilot =
        run_pilot(tables ? *tables : oracle_, settings_.walk, mixing_.relaxation, options_.delta,
                  options_.seed, tours_on_cpu, stop,
                  result.adaptation ? std::optional(run_length()) : std::nullopt);
    result.pilot_seconds = watch.seconds();
    if (!pilot) return std::nullopt;
    result.pilot_tours = pilot->tours;
    result.pilot_queries = pilot->queries;
    result.pilot_evaluations = pilot->evaluations - (answered_from_tree() - from_tree);
    // Of a trained estimate it was not asked for, and is paid for by the run's own queries.
    if (result.adaptation && options_.max_queries)
      *options_.max_queries -= std::min(*options_.max_queries - 1, pilot->queries);
    if (seen != nullptr) *seen = pilot->visits_seen;
    return pilot->visits;
  }

  // Rows that the oracle was not asked for, since scouts had been.
  [[nodiscard]] std::uint64_t answered_from_tree() const {
    const auto* adapted = dynamic_cast<const AdaptedInstance*>(&instance_);
    return adapted == nullptr ? 0 : adapted->answered_from_tree();
  }

  [[nodiscard]] RunLength run_length() const {
    RunLength run{options_.samples, settings_.chains, options_.thin};
    if (options_.max_queries)
      run.most_expansions = *options_.max_queries / (kPilotShare * alphabet(oracle_));
    return run;
  }

  [[nodiscard]] std::unique_ptr<Engine> make_engine() const {
    ChainState chains =
        chains_at_root(oracle_, settings_.chains, std::max(1U, settings_.first_visits));
    return make_fused_engine(oracle_, settings_.walk, std::move(chains), options_.backend,
                             options_.threads);
  }

  const Instance& instance_;
  SampleOptions options_;
  RunSettings settings_;
  Oracle oracle_;
  std::optional<LockstepDrawing> lockstep_;  // if the oracle is asked
  Mixing mixing_;
};

}  // namespace

std::unique_ptr<Run> make_walk_run(const Instance& instance, const SampleOptions& options,
                                   RunSettings settings) {
  return std::make_unique<WalkRun>(instance, options, std::move(settings));
}

}  // namespace wend
