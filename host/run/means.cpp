#include "wend/means.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <variant>

#include "host/base/memory_limit.hpp"
#include "host/base/stopwatch.hpp"
#include "host/engines/lockstep/oracle_failure.hpp"
#include "host/engines/lockstep/self_test.hpp"
#include "host/engines/lockstep/tours.hpp"
#include "host/oracles/walk_of.hpp"
#include "host/run/class_means.hpp"
#include "host/run/compile.hpp"
#include "host/run/lockstep_settings.hpp"
#include "host/run/mean_sums.hpp"
#include "host/run/means_settings.hpp"
#include "host/run/root_row.hpp"
#include "host/run/tour_engines.hpp"
#include "host/run/tour_reader.hpp"
#include "kernels/random/philox.hpp"
#include "wend/counters.hpp"
#include "wend/error.hpp"

namespace wend {
namespace {

constexpr std::uint64_t kBatchBytes = std::uint64_t{64} << 20U;
constexpr std::uint64_t kFirstTours = 1024;  // before errors are first looked at
constexpr std::uint64_t kChainBytes = 256;   // of the engine, beside the path

/// Takes the chains of one estimate through their rounds.
class TourMeans {
 public:
  TourMeans(const Instance& instance, const MeansOptions& options)
      : options_(options),
        symbols_(instance.facts().alphabet),
        oracle_(compile_oracle(instance, options.algorithm, Correction::kWeight)),
        model_(std::get_if<ModelOracle>(&oracle_)),
        alone_(model_ != nullptr ? hold(*model_) : std::unique_lock<std::mutex>()),
        log_root_sum_(instance.log_root_sum()),
        engine_(make_tour_engine(oracle_, walk_of(options.algorithm), options.chains, options.seed,
                                 kernels::kPurposeTours, engine_options())),
        reader_(instance, oracle_, asks_mass(), scale(), options.threads),
        sums_(instance.facts(), options, log_root_sum_) {}

  // What the oracle throws ends the run with what was found before.
  void run(const std::atomic<bool>& stop, const MeansObserver& observer) {
    if (model_ != nullptr) test(stop);
    try {
      if (options_.queries) {
        ask_queries(stop, observer);
      } else {
        reach_error(stop, observer);
      }
    } catch (const OracleFailure& failure) {
      failure_ = failure.what();
      take_tours();
    }
  }

  [[nodiscard]] const MeanSums& sums() const { return sums_; }
  [[nodiscard]] std::uint64_t draws() const { return draws_; }
  [[nodiscard]] const std::string& failure() const { return failure_; }
  [[nodiscard]] Counters counters() const {
    const bool all_the_same_length = model_ == nullptr || model_->end_bits.empty();
    return reconcile(engine_->state(), options_.algorithm, symbols_, engine_->oracle_queries(),
                     all_the_same_length ? std::optional(horizon(oracle_)) : std::nullopt);
  }
  [[nodiscard]] std::optional<OracleUse> oracle_use() const {
    const auto* asking = dynamic_cast<const LockstepTourEngine*>(engine_.get());
    if (asking == nullptr) return std::nullopt;
    OracleUse use = asking->use();
    tested_.tell(use);
    return use;
  }
  [[nodiscard]] std::string device() const { return engine_->device().name; }

 private:
  void test(const std::atomic<bool>& stop) {
    tested_ = self_test(*model_->model, options_.self_test, options_.chains, options_.max_batch,
                        options_.seed, stop);
    if (tested_.differing != 0) pin();
  }
  // The root was asked for its sum already: that of the row that is pinned may be another. Weights
  // of the sequential sampler have theirs in them.
  void pin() {
    dynamic_cast<LockstepTourEngine&>(*engine_).pin();
    if (scale()) return;
    root_ = std::make_shared<RootRow>(model_->model, log_root_sum_);
    model_->model = root_;
  }
  [[nodiscard]] LockstepOptions engine_options() const {
    if (model_ != nullptr) {
      check_pinned_memo(options_.self_test, options_.memo_bytes);
      return lockstep_settings(*model_, options_.threads, options_.memo_bytes, options_.max_batch);
    }
    LockstepOptions options;
    options.threads = options_.threads;
    return options;
  }
  [[nodiscard]] bool asks_mass() const {
    return std::ranges::find(options_.of, MeanOf::kLogMass) != options_.of.end();
  }
  [[nodiscard]] std::optional<double> scale() const {
    return options_.algorithm == Algorithm::kSequential ? std::optional(log_root_sum_)
                                                        : std::nullopt;
  }

  // All tours that begin before a chain's share of the queries is asked. A tour of more than one
  // level asks something, so that there are at most as many tours as expansions; with one level
  // all is known once the roots are expanded, and that many tours are made of it.
  void ask_queries(const std::atomic<bool>& stop, const MeansObserver& observer) {
    const std::uint64_t share = *options_.queries / options_.chains;
    const std::uint64_t expansions = (share + symbols_ - 1) / symbols_;
    while (!stop && !finished_ && tours_ < expansions)
      advance(expansions - tours_, expansions, stop, observer);
  }

  void reach_error(const std::atomic<bool>& stop, const MeansObserver& observer) {
    const std::uint64_t first = (kFirstTours + options_.chains - 1) / options_.chains;
    for (std::uint64_t goal = std::max<std::uint64_t>(first, 2);; goal *= 2) {
      while (!stop && tours_ < goal) advance(goal - tours_, TourRequest::kNoLimit, stop, observer);
      if (stop) return;
      if (sums_.says_something() && sums_.excess(*options_.relative_error) <= 1) return;
    }
  }

  // One round of at most `most` tours a chain.
  void advance(std::uint64_t most, std::uint64_t expansions, const std::atomic<bool>& stop,
               const MeansObserver& observer) {
    const std::uint64_t tours = std::min(most, round_);
    engine_->advance({.tours = tours, .records = true, .expansions = expansions}, stop);
    take_tours();
    tours_ += tours;
    plan_round();
    if (observer && sums_.says_something())
      observer({sums_.totals().tours, engine_->oracle_queries(), sums_.log_z()});
  }

  void take_tours() {
    const TourBatch& batch = reader_.read(engine_->tours());
    sums_.add(batch);
    if (root_) sums_.set_log_scale(root_->log_sum());
    draws_ += batch.leaves;
    finished_ = batch.visits.empty();
  }

  // The next round's tours a chain, so that its leaves fit the buffer if there are as many a tour
  // as so far. Of nothing but the tours so far: the order in which sums are added follows from it.
  void plan_round() {
    const std::uint64_t room = std::max<std::uint64_t>(kBatchBytes / reader_.leaf_bytes(), 1);
    const double a_tour =
        std::max(1.0, static_cast<double>(draws_) / static_cast<double>(sums_.totals().tours + 1));
    const auto fits = static_cast<std::uint64_t>(static_cast<double>(room) /
                                                 (a_tour * static_cast<double>(options_.chains)));
    round_ = std::clamp<std::uint64_t>(fits, 1, 4 * round_);
  }

  const MeansOptions& options_;
  std::uint32_t symbols_;
  Oracle oracle_;
  ModelOracle* model_;  // if that is what the oracle is
  std::unique_lock<std::mutex> alone_;
  double log_root_sum_;
  std::shared_ptr<RootRow> root_;  // where rows are pinned
  std::unique_ptr<TourEngine> engine_;
  TourReader reader_;
  MeanSums sums_;
  std::uint64_t round_ = 1;
  std::uint64_t tours_ = 0;  // asked of each chain
  std::uint64_t draws_ = 0;
  bool finished_ = false;
  SelfTestFindings tested_;
  std::string failure_;
};

void check_means_memory(const InstanceFacts& facts, const MeansOptions& options) {
  check_memory(MeanSums::bytes(facts, options) + kBatchBytes +
                   options.chains * (kChainBytes + std::uint64_t{4} * (facts.horizon + 1)),
               fmt::format("{}: means over {} positions of {} symbols by {} chains", facts.path,
                           facts.horizon, facts.alphabet, options.chains));
}

void estimate_by_tours(const Instance& instance, const MeansOptions& options,
                       const std::atomic<bool>& stop, const MeansObserver& observer,
                       MeansResult& result) {
  TourMeans means(instance, options);
  means.run(stop, observer);
  result.queries = means.counters().queries;
  result.failure = means.failure();
  result.partial = stop || !result.failure.empty();
  if (!means.sums().says_something()) {
    if (!result.failure.empty()) throw OracleFailure(result.failure);
    if (stop) throw Error(ErrorKind::kInterrupted, "interrupted before a tour visited a leaf");
    throw Error(ErrorKind::kUsage, "queries",
                fmt::format("{} are too few: {} tours visited {} leaves", *options.queries,
                            means.sums().totals().tours, means.draws()));
  }
  result.tours = means.sums().totals().tours;
  result.draws = means.draws();
  means.sums().finish(result);
  result.device = means.device();
  result.oracle_use = means.oracle_use();
}

}  // namespace

MeansResult estimate_means(const Instance& instance, const MeansOptions& options,
                           const std::atomic<bool>& stop, const MeansObserver& observer) {
  const Stopwatch watch;
  const MeansOptions resolved = resolve_means(instance.facts(), options);
  check_means_memory(instance.facts(), resolved);
  MeansResult result;
  result.relative_error = resolved.relative_error.value_or(0);
  result.delta = resolved.delta.value_or(0);
  if (resolved.algorithm == Algorithm::kClassElimination) {
    estimate_by_elimination(instance, resolved, stop, result);
  } else {
    estimate_by_tours(instance, resolved, stop, observer, result);
  }
  result.seconds = watch.seconds();
  return result;
}

}  // namespace wend
