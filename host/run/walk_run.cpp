#include "host/run/walk_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "host/base/number_text.hpp"
#include "host/base/parallel.hpp"
#include "host/base/stopwatch.hpp"
#include "host/engines/engine.hpp"
#include "host/engines/lockstep/engine.hpp"
#include "host/engines/lockstep/oracle_failure.hpp"
#include "host/engines/lockstep/self_test.hpp"
#include "host/oracles/cuda_model.hpp"
#include "host/run/compile.hpp"
#include "host/run/draw_handler.hpp"
#include "host/run/guarantee.hpp"
#include "host/run/least_acceptance.hpp"
#include "host/run/lockstep_settings.hpp"
#include "host/run/mixing.hpp"
#include "host/run/oracle_watch.hpp"
#include "host/run/pilot.hpp"
#include "kernels/lockstep/path_sums.hpp"
#include "kernels/random/philox.hpp"
#include "kernels/walk/advance.hpp"
#include "wend/bounds.hpp"
#include "wend/counters.hpp"
#include "wend/error.hpp"

namespace wend {
namespace {

constexpr double kMostVisits = std::numeric_limits<std::uint32_t>::max();

// Draws a chain makes in the next round: about half a second's worth, so that progress shows and
// an interruption loses nothing, within the buffer. The draws themselves do not depend on it.
std::uint64_t next_round_size(std::uint64_t current, double seconds, std::uint64_t most) {
  constexpr double kRoundSeconds = 0.5;
  const double factor = std::clamp(kRoundSeconds / std::max(seconds, 1e-3), 0.25, 4.0);
  const auto wanted = static_cast<std::uint64_t>(std::ceil(static_cast<double>(current) * factor));
  return std::clamp<std::uint64_t>(wanted, 1, most);
}

// Whether every chain may ask for its root's children. If not, nothing can be drawn: a chain stops
// before four steps that it might not be able to pay for.
bool roots_fit(const Oracle& oracle, const SampleOptions& options, std::uint64_t chains) {
  return !options.max_queries || *options.max_queries / chains >= alphabet(oracle);
}

// Shares options.max_queries out among the chains: floor(most / chains) each, one more for the
// first ones.
void limit_queries(const Oracle& oracle, const SampleOptions& options, std::uint64_t chains,
                   kernels::RunLimits& limits) {
  if (!options.max_queries) return;
  const std::uint64_t most = *options.max_queries;
  const std::uint64_t symbols = alphabet(oracle);
  limits.expansion_limit = most / chains / symbols;
  limits.expansion_limit_remainder = (most / chains + 1) % symbols == 0 ? most % chains : 0;
}

// True if no chain that owes more samples has queries left, each having gone as far as this round
// let it: a chain short of its goal of the round is out of queries.
bool all_spent(const kernels::RunLimits& limits, const std::vector<std::uint64_t>& drawn) {
  for (std::uint64_t chain = 0; chain < drawn.size(); ++chain) {
    const std::uint64_t quota = limits.quota + (chain < limits.quota_remainder ? 1 : 0);
    if (drawn[chain] < quota && drawn[chain] == kernels::sample_goal(limits, chain)) return false;
  }
  return true;
}

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
    lockstep_.threads = options_.threads;
    if (const auto* model = std::get_if<ModelOracle>(&oracle_); model != nullptr) {
      check_lockstep(*model, options_);
      backend_ = lockstep_backend(*model, options_);
      lockstep_ = lockstep_settings(*model, options_.threads, options_.memo_bytes,
                                    options_.max_batch, backend_);
    }
    if (settings_.walk != kernels::Walk::kSequential) choose_visits(result, stop);
    result.first_visits = settings_.first_visits;
    result.thin = thin();
  }

  // Chains with their paths, twice while a state is copied out, and one record each.
  [[nodiscard]] MemoryNeed memory() const override {
    constexpr std::uint64_t kChainBytes = 52;
    if (const auto* model = std::get_if<ModelOracle>(&oracle_); model != nullptr) {
      const LockstepMemory need =
          lockstep_memory(*model, settings_.walk, settings_.chains, lockstep_);
      // There the rows are, but the host has a copy of the prefixes.
      const bool device = backend_ == Backend::kCuda;
      return {need.other_bytes +
                  (device ? 4 * settings_.chains * horizon(oracle_)
                          : need.path_bytes + lockstep_.memo_bytes) +
                  settings_.chains *
                      (2 * (kChainBytes + 4 * path_words(oracle_)) + 4 * record_words(oracle_)),
              fmt::format("{} chains of horizon {}, each with {} rows of {} (fewer need less), and "
                          "a memo of {}",
                          settings_.chains, horizon(oracle_), need.levels,
                          byte_size(need.node_bytes), byte_size(lockstep_.memo_bytes))};
    }
    return {settings_.chains *
                (2 * (kChainBytes + 4 * path_words(oracle_)) + 4 * record_words(oracle_)),
            fmt::format("{} chains of horizon {} (fewer need less)", settings_.chains,
                        horizon(oracle_))};
  }

  void draw(DrawHandler& draws, SampleResult& result, const std::atomic<bool>& stop) override {
    if (const auto* model = std::get_if<ModelOracle>(&oracle_); model != nullptr) {
      draw_lockstep(*model, draws, result, stop);
      return;
    }
    const std::unique_ptr<Engine> engine = make_engine();
    const Device device = engine->device();
    result.backend = device.backend;
    result.device = device.name;
    if (!roots_fit(oracle_, options_, settings_.chains)) {
      spend_nothing(*engine, result);
      return;
    }
    result.budget_spent = draw_rounds(*engine, draws, stop);
    result.state = engine->save();
    result.totals = reconcile(result.state, options_.algorithm, instance_.facts().alphabet,
                              engine->oracle_queries(), instance_.facts().horizon);
  }

  [[nodiscard]] double log_mass(std::uint64_t /*chain*/,
                                const std::uint32_t* symbols) const override {
    return instance_.log_mass(symbols);
  }

  [[nodiscard]] Guarantee guarantee(const SampleResult& result) const override {
    Mixing mixing = mixing_;
    if (straight_climb_)
      mixing.rounding = std::min(mixing.rounding, straight_rounding(result.totals));
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

  // Not even the roots are paid for.
  void spend_nothing(Engine& engine, SampleResult& result) const {
    result.budget_spent = true;
    result.state = engine.save();
    result.state.expansions.assign(settings_.chains, 0);
  }

  void draw_lockstep(ModelOracle model, DrawHandler& draws, SampleResult& result,
                     const std::atomic<bool>& stop) {
    const std::unique_lock<std::mutex> alone = model.hold();
    const std::unique_ptr<OracleWatch> watch = watch_calls(model, draws, stop);
    LockstepEngine engine(
        model, settings_.walk,
        chains_at_root(oracle_, settings_.chains, std::max(1U, settings_.first_visits)), lockstep_,
        backend_);
    const Device device = engine.device();
    result.backend = device.backend;
    result.device = device.name;
    result.oracle_use.emplace();
    if (!roots_fit(oracle_, options_, settings_.chains)) {
      spend_nothing(engine, result);
      return;
    }
    SelfTestFindings tested;
    if (options_.self_test != SelfTest::kOff && !model.own_masses) {
      tested = test_oracle(*model.model, settings_.chains, options_.max_batch, options_.seed);
      if (options_.self_test == SelfTest::kRefuse)
        refuse_differences(model.model->traits(), tested);
      if (tested.differing != 0) engine.pin();
    }
    try {
      result.budget_spent = draw_rounds(engine, draws, stop);
    } catch (const OracleFailure& failure) {
      result.failure = failure.what();
    }
    result.state = engine.save();
    result.oracle_use = engine.use();
    result.oracle_use->self_tested = tested.asked;
    result.oracle_use->largest_difference = tested.largest_difference;
    const bool all_the_same_length = model.end_bits.empty();
    result.totals = reconcile(
        result.state, options_.algorithm, instance_.facts().alphabet, engine.oracle_queries(),
        all_the_same_length ? std::optional(instance_.facts().horizon) : std::nullopt);
  }

  // Tells of calls that last, while it lives; null where nobody is told.
  static std::unique_ptr<OracleWatch> watch_calls(ModelOracle& model, DrawHandler& draws,
                                                  const std::atomic<bool>& stop) {
    if (!draws.reports_waiting() || model.own_masses || on_device(*model.model) != nullptr)
      return nullptr;
    const auto watched = std::make_shared<WatchedOracle>(model.model);
    model.model = watched;
    return std::make_unique<OracleWatch>(
        watched, [&draws](const OracleWait& wait) { draws.report(wait); },
        [&draws] { draws.report(); }, stop);
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

  [[nodiscard]] std::uint32_t thin() const {
    return options_.thin.value_or(settings_.first_visits);
  }

  // K, for which a bound that is proven beats one that is measured.
  void choose_visits(SampleResult& result, const std::atomic<bool>& stop) {
    result.relaxation = mixing_.relaxation;
    if (settings_.visits != Visits::kFixed) {
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

  std::optional<double> measure_visits(SampleResult& result, const std::atomic<bool>& stop) {
    const Stopwatch watch;
    const auto* model = std::get_if<ModelOracle>(&oracle_);
    std::optional<Oracle> tables;  // which tell the tours of either engine
    if (model != nullptr && model->own_masses)
      tables = compile_oracle(instance_, options_.algorithm, options_.correction);
    std::unique_lock<std::mutex> alone;
    LockstepOptions tours_on_cpu = lockstep_;
    if (model != nullptr && !tables) {
      alone = model->hold();
      tours_on_cpu =
          lockstep_settings(*model, options_.threads, options_.memo_bytes, options_.max_batch);
    }
    const std::optional<PilotResult> pilot =
        run_pilot(tables ? *tables : oracle_, settings_.walk, *mixing_.relaxation, options_.delta,
                  options_.seed, tours_on_cpu, stop);
    result.pilot_seconds = watch.seconds();
    if (!pilot) return std::nullopt;
    result.pilot_tours = pilot->tours;
    result.pilot_queries = pilot->queries;
    return pilot->visits;
  }

  [[nodiscard]] std::unique_ptr<Engine> make_engine() const {
    ChainState chains =
        chains_at_root(oracle_, settings_.chains, std::max(1U, settings_.first_visits));
    const bool on_cpu_alone = std::holds_alternative<PrefixOracle>(oracle_);
    const bool cuda = options_.backend == Backend::kCuda ||
                      (options_.backend == Backend::kAuto && !on_cpu_alone && cuda_preferred());
    return cuda ? make_cuda_engine(oracle_, settings_.walk, std::move(chains))
                : make_cpu_engine(oracle_, settings_.walk, std::move(chains), options_.threads);
  }

  // True if the queries allowed were used up.
  bool draw_rounds(Engine& engine, DrawHandler& draws, const std::atomic<bool>& stop) const {
    const std::uint64_t chains = settings_.chains;
    kernels::RunLimits limits{};
    limits.seed = options_.seed;
    limits.purpose = kernels::kPurposeWalk;
    limits.thin = thin();
    limits.quota = options_.samples / chains;
    limits.quota_remainder = options_.samples % chains;
    limits.step_budget = ~std::uint64_t{0};
    limit_queries(oracle_, options_, chains, limits);
    const std::uint64_t longest = chain_quota(options_.samples, chains, 0);
    const std::uint64_t chain_record_bytes = chains * record_words(oracle_) * 4;
    const std::uint64_t most =
        std::clamp<std::uint64_t>(options_.buffer_bytes / chain_record_bytes, 1, longest);
    std::vector<std::uint32_t> records;
    std::vector<std::uint64_t> drawn(chains, 0);
    bool spent = false;

    limits.round_size = 1;
    while (limits.round_begin < longest && !stop && !spent) {
      records.resize(chains * limits.round_size * record_words(oracle_));
      const Stopwatch watch;
      std::optional<OracleFailure> failure;
      try {
        engine.advance(limits, records, stop);
      } catch (const OracleFailure& failed) {
        failure = failed;
      }
      const bool stopped = stop || failure;
      if (stopped || options_.max_queries) {
        drawn = engine.samples();
      } else {
        for (std::uint64_t chain = 0; chain < chains; ++chain)
          drawn[chain] = kernels::sample_goal(limits, chain);
      }
      hand_on(limits, records, drawn, draws);
      if (failure) throw OracleFailure(*failure);
      spent = options_.max_queries && !stopped && all_spent(limits, drawn);
      limits.round_begin += limits.round_size;
      // Which chains meet in a round of the lockstep engine follows from the sizes of these, and
      // with it what is asked: no clock may have a say.
      limits.round_size = std::holds_alternative<ModelOracle>(oracle_)
                              ? std::min(2 * limits.round_size, most)
                              : next_round_size(limits.round_size, watch.seconds(), most);
      draws.report();
    }
    return spent;
  }

  // Decodes a round's records. `drawn[c]`: draws of chain c, up to and including this round.
  void hand_on(const kernels::RunLimits& limits, std::span<const std::uint32_t> records,
               const std::vector<std::uint64_t>& drawn, DrawHandler& draws) const {
    const std::uint32_t words = record_words(oracle_);
    const std::uint32_t length = horizon(oracle_);
    const auto* model = std::get_if<ModelOracle>(&oracle_);
    const bool sums = model != nullptr && !model->own_masses;
    const std::uint64_t block = std::min(DrawHandler::kMostDraws, limits.round_size);
    parallel_blocks(
        settings_.chains, 1, options_.threads, [&](std::uint64_t first, std::uint64_t last) {
          std::vector<std::uint32_t> symbols(block * length);
          std::vector<double> log_mass(sums ? block : 0);
          std::vector<double> log_weight(sums ? block : 0);
          for (std::uint64_t chain = first; chain < last; ++chain) {
            for (std::uint64_t draw = limits.round_begin; draw < drawn[chain]; draw += block) {
              const std::uint64_t count = std::min(block, drawn[chain] - draw);
              const std::uint64_t at = chain * limits.round_size + draw - limits.round_begin;
              if (sums || draws.wants(chain, draw)) {
                for (std::uint64_t i = 0; i < count; ++i)
                  decode(oracle_, &records[(at + i) * words], {&symbols[i * length], length});
              }
              if (!sums) {
                draws.take(chain, draw, count, symbols.data());
                continue;
              }
              for (std::uint64_t i = 0; i < count; ++i) {
                const std::uint32_t* record = &records[(at + i) * words + length];
                log_mass[i] = kernels::load_double(record);
                log_weight[i] = kernels::load_double(record + 2);
              }
              draws.take(chain, draw, count, symbols.data(), log_mass.data(), log_weight.data());
            }
          }
        });
  }

  const Instance& instance_;
  const SampleOptions& options_;
  RunSettings settings_;
  Oracle oracle_;
  LockstepOptions lockstep_;
  Backend backend_ = Backend::kCpu;  // of the lockstep engine
  Mixing mixing_;
  std::optional<double> straight_climb_;  // its probability, where it is near 1
};

}  // namespace

std::unique_ptr<Run> make_walk_run(const Instance& instance, const SampleOptions& options,
                                   RunSettings settings) {
  return std::make_unique<WalkRun>(instance, options, std::move(settings));
}

}  // namespace wend
