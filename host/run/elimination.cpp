#include "host/run/elimination.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <exception>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "host/base/memory_limit.hpp"
#include "host/base/parallel.hpp"
#include "host/elimination/counters.hpp"
#include "host/elimination/experiment.hpp"
#include "host/engines/cpu/simd.hpp"
#include "host/run/draw_monitor.hpp"
#include "host/run/plan.hpp"
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

/// Hands draws on, with the mass that their own target gives them.
class DrawHandler {
 public:
  DrawHandler(const Instance& instance, const ClassTarget& target, const SampleOptions& options,
              std::uint64_t chains, const std::vector<std::uint64_t>& truths, SampleSink* sink,
              DrawMonitor& monitor, const Progress& progress)
      : instance_(instance),
        target_(target),
        options_(options),
        chains_(chains),
        truths_(truths),
        sink_(sink),
        monitor_(monitor),
        progress_(progress) {}

  void take(std::uint64_t chain, std::uint64_t draw, const std::uint16_t* symbols) {
    if (sink_ != nullptr || monitor_.wants(chain, draw)) {
      const double log_mass = truths_.empty() ? instance_.log_mass(symbols)
                                              : log_prefix_mass(target_.members, truths_[chain],
                                                                symbols, horizon(target_.members));
      const SampleRows rows{first_row(options_.samples, chains_, chain) + draw,
                            chain,
                            1,
                            symbols,
                            &log_mass,
                            nullptr};
      monitor_.put(rows, draw);
      if (sink_ != nullptr) sink_->put(rows);
    }
    const std::uint64_t drawn = ++drawn_;
    constexpr std::uint64_t kReportEvery = 256;
    if (progress_ && drawn % kReportEvery == 0) {
      const std::scoped_lock lock(progress_mutex_);
      progress_(drawn, options_.samples);
    }
  }
  [[nodiscard]] std::uint64_t drawn() const { return drawn_; }

 private:
  const Instance& instance_;
  const ClassTarget& target_;
  const SampleOptions& options_;
  const std::uint64_t chains_;
  const std::vector<std::uint64_t>& truths_;
  SampleSink* const sink_;
  DrawMonitor& monitor_;
  const Progress& progress_;
  std::atomic<std::uint64_t> drawn_{0};
  std::mutex progress_mutex_;
};

/// Every chain an experiment of its own. Of the chains that fail the first one's error is thrown,
/// whatever the threads do.
void run_independent(const ClassTarget& target, const SampleOptions& options,
                     const ExperimentPlan& plan, unsigned threads, const std::atomic<bool>& stop,
                     const DrawTaker& take, Tally& tally, ClassChains& chains) {
  std::atomic<std::uint64_t> next{0};
  std::atomic<std::uint64_t> end{plan.all_chains};
  std::mutex failing;
  std::exception_ptr failure;
  const auto run_chain = [&](std::uint64_t chain) {
    const ClassOracle oracle =
        options.replicates ? replicate_oracle(target, options.seed, chain) : own_oracle(target);
    const std::unique_ptr<ClassEngine> engine = make_cpu_class_engine(target, oracle, 1);
    ExperimentPlan one = plan;
    one.first_chain = chain;
    one.chains = 1;
    if (options.max_queries)
      one.query_limit = chain_quota(*options.max_queries, plan.all_chains, chain);
    ClassExperiment experiment(target, oracle, *engine, one, chains, take);
    experiment.run(stop);
    tally.add(experiment);
  };
  const std::uint64_t workers = std::min<std::uint64_t>(threads, plan.all_chains);
  parallel_blocks(workers, 1, static_cast<unsigned>(workers), [&](std::uint64_t, std::uint64_t) {
    for (std::uint64_t chain = next++; chain < end && !stop; chain = next++) {
      try {
        run_chain(chain);
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
}

void check_run_memory(const ClassTarget& target, std::uint64_t chains, unsigned threads,
                      bool independent, const std::string& path) {
  constexpr std::uint64_t kChainBytes = 16 * sizeof(std::uint64_t);
  constexpr std::uint64_t kRoundBytes = std::uint64_t{64} << 20U;  // symbols of a round, survivors
  const std::uint64_t members = padded_members(count(target.members));
  // A version space has tables of its own, of half the class at most; half as much again goes to
  // making them.
  const std::uint64_t spaces = independent ? threads : 1;
  check_memory(
      chains * kChainBytes + threads * members * 16 +
          spaces * (table_bytes(target.members) + kRoundBytes),
      fmt::format("{}: a class of {} members on {} threads", path, count(target.members), threads));
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

Guarantee class_guarantee(const ClassTarget& target, const SampleOptions& options,
                          const SampleResult& result) {
  const ClassResult& elimination = *result.elimination;
  if (result.budget_spent)
    return {std::nullopt, GuaranteeKind::kNone,
            "the query budget was used up: how many draws each chain has made depends on the "
            "answers, and so on the draws"};
  if (result.partial)
    return {std::nullopt, GuaranteeKind::kNone,
            "stopped early: how many draws each chain has made depends on the draws"};
  if (!acceptance_fits(result.totals, elimination.bound, options.delta))
    return {std::nullopt, GuaranteeKind::kNone,
            fmt::format("{} of {} proposals were accepted, where a target in the class has {:.4g} "
                        "of them accepted: the class does not hold the target",
                        result.totals.accepted, result.totals.proposals, 1 / elimination.bound)};
  if (!target.truth) {
    const char* const unknown =
        "the oracle is another instance, and answers that agree with the class do not show that it "
        "holds the target";
    const std::uint64_t audited = options.audit ? elimination.samples_direct : 0;
    if (audited == 0 || elimination.samples_certified > 0)
      return {std::nullopt, GuaranteeKind::kNone,
              std::string(unknown) + "; --audit asks at every draw from one member left"};
    // A member that is wrong on leaves of mass p under it passes n audits with probability
    // (1 - p)^n, and its distance from the target is at most p.
    return {std::min(1.0, std::log(100.0) / static_cast<double>(audited)), GuaranteeKind::kMeasured,
            fmt::format("the one member left agreed with the oracle at all {} audited leaves: a "
                        "larger distance passes with a probability below 1%",
                        audited)};
  }
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

}  // namespace

SampleResult sample_class(const Instance& instance, const SampleOptions& options, SampleSink* sink,
                          const std::atomic<bool>& stop, const Progress& progress) {
  const Plan plan = make_plan(instance.facts(), options);  // refuses other kinds of instances
  const ClassTarget& target = *instance.class_target();
  const bool independent = options.version_space == VersionSpace::kIndependent;
  if (options.backend == Backend::kCuda && independent)
    throw Error(ErrorKind::kUsage, "--backend cuda: independent version spaces run on the CPU");
  if (options.replicates && !target.truth)
    throw Error(ErrorKind::kUsage,
                "--replicates: the oracle is another instance, which has one truth only");
  const unsigned threads = resolve_threads(options.threads);
  check_run_memory(target, plan.chains, threads, independent, instance.facts().path);

  SampleResult result;
  result.chains = plan.chains;
  result.requested = options.samples;
  result.kappa = plan.kappa;
  ClassResult& elimination = result.elimination.emplace();
  elimination.members = count(target.members);
  elimination.bound = 2 * *plan.kappa * *plan.kappa;
  elimination.paths_to_certify = paths_to_certify(*plan.kappa, elimination.members, options.delta);
  elimination.proven_queries =
      elimination_queries_bound(alphabet(target.members), horizon(target.members),
                                elimination.members, elimination.paths_to_certify);
  elimination.chains = chains_at_zero(plan.chains, options.replicates);
  if (options.replicates) {
    for (std::uint64_t chain = 0; chain < plan.chains; ++chain)
      elimination.chains.truth[chain] = *replicate_oracle(target, options.seed, chain).truth;
  }

  const auto start = std::chrono::steady_clock::now();
  DrawMonitor monitor(options.samples, plan.chains, instance.facts().horizon);
  DrawHandler handler(instance, target, options, plan.chains, elimination.chains.truth, sink,
                      monitor, progress);
  const DrawTaker take = [&handler](std::uint64_t chain, std::uint64_t draw,
                                    const std::uint16_t* symbols) {
    handler.take(chain, draw, symbols);
  };
  ExperimentPlan experiment_plan;
  experiment_plan.chains = plan.chains;
  experiment_plan.samples = options.samples;
  experiment_plan.all_chains = plan.chains;
  experiment_plan.kappa = *plan.kappa;
  experiment_plan.paths_to_certify = elimination.paths_to_certify;
  experiment_plan.seed = options.seed;
  experiment_plan.audit = options.audit;
  if (options.max_queries) experiment_plan.query_limit = *options.max_queries;

  Tally tally(elimination);
  if (!independent) {
    const ClassOracle oracle = own_oracle(target);
    const bool cuda =
        options.backend == Backend::kCuda ||
        (options.backend == Backend::kAuto && target.truth && !options.audit && cuda_available());
    const std::unique_ptr<ClassEngine> engine =
        cuda ? make_cuda_class_engine(target, oracle)
             : make_cpu_class_engine(target, oracle, threads);
    result.device = engine->device();
    ClassExperiment experiment(target, oracle, *engine, experiment_plan, elimination.chains, take);
    experiment.run(stop);
    tally.add(experiment);
    elimination.survivor = experiment.survivor();
  } else {
    run_independent(target, options, experiment_plan, threads, stop, take, tally,
                    elimination.chains);
    result.device = describe_cpu(threads, resolve(Simd::kAuto));
  }
  result.backend = result.device.starts_with("cpu") ? "cpu" : "cuda";
  result.drawn = handler.drawn();
  result.budget_spent = tally.budget_spent();
  result.partial = result.drawn < options.samples;
  result.totals = reconcile_class(elimination, instance.facts().horizon, tally.oracle_queries(),
                                  options.audit, result.budget_spent);
  result.diagnostics = monitor.finish(elimination.chains.samples, result.totals.queries);
  result.guarantee = class_guarantee(target, options, result);
  result.run_seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return result;
}

}  // namespace wend
