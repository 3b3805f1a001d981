#include "host/run/elimination_run.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <exception>
#include <mutex>
#include <utility>
#include <vector>

#include "host/base/parallel.hpp"
#include "host/elimination/counters.hpp"
#include "host/elimination/experiment.hpp"
#include "host/engines/cpu/describe.hpp"
#include "host/run/draw_handler.hpp"
#include "host/run/guarantee.hpp"
#include "kernels/random/philox.hpp"
#include "wend/bounds.hpp"
#include "wend/error.hpp"

namespace wend {
namespace {

/// A replicate has a truth and a noise seed that its chain's number decides.
ClassOracle replicate_oracle(const ClassTarget& target, std::uint64_t seed, std::uint64_t chain) {
  const kernels::DrawBlock draws = kernels::draw_block(seed, kernels::kPurposeReplicate, chain, 0);
  ClassOracle oracle = own_oracle(target);
  oracle.truth = kernels::pick_member(draws.word[0], draws.word[1], count(target.members));
  oracle.noise.seed = static_cast<std::uint64_t>(draws.word[2]) << 32U | draws.word[3];
  return oracle;
}

/// Adds up what experiments tell.
class Tally {
 public:
  explicit Tally(ClassResult& result) : result_(result) {}

  void add(const ClassExperiment& experiment) {
    const std::scoped_lock lock(mutex_);
    const std::vector<ClassPhase>& phases = experiment.phases();
    if (result_.phases.size() < phases.size()) {
      result_.phases.resize(phases.size());
      members_.resize(phases.size(), 0);
    }
    for (std::size_t i = 0; i < phases.size(); ++i) {
      ClassPhase& sum = result_.phases[i];
      sum.chains += phases[i].chains;
      // Whole numbers: a sum of doubles would depend on the order of the threads.
      members_[i] += static_cast<std::uint64_t>(phases[i].members) * phases[i].chains;
      sum.members = static_cast<double>(members_[i]) / static_cast<double>(sum.chains);
      sum.paths += phases[i].paths;
      sum.queries += phases[i].queries;
      sum.certified += phases[i].certified;
    }
    result_.queries_before += experiment.queries_before();
    result_.queries_after += experiment.queries_after();
    result_.samples_certified += experiment.samples_certified();
    result_.samples_direct += experiment.samples_direct();
    oracle_queries_ += experiment.oracle_queries();
    budget_spent_ = budget_spent_ || experiment.budget_spent();
  }
  [[nodiscard]] std::uint64_t oracle_queries() const { return oracle_queries_; }
  [[nodiscard]] bool budget_spent() const { return budget_spent_; }

 private:
  ClassResult& result_;
  std::mutex mutex_;
  std::vector<std::uint64_t> members_;  // of each phase, summed over chains
  std::uint64_t oracle_queries_ = 0;
  bool budget_spent_ = false;
};

class EliminationRun final : public Run {
 public:
  EliminationRun(const Instance& instance, const SampleOptions& options, RunSettings settings)
      : instance_(instance),
        target_(*instance.class_target()),
        options_(options),
        settings_(std::move(settings)),
        threads_(resolve_threads(options.threads)),
        independent_(options.version_space == VersionSpace::kIndependent) {}

  void prepare(SampleResult& /*result*/, const std::atomic<bool>& /*stop*/) override {
    if (options_.backend == Backend::kCuda && independent_)
      throw Error(ErrorKind::kUsage, "backend = cuda", "independent version spaces run on the CPU");
    if (options_.replicates && !target_.truth)
      throw Error(ErrorKind::kUsage, "replicates",
                  "the oracle is another instance, which has one truth only");
    const double kappa = *settings_.kappa;
    found_.members = count(target_.members);
    found_.bound = 2 * kappa * kappa;
    found_.paths_to_certify = paths_to_certify(kappa, found_.members, options_.delta);
    found_.proven_queries =
        elimination_queries_bound(alphabet(target_.members), horizon(target_.members),
                                  found_.members, found_.paths_to_certify);
  }

  [[nodiscard]] MemoryNeed memory() const override {
    constexpr std::uint64_t kChainBytes = 16 * sizeof(std::uint64_t);
    // Symbols of a round, survivors.
    constexpr std::uint64_t kRoundBytes = std::uint64_t{64} << 20U;
    const std::uint64_t members = padded_members(count(target_.members));
    // A version space has tables of its own, of half the class at most; half as much again goes to
    // making them.
    const std::uint64_t spaces = independent_ ? threads_ : 1;
    return {settings_.chains * kChainBytes + threads_ * members * 16 +
                spaces * (table_bytes(target_.members) + kRoundBytes),
            fmt::format("a class of {} members on {} threads", count(target_.members), threads_)};
  }

  void draw(DrawHandler& draws, SampleResult& result, const std::atomic<bool>& stop) override {
    found_.chains = chains_at_zero(settings_.chains, options_.replicates);
    if (options_.replicates) {
      for (std::uint64_t chain = 0; chain < settings_.chains; ++chain)
        found_.chains.truth[chain] = *replicate_oracle(target_, options_.seed, chain).truth;
    }
    const DrawTaker take = [&draws](std::uint64_t chain, std::uint64_t draw,
                                    const std::uint32_t* symbols) {
      constexpr std::uint64_t kReportEvery = 256;
      if (draws.take(chain, draw, 1, symbols) % kReportEvery == 0) draws.report();
    };
    Tally tally(found_);
    const Device device =
        independent_ ? draw_independent(take, tally, stop) : draw_shared(take, tally, stop);
    result.backend = device.backend;
    result.device = device.name;
    result.budget_spent = tally.budget_spent();
    result.totals = reconcile_class(found_, instance_.facts().horizon, tally.oracle_queries(),
                                    options_.audit, result.budget_spent);
    result.elimination = std::move(found_);
  }

  [[nodiscard]] double log_mass(std::uint64_t chain, const std::uint32_t* symbols) const override {
    if (!options_.replicates) return instance_.log_mass(symbols);
    return log_prefix_mass(target_.members, found_.chains.truth[chain], symbols,
                           horizon(target_.members));
  }

  [[nodiscard]] Guarantee guarantee(const SampleResult& result) const override {
    return elimination_guarantee(target_, options_, result);
  }

 private:
  [[nodiscard]] ExperimentSettings experiment_settings() const {
    ExperimentSettings settings;
    settings.chains = settings_.chains;
    settings.samples = options_.samples;
    settings.all_chains = settings_.chains;
    settings.kappa = *settings_.kappa;
    settings.paths_to_certify = found_.paths_to_certify;
    settings.seed = options_.seed;
    settings.audit = options_.audit;
    if (options_.max_queries) settings.query_limit = *options_.max_queries;
    return settings;
  }

  Device draw_shared(const DrawTaker& take, Tally& tally, const std::atomic<bool>& stop) {
    const ClassOracle oracle = own_oracle(target_);
    const bool cuda = options_.backend == Backend::kCuda ||
                      (options_.backend == Backend::kAuto && target_.truth && !options_.audit &&
                       cuda_preferred());
    const std::unique_ptr<ClassEngine> engine =
        cuda ? make_cuda_class_engine(target_, oracle)
             : make_cpu_class_engine(target_, oracle, threads_);
    ClassExperiment experiment(target_, oracle, *engine, experiment_settings(), found_.chains,
                               take);
    experiment.run(stop);
    tally.add(experiment);
    found_.survivor = experiment.survivor();
    return engine->device();
  }

  /// Every chain an experiment of its own. Of the chains that fail the first one's error is thrown,
  /// whatever the threads do.
  Device draw_independent(const DrawTaker& take, Tally& tally, const std::atomic<bool>& stop) {
    std::atomic<std::uint64_t> next{0};
    std::atomic<std::uint64_t> end{settings_.chains};
    std::mutex failing;
    std::exception_ptr failure;
    const std::uint64_t workers = std::min<std::uint64_t>(threads_, settings_.chains);
    parallel_blocks(workers, 1, static_cast<unsigned>(workers), [&](std::uint64_t, std::uint64_t) {
      for (std::uint64_t chain = next++; chain < end && !stop; chain = next++) {
        try {
          draw_chain(chain, take, tally, stop);
        } catch (...) {
          const std::scoped_lock lock(failing);
          if (chain < end) {
            end = chain;
            failure = std::current_exception();
          }
        }
      }
    });
    if (failure) std::rethrow_exception(failure);
    return describe_cpu(threads_, resolve(Simd::kAuto));
  }

  void draw_chain(std::uint64_t chain, const DrawTaker& take, Tally& tally,
                  const std::atomic<bool>& stop) {
    const ClassOracle oracle =
        options_.replicates ? replicate_oracle(target_, options_.seed, chain) : own_oracle(target_);
    const std::unique_ptr<ClassEngine> engine = make_cpu_class_engine(target_, oracle, 1);
    ExperimentSettings one = experiment_settings();
    one.first_chain = chain;
    one.chains = 1;
    if (options_.max_queries)
      one.query_limit = chain_quota(*options_.max_queries, settings_.chains, chain);
    ClassExperiment experiment(target_, oracle, *engine, one, found_.chains, take);
    experiment.run(stop);
    tally.add(experiment);
  }

  const Instance& instance_;
  const ClassTarget& target_;
  const SampleOptions& options_;
  const RunSettings settings_;
  const unsigned threads_;
  const bool independent_;
  ClassResult found_;  // moved to the result at the end
};

}  // namespace

std::unique_ptr<Run> make_elimination_run(const Instance& instance, const SampleOptions& options,
                                          RunSettings settings) {
  return std::make_unique<EliminationRun>(instance, options, std::move(settings));
}

}  // namespace wend
