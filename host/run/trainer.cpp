#include "host/run/trainer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "host/adapt/adapted_instance.hpp"
#include "host/adapt/best_first.hpp"
#include "host/adapt/fit.hpp"
#include "host/adapt/row_source.hpp"
#include "host/adapt/scout_walk.hpp"
#include "host/base/stopwatch.hpp"
#include "host/run/compile.hpp"
#include "host/run/depth_scale.hpp"
#include "host/run/mixing.hpp"
#include "host/run/pilot.hpp"
#include "wend/bounds.hpp"
#include "wend/error.hpp"

namespace wend {
namespace {

constexpr double kUnmeasured = std::numeric_limits<double>::infinity();
// Expansions of the first stage's training walk, of tables and of oracles that are asked.
constexpr std::uint64_t kFirstTable = 1024;
constexpr std::uint64_t kFirstAsked = 64;
constexpr std::uint64_t kMostTable = std::uint64_t{1} << 22U;
constexpr std::uint64_t kMostAsked = std::uint64_t{1} << 16U;
constexpr std::uint64_t kDepthsAScout = 16;
// Of the tree: beyond, no more is asked for. A number, that draws do not depend on the machine.
constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 32U;
constexpr std::uint64_t kExpansionsAnEvaluation = 16;  // of walks on what is there already
// Scouts stop at this share of what the run is expected to spend, or once a stage gains less.
constexpr double kScoutsShare = 1.0 / 8;
constexpr double kStageWorthwhile = 0.9;
// ln of the factor by which an estimate may exceed its children's sum, for the lifted walk to climb
// straight where it has come out a little low.
constexpr double kTilt = 0.04;
// Bytes of an instance that is swept for each family, for what is proven of it.
constexpr std::uint64_t kSweptQuickly = std::uint64_t{1} << 28U;
// A pilot run's: -ln of the chance that it misleads, and the tours that it makes.
constexpr double kToursThatMayMislead = 10;
constexpr double kFewestToursExpected = kLeastPilotTours;
constexpr double kMostToursExpected = 1U << 22U;
// A K that was seen by a few tours of scouts, and has no bound that is of use, may be too small by
// much, for long tours are rare. A family with a better guarantee comes before one without: over
// tables always, and where each evaluation costs unless it is this much dearer.
constexpr double kFarDearer = 16;
// Visits that tell a cost; with fewer what was measured before stands.
constexpr std::uint64_t kFewScoutVisits = 16;
constexpr std::uint64_t kScaleAgain = 8;

struct Family {
  enum class Kind { kUntrained, kScaled, kDepth, kBucket };
  Kind kind;
  bool backed_up;
  std::string name;
  double log_tilt = 0;
  double cost = kUnmeasured;         // expansions of an effective sample
  NodeValue value = {};              // as fitted last
  double proven_cost = kUnmeasured;  // where that is known without a walk
  bool seen_only = false;            // its K would rest on the tours that were seen alone
};

class Trainer {
 public:
  Trainer(const Instance& instance, const SampleOptions& options, kernels::Walk walk, bool proven,
          const std::atomic<bool>& stop)
      : instance_(instance),
        options_(options),
        walk_(walk),
        proven_(proven),
        stop_(stop),
        oracle_(model_oracle(instance, walk, Correction::kNone)),
        alone_(hold(oracle_)),
        asked_(!oracle_.own_masses),
        source_(oracle_, options.threads, options.max_batch),
        scouts_(oracle_, source_, *tree_, walk, options.seed),
        untrained_moves_(oracle_.horizon, 0.0),
        most_(most_nodes(options, asked_, oracle_.alphabet)) {
    list_families();
  }

  Trained run() {
    const Stopwatch watch;
    Trained trained;
    if (asked_) trained.tested = check_answers();
    const Family* best = &families_.front();
    double before = kUnmeasured;
    std::uint64_t size = asked_ ? kFirstAsked : kFirstTable;
    for (bool going = most_ > 0; going && !stop_; size *= 2) {
      going = spent() + size < most_;
      stage(std::min(size, most_ - std::min(most_, spent())), *best);
      ++trained.found.stages;
      best = cheapest();
      going = going && !settled(best->cost, before, 2 * size);
      before = best->cost;
    }
    alone_.unlock();
    if (best->kind != Family::Kind::kUntrained || best->backed_up)
      trained.instance = instance_under(*best);
    tell(*best, trained);
    trained.found.seconds = watch.seconds();
    return trained;
  }

 private:
  static std::uint64_t most_nodes(const SampleOptions& options, bool asked,
                                  std::uint32_t alphabet) {
    const std::uint64_t most = options.scouts.value_or(asked ? kMostAsked : kMostTable);
    return options.max_queries ? std::min(most, *options.max_queries / (8 * alphabet)) : most;
  }

  [[nodiscard]] SelfTestFindings check_answers() const {
    SelfTestFindings tested = self_test(*oracle_.model, options_.self_test, source_.slots(),
                                        options_.max_batch, options_.seed);
    if (tested.differing != 0)
      throw Error(ErrorKind::kUsage, "adapt",
                  "needs an oracle whose answers are a function of the prefix");
    return tested;
  }

  void list_families() {
    using Kind = Family::Kind;
    const auto wanted = [&](Adapt adapt) {
      return options_.adapt == Adapt::kAuto || options_.adapt == adapt;
    };
    families_.push_back({Kind::kUntrained, false, "untrained", 0});
    if (wanted(Adapt::kDepth) && !instance_.facts().kappa_by_depth.empty() && !options_.adapt_floor)
      families_.push_back({Kind::kScaled, false, "scaled by depth"});
    if (asked_ && options_.adapt == Adapt::kAuto)
      families_.push_back({Kind::kUntrained, true, "explored"});
    const std::string explored = asked_ ? "explored, " : "";
    if (wanted(Adapt::kDepth)) families_.push_back({Kind::kDepth, asked_, explored + "depth"});
    if (wanted(Adapt::kBucket) && source_.buckets() > 1) {
      const std::string name = fmt::format("{}depth and {}", explored, source_.bucket_why());
      families_.push_back({Kind::kBucket, asked_, name});
      if (kernels::is_directed(walk_))
        families_.push_back({Kind::kBucket, asked_, name + ", tilted", kTilt});
    }
    if (families_.size() == 1)
      throw Error(ErrorKind::kUsage, fmt::format("adapt = {}", to_string(options_.adapt)),
                  "the oracle names no buckets, and has too many symbols to stand in for them");
  }

  // Nodes that scouts have come to: of tables each costs its queries, of oracles that are asked an
  // evaluation.
  [[nodiscard]] std::uint64_t spent() const { return asked_ ? source_.evaluations() : expansions_; }
  [[nodiscard]] bool full() const { return tree_->bytes() > kMostBytes; }

  WalkFindings walk(const TrainedEstimate& estimate, std::uint64_t size, bool learn) {
    const std::uint64_t left = most_ - std::min(most_, spent());
    size = std::min(size, std::max<std::uint64_t>(left, 1));
    const std::uint64_t evaluations = asked_ ? (left == 0 || full() ? 0 : size) : ~std::uint64_t{0};
    // What was asked for is walked on again at no evaluation, and far enough to come to leaves.
    const std::uint64_t expansions =
        asked_ ? kExpansionsAnEvaluation *
                     std::max<std::uint64_t>(size, kDepthsAScout * oracle_.horizon)
               : size;
    WalkFindings found = scouts_.run(estimate, {expansions, evaluations}, learn, stop_);
    expansions_ += found.expansions;
    return found;
  }

  // A training walk under the best estimate so far, in part best-first; then all families anew,
  // each measured by scouts that start from the root.
  void stage(std::uint64_t size, const Family& best) {
    const TrainedEstimate current = estimate_of(best);
    if (asked_ && !full())
      expansions_ += explore_best_first(current, size / 2, source_, *tree_, stop_);
    walk(current, size / 2, true);
    for (Family& family : families_) {
      if (stop_) return;
      fit(family);
      if (family.value.horizon == 0) continue;
      const WalkFindings found = walk(estimate_of(family), size / 4, false);
      if (&family == &families_.front()) seek_scale(found);
      if (found.visits < kFewScoutVisits && std::isfinite(family.cost)) continue;
      family.cost = std::min(family.proven_cost,
                             found.expansions_per_visit() * visits_a_sample(family, found));
    }
  }

  // Many sweeps, by what all visits of the untrained walk so far tell: again once there are many
  // times as many.
  void seek_scale(const WalkFindings& untrained) {
    untrained_visits_ += untrained.visits;
    std::ranges::transform(untrained.moves_down, untrained_moves_, untrained_moves_.begin(),
                           std::plus{});
    if (untrained_visits_ < scale_sought_at_) return;
    scale_sought_at_ = kScaleAgain * untrained_visits_;
    std::vector<double> moves_down = untrained_moves_;
    for (double& moves : moves_down) moves /= static_cast<double>(untrained_visits_);
    for (Family& family : families_)
      if (family.kind == Family::Kind::kScaled)
        if (std::optional<DepthScale> scale =
                least_proven_scale(instance_, walk_, options_.delta, moves_down)) {
          family.value = std::move(scale->value);
          family.proven_cost = scale->cost;
        }
  }

  void fit(Family& family) {
    switch (family.kind) {
      case Family::Kind::kUntrained:
        family.value = NodeValue::none(oracle_.horizon);
        return;
      case Family::Kind::kScaled:
        return;  // seek_scale() has done what there is to do
      case Family::Kind::kDepth:
      case Family::Kind::kBucket:
        break;
    }
    const bool upper_bound =
        !instance_.facts().kappa_by_depth.empty() &&
        std::ranges::all_of(instance_.facts().kappa_by_depth, [](double k) { return k <= 1; });
    family.value =
        fit_value(*tree_, {.horizon = oracle_.horizon,
                           .buckets = family.kind == Family::Kind::kBucket ? source_.buckets() : 1,
                           .backed_up = family.backed_up,
                           .least = options_.adapt_floor.value_or(0),
                           .at_most_one = upper_bound});
    for (std::uint32_t h = 1; h < oracle_.horizon; ++h)
      for (std::uint32_t b = 0; b < family.value.buckets; ++b)
        family.value.log_value[std::size_t{h} * family.value.buckets + b] +=
            family.log_tilt * (oracle_.horizon - h);
  }

  [[nodiscard]] TrainedEstimate estimate_of(const Family& family) const {
    NodeValue value = family.value.horizon == 0 ? NodeValue::none(oracle_.horizon) : family.value;
    return family.backed_up ? TrainedEstimate(std::move(value), *tree_)
                            : TrainedEstimate(std::move(value));
  }

  [[nodiscard]] std::shared_ptr<const Instance> instance_under(const Family& family) const {
    if (family.kind == Family::Kind::kUntrained && !family.backed_up) return nullptr;
    if (!family.backed_up)
      if (auto tables = instance_.with_value(family.value)) return tables;
    return std::make_shared<AdaptedInstance>(
        instance_, oracle_,
        std::make_shared<Training>(
            Training{tree_, estimate_of(family), source_.own_buckets(), oracle_.end_bits}));
  }

  // From draw to draw of a run by this family, or what an effective sample is worth where the user
  // has said how many.
  [[nodiscard]] double visits_a_sample(Family& family, const WalkFindings& found) {
    family.seen_only = false;
    if (found.visits == 0) return kUnmeasured;
    if (!proven_ && (options_.thin || options_.visits == Visits::kFixed))
      return found.dependent_visits();
    const double seen = found.visits_to_forget(options_.delta);
    const auto as_seen = [&] {
      family.seen_only = true;
      return seen;
    };
    if (!proven_ && instance_.working_bytes() > kSweptQuickly) return as_seen();
    const std::shared_ptr<const Instance> made = instance_under(family);
    const WalkBounds bounds = made ? made->walk_bounds() : untrained_bounds();
    // Tables whose rounding is more than the user accepts would have no guarantee, or a worse one.
    const bool tables = made && dynamic_cast<const AdaptedInstance*>(made.get()) == nullptr;
    if (tables && bounds.rounding > std::max(options_.delta, untrained_bounds().rounding))
      return kUnmeasured;
    const InstanceFacts& facts = made ? made->facts() : instance_.facts();
    const std::optional<double> relaxation =
        proven_mixing(facts, bounds, walk_, std::nullopt).relaxation;
    if (!relaxation) return proven_ ? kUnmeasured : as_seen();
    const double proven = proven_visits_real(*relaxation, options_.delta);
    if (proven_) return proven;
    // Tours that are too rare to be seen can be as long as is proven. A pilot run that costs as
    // much as the run itself bounds their share by so much, and K grows by what is above half of
    // delta; the other half is for the visits of tours like those seen.
    const double visits_a_tour =
        static_cast<double>(found.visits) / static_cast<double>(found.tours.size());
    const double steps_a_tour = 2 * found.expansions_per_visit() * visits_a_tour;
    const auto steps =
        static_cast<double>(tables || !made ? kMostPilotSteps : kMostPilotStepsAsked);
    const double tours =
        std::min({std::max(static_cast<double>(options_.samples) * seen / visits_a_tour,
                           kFewestToursExpected),
                  kMostToursExpected, steps / steps_a_tour});
    const double share =
        kToursThatMayMislead / tours * *relaxation / (options_.delta / 2 * visits_a_tour);
    const double visits = std::min(proven, found.visits_to_forget(options_.delta / 2) +
                                               (share > 1 ? *relaxation * std::log(share) : 0.0));
    return visits > kOfNoUse * seen ? as_seen() : visits;
  }

  // A sweep, over tables: once.
  const WalkBounds& untrained_bounds() {
    if (!untrained_bounds_) untrained_bounds_ = instance_.walk_bounds();
    return *untrained_bounds_;
  }

  [[nodiscard]] double cautious_cost(const Family& family) const {
    if (!family.seen_only) return family.cost;
    return asked_ ? kFarDearer * family.cost : kUnmeasured;
  }

  [[nodiscard]] const Family* cheapest() const {
    // A family that was asked for by its name is taken as it is.
    const auto from = families_.begin() + (options_.adapt == Adapt::kAuto ? 0 : 1);
    const auto best =
        std::min_element(from, families_.end(), [&](const Family& a, const Family& b) {
          return std::pair(cautious_cost(a), a.cost) < std::pair(cautious_cost(b), b.cost);
        });
    if (!std::isinf(best->cost)) return &*best;
    // No scout has come to a leaf. Of tables nothing is known then; of an oracle that was looked at
    // the trained estimate says more.
    if (options_.adapt == Adapt::kAuto && !asked_) return &families_.front();
    return &*std::ranges::find_if(families_, [](const Family& family) {
      return family.kind == Family::Kind::kDepth || family.kind == Family::Kind::kBucket;
    });
  }

  [[nodiscard]] bool settled(double cost, double before, std::uint64_t next) {
    if (full()) return true;
    const bool everything = asked_ && source_.evaluations() == evaluations_before_;
    evaluations_before_ = source_.evaluations();
    if (everything) return true;  // nothing new was met
    if (options_.scouts || std::isinf(cost)) return false;
    const double run = static_cast<double>(options_.samples) * cost;
    if (static_cast<double>(spent() + next) > kScoutsShare * run) return true;
    return cost > kStageWorthwhile * before;
  }

  void tell(const Family& best, Trained& trained) const {
    Adaptation& found = trained.found;
    found.family = best.name;
    for (const Family& family : families_)
      found.families.push_back({family.name, family.cost * oracle_.alphabet});
    found.queries = expansions_ * oracle_.alphabet;
    found.evaluations = source_.evaluations();
    found.batches = source_.batches();
    found.explored = best.backed_up ? tree_->size() : 0;
    found.bytes = trained.instance && asked_ ? tree_->bytes() : 0;
    if (asked_) found.log_mass_known = tree_->log_leaf_mass();
  }

  const Instance& instance_;
  const SampleOptions& options_;
  kernels::Walk walk_;
  bool proven_;
  const std::atomic<bool>& stop_;
  ModelOracle oracle_;
  std::unique_lock<std::mutex> alone_;
  bool asked_;
  std::shared_ptr<ExploredTree> tree_ = std::make_shared<ExploredTree>();
  RowSource source_;
  ScoutWalk scouts_;
  std::vector<Family> families_;
  std::vector<double> untrained_moves_;  // WalkFindings::moves_down, of all its walks
  std::uint64_t untrained_visits_ = 0;
  std::uint64_t scale_sought_at_ = kFewScoutVisits;  // visits of it
  std::optional<WalkBounds> untrained_bounds_;
  std::uint64_t most_;  // nodes that scouts may come to: spent()
  std::uint64_t expansions_ = 0;
  std::uint64_t evaluations_before_ = 0;  // of the last stage
};

}  // namespace

Trained train(const Instance& instance, const SampleOptions& options, kernels::Walk walk,
              bool proven, const std::atomic<bool>& stop) {
  return Trainer(instance, options, walk, proven, stop).run();
}

}  // namespace wend
