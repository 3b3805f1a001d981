#include "host/run/class_walk_run.hpp"

#include <fmt/core.h>

#include <utility>
#include <vector>

#include "host/base/memory_limit.hpp"
#include "host/base/parallel.hpp"
#include "host/base/stopwatch.hpp"
#include "host/elimination/counters.hpp"
#include "host/elimination/experiment.hpp"
#include "host/instances/class/mean_estimate.hpp"
#include "host/run/walk_run.hpp"
#include "wend/bounds.hpp"
#include "wend/error.hpp"

namespace wend {
namespace {

class ClassWalkRun final : public Run {
 public:
  ClassWalkRun(const Instance& instance, const SampleOptions& options, RunSettings settings)
      : instance_(instance),
        target_(*instance.class_target()),
        options_(options),
        settings_(std::move(settings)),
        threads_(resolve_threads(options.threads)),
        walk_options_(options) {
    walk_options_.algorithm = Algorithm::kLifted;
    walk_options_.correction = Correction::kReject;
    walk_options_.backend = Backend::kCpu;
    // It is the class's, and the estimate's bounds count it in.
    walk_options_.kappa.reset();
  }

  void prepare(SampleResult& result, const std::atomic<bool>& stop) override {
    if (target_.truth)
      throw Error(
          ErrorKind::kUsage, "correction = walk",
          "only goes with a class whose oracle is another instance; this one's is a member");
    if (options_.backend == Backend::kCuda)
      throw Error(ErrorKind::kUsage, "backend = cuda",
                  "another instance answers for the class, which it does on the CPU");
    const std::uint64_t needed = elimination_bytes();
    check_memory(needed, fmt::format("{}: a class of {} members on {} threads",
                                     instance_.facts().path, count(target_.members), threads_));
    const Stopwatch watch;
    std::vector<std::uint32_t> left = eliminate(result, stop);
    estimate_ =
        make_mean_estimate(target_, instance_.facts(), select_members(target_.members, left),
                           *settings_.kappa, threads_);
    const double elimination_seconds = watch.seconds();
    if (!walk_options_.memo_bytes) walk_options_.memo_bytes = available_memory() / 4;
    walk_ = make_walk_run(*estimate_, walk_options_, settings_);
    walk_->prepare(result, stop);
    result.compile_seconds += elimination_seconds;
  }

  [[nodiscard]] MemoryNeed memory() const override { return walk_->memory(); }

  void draw(DrawHandler& draws, SampleResult& result, const std::atomic<bool>& stop) override {
    walk_->draw(draws, result, stop);
  }

  [[nodiscard]] double log_mass(std::uint64_t /*chain*/,
                                const std::uint32_t* symbols) const override {
    return instance_.log_mass(symbols);
  }

  [[nodiscard]] Guarantee guarantee(const SampleResult& result) const override {
    return walk_->guarantee(result);
  }

 private:
  // Of V twice, its tables and the next phase's.
  [[nodiscard]] std::uint64_t elimination_bytes() const {
    return threads_ * padded_members(count(target_.members)) * 16 +
           2 * table_bytes(target_.members);
  }

  // One chain scouts for all, so that what is left is a function of the instance, the seed and the
  // options of elimination alone.
  std::vector<std::uint32_t> eliminate(SampleResult& result, const std::atomic<bool>& stop) {
    ClassResult found;
    ExperimentSettings scouting;
    scouting.chains = 1;
    scouting.samples = 1;
    scouting.all_chains = 1;
    scouting.kappa = *settings_.kappa;
    scouting.seed = options_.seed;
    scouting.for_estimate = true;
    if (options_.max_queries) scouting.query_limit = *options_.max_queries;
    found.members = count(target_.members);
    found.bound = 2 * scouting.kappa * scouting.kappa;
    found.paths_to_certify = paths_to_certify(scouting.kappa, found.members, options_.delta);
    found.proven_queries = elimination_queries_bound(
        alphabet(target_.members), horizon(target_.members), found.members, found.paths_to_certify);
    found.chains = chains_at_zero(1);
    scouting.paths_to_certify = found.paths_to_certify;

    const ClassOracle oracle = own_oracle(target_);
    const std::unique_ptr<ClassEngine> engine = make_cpu_class_engine(target_, oracle, threads_);
    ClassExperiment experiment(target_, oracle, *engine, scouting, found.chains, {});
    experiment.run(stop);
    found.phases = experiment.phases();
    found.queries_before = experiment.queries_before();
    found.survivor = experiment.survivor();
    found.exhausted = experiment.exhausted();
    found.paths_exhausted = experiment.paths_exhausted();
    std::vector<std::uint32_t> left = experiment.members_left();
    found.left = left.size();
    reconcile_class(found, horizon(target_.members), experiment.oracle_queries(), false,
                    experiment.budget_spent());
    if (walk_options_.max_queries) *walk_options_.max_queries -= found.queries_before;
    result.elimination = std::move(found);
    return left;
  }

  const Instance& instance_;
  const ClassTarget& target_;
  const SampleOptions& options_;
  const RunSettings settings_;
  const unsigned threads_;
  SampleOptions walk_options_;
  std::shared_ptr<const Instance> estimate_;  // what the walk walks on
  std::unique_ptr<Run> walk_;
};

}  // namespace

std::unique_ptr<Run> make_class_walk_run(const Instance& instance, const SampleOptions& options,
                                         RunSettings settings) {
  return std::make_unique<ClassWalkRun>(instance, options, std::move(settings));
}

}  // namespace wend
