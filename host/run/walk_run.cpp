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

#include "host/base/stopwatch.hpp"
#include "host/engines/engine.hpp"
#include "host/run/compile.hpp"
#include "host/run/draw_rounds.hpp"
#include "host/run/fused_engine.hpp"
#include "host/run/guarantee.hpp"
#include "host/run/least_acceptance.hpp"
#include "host/run/lockstep_drawing.hpp"
#include "host/run/lockstep_settings.hpp"
#include "host/run/mixing.hpp"
#include "host/run/pilot.hpp"
#include "wend/bounds.hpp"
#include "wend/error.hpp"

namespace wend {
namespace {

constexpr double kMostVisits = std::numeric_limits<std::uint32_t>::max();

// The most that the law of one proposal, kept or not, is off by, whatever the masses: in each row
// every outcome that can happen by two units of 2^-32, and what it is thinned by where rows exceed
// the stated bound by what float rounds off (up to 1e-6 is let pass).
double proposal_rounding(std::uint32_t horizon, std::uint32_t alphabet) {
  return horizon * (2.0 * (alphabet + 1.0) * 0x1p-32 + 1e-6);
}

class WalkRun final : public Run {
 public:
  WalkRun(const Instance& instance, const SampleOptions& options, RunSettings settings)
      : instance_(instance), options_(options), settings_(std::move(settings)) {}

  void prepare(SampleResult& result, const std::atomic<bool>& stop) override {
    const Stopwatch watch;
    oracle_ = make_oracle();
    const WalkBounds bounds = instance_.walk_bounds();
    if (settings_.walk == kernels::Walk::kSequential) {
      mixing_.rounding = bounds.rounding;
      if (instance_.facts().asked)
        mixing_.rounding =
            std::min(bounds.rounding, proposal_rounding(horizon(oracle_), alphabet(oracle_)));
    } else {
      mixing_ = proven_mixing(instance_.facts(), bounds, settings_.walk, options_.kappa);
      if (instance_.facts().asked && kernels::is_directed(settings_.walk) &&
          bounds.least_climb > 0.99)
        straight_climb_ = bounds.least_climb;
    }
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
    Mixing mixing = mixing_;
    if (straight_climb_) count_rounding(straight_rounding(result.totals), mixing);
    if (instance_.facts().asked && mixing.steps_per_visit && mixing.relaxation)
      mixing.rounding = std::min(mixing.rounding, rounding_on_the_way(mixing));
    if (result.adaptation && settings_.visits == Visits::kMeasured &&
        std::holds_alternative<ModelOracle>(oracle_))
      mixing.rounding = std::min(mixing.rounding, rounding_as_measured(result));
    return walk_guarantee(instance_.facts(), options_, settings_, mixing, result);
  }

 private:
  [[nodiscard]] Oracle make_oracle() const {
    // An oracle of the user's own compiles to itself.
    if (options_.engine != EngineKind::kLockstep || instance_.facts().asked)
      return compile_oracle(instance_, options_.algorithm, options_.correction);
    return make_model_oracle(instance_.model(settings_.walk, options_.correction), settings_.walk,
                             options_.correction, true);
  }

  static void count_rounding(double by_visits, Mixing& mixing) {
    if (mixing.rounding < std::min(1.0, by_visits)) return;
    mixing.rounding = std::min(mixing.rounding, by_visits);
    mixing.rounding_by_visits = true;
  }

  // Of a lifted walk that climbs to the root all but surely: from there it passes down as the
  // sequential sampler does, and is back at the root if it does not come to a leaf. So the law of
  // a visit is off by what one pass is, over the probability that it visits, and by turns on the
  // way up. A pass begins by visiting or expanding a child of the root, so that there were no more
  // of them than visits and expansions.
  [[nodiscard]] double straight_rounding(const Counters& totals) const {
    constexpr double kAlpha = 1e-9;
    if (totals.leaf_visits == 0) return 1;
    return proposal_rounding(horizon(oracle_), alphabet(oracle_)) /
               least_acceptance(totals.leaf_visits, totals.leaf_visits + totals.expansions,
                                kAlpha) +
           kAlpha + (1 - *straight_climb_);
  }

  // Of estimates that are bounded from above, and their sum too: a walk over integer rows parts
  // from one over the estimates with so small a probability at each step, and until a chain's last
  // draw takes so many steps at most in the mean (budget_risk in guarantee.cpp has the sources).
  [[nodiscard]] double rounding_on_the_way(const Mixing& mixing) const {
    const double a_step = std::ldexp(alphabet(oracle_) + 1.0, -31) + 1e-12;
    const auto draws = static_cast<double>(chain_quota(options_.samples, settings_.chains, 0));
    const double visits = settings_.first_visits + (draws - 1) * thin();
    return a_step * *mixing.steps_per_visit * (visits + 2 * *mixing.relaxation);
  }

  // The same by the steps that chains did take, doubled; and what tables are off by in double.
  [[nodiscard]] double rounding_as_measured(const SampleResult& result) const {
    const double a_step = std::ldexp(alphabet(oracle_) + 1.0, -31) + 1e-12;
    return 2 * a_step * static_cast<double>(result.totals.steps) /
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
      if (!mixing_.relaxation)
        throw Error(
            ErrorKind::kUsage, fmt::format("visits = {}", to_string(settings_.visits)),
            fmt::format("nothing is known of how fast the walk mixes ({}); give `kappa`, or "
                        "the number of visits",
                        mixing_.why));
      const double proven = proven_visits_real(*mixing_.relaxation, options_.delta);
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
        proven > 1 ? measure_visits(result, stop, &seen) : std::nullopt;
    double visits = std::min(proven, measured.value_or(HUGE_VAL));
    if (visits == proven && proven <= kMostVisits) settings_.visits = Visits::kProven;
    if (seen && visits > kOfNoUse * *seen) {
      settings_.visits = Visits::kMeasured;
      settings_.explored = true;
      visits = *seen;
    }
    if (!(visits <= kMostVisits)) {
      if (!stop)
        throw Error(ErrorKind::kUsage, "visits = measured",
                    "too few tours from root to root were seen to measure by; give the number of "
                    "visits, or more `scouts`");
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
    const std::optional<PilotResult> pilot =
        run_pilot(tables ? *tables : oracle_, settings_.walk, mixing_.relaxation, options_.delta,
                  options_.seed, tours_on_cpu, stop,
                  result.adaptation
                      ? std::optional(RunLength{options_.samples, settings_.chains, options_.thin})
                      : std::nullopt);
    result.pilot_seconds = watch.seconds();
    if (!pilot) return std::nullopt;
    result.pilot_tours = pilot->tours;
    result.pilot_queries = pilot->queries;
    if (seen != nullptr) *seen = pilot->visits_seen;
    return pilot->visits;
  }

  [[nodiscard]] std::unique_ptr<Engine> make_engine() const {
    ChainState chains =
        chains_at_root(oracle_, settings_.chains, std::max(1U, settings_.first_visits));
    return make_fused_engine(oracle_, settings_.walk, std::move(chains), options_.backend,
                             options_.threads);
  }

  const Instance& instance_;
  const SampleOptions& options_;
  RunSettings settings_;
  Oracle oracle_;
  std::optional<LockstepDrawing> lockstep_;  // if the oracle is asked
  Mixing mixing_;
  std::optional<double> straight_climb_;  // its probability, where it is near 1
};

}  // namespace

std::unique_ptr<Run> make_walk_run(const Instance& instance, const SampleOptions& options,
                                   RunSettings settings) {
  return std::make_unique<WalkRun>(instance, options, std::move(settings));
}

}  // namespace wend
