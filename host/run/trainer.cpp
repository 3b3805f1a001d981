#include "host/run/trainer.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <mutex>
#include <utility>
#include <vector>

#include "host/adapt/adapted_instance.hpp"
#include "host/adapt/best_first.hpp"
#include "host/adapt/row_source.hpp"
#include "host/adapt/scout_walk.hpp"
#include "host/base/stopwatch.hpp"
#include "host/run/compile.hpp"
#include "host/run/depth_scale.hpp"
#include "host/run/family.hpp"
#include "host/run/visits_expected.hpp"
#include "wend/error.hpp"

namespace wend {
namespace {

// Expansions of the first stage's training walk, of tables and of oracles that are asked.
constexpr std::uint64_t kFirstTable = 1024;
constexpr std::uint64_t kFirstAsked = 64;
constexpr std::uint64_t kMostTable = std::uint64_t{1} << 22U;
constexpr std::uint64_t kMostAsked = std::uint64_t{1} << 16U;
// Of walks on what is there already: so many are counted as one evaluation.
constexpr std::uint64_t kExpansionsAnEvaluation = 16;
// Few scouts that come to leaves see more than many that do not: so many times the horizon each, of
// expansions and, where those are asked for, of evaluations.
constexpr std::uint64_t kDepthsAScout = 16;
constexpr std::uint64_t kDepthsAScoutAsked = 8;
// Of the untrained estimate, where those have told too little of it.
constexpr std::uint64_t kLongScouts = 4;
// Scouts stop at this share of what the run is expected to spend, or once a stage gains less.
constexpr double kScoutsShare = 1.0 / 8;
constexpr double kStageWorthwhile = 0.9;
// A K that was seen by a few tours of scouts, and has no bound that is of use, may be too small by
// much, for long tours are rare. A family with a better guarantee comes before one without: over
// tables always, and where each evaluation costs unless it is this much dearer.
constexpr double kFarDearer = 16;
// Visits that tell a cost; with fewer what was measured before stands.
constexpr std::uint64_t kFewScoutVisits = 16;
constexpr std::uint64_t kScaleAgain = 8;
constexpr double kHopeless = 16;
constexpr double kUnseen = 3;  // visits that may be expected where none came, at 1 in 20

class Trainer {
 public:
  Trainer(const Instance& instance, const SampleOptions& options, const RunSettings& settings,
          const std::atomic<bool>& stop)
      : instance_(instance),
        options_(options),
        settings_(settings),
        stop_(stop),
        oracle_(model_oracle(instance, settings.walk, Correction::kNone)),
        alone_(hold(oracle_)),
        asked_(!oracle_.own_masses),
        source_(oracle_, options.threads, options.max_batch),
        scouts_(oracle_, source_, *tree_, settings.walk, options.seed),
        forecast_(instance, options, settings_),
        fit_(instance, oracle_, source_, options),
        families_(list_families(fit_, settings.walk, asked_)),
        untrained_moves_(oracle_.horizon, 0.0) {
    if (options.max_queries) most_expansions_ = *options.max_queries / (8 * oracle_.alphabet);
    most_ = std::min(options.scouts.value_or(asked_ ? kMostAsked : kMostTable), most_expansions_);
  }

  Trained run() {
    Trained trained;
    if (asked_) trained.tested = check_answers();
    const Family* best = &families_.front();
    double before = Family::kUnmeasured;
    std::uint64_t size = asked_ ? kFirstAsked : kFirstTable;
    for (bool going = most_ > 0; going && !stop_; size *= 2) {
      going = spent() + size < most_;
      stage(std::min(size, most_ - std::min(most_, spent())), *best);
      ++trained.found.stages;
      best = cheapest();
      going = going && expansions_ < most_expansions_ && !settled(*best, before, 2 * size);
      before = best->provisional ? Family::kUnmeasured : best->cost;
    }
    best = against_untrained(best);
    alone_.unlock();
    trained.instance = instance_under(*best, estimate_of(*best));
    tell(*best, trained);
    trained.found.partial = stop_;
    trained.found.seconds = watch_.seconds();
    return trained;
  }

 private:
  [[nodiscard]] SelfTestFindings check_answers() const {
    SelfTestFindings tested = self_test(*oracle_.model, options_.self_test, source_.slots(),
                                        options_.max_batch, options_.seed);
    if (tested.differing != 0)
      throw Error(ErrorKind::kUsage, "adapt",
                  "needs an oracle whose answers are a function of the prefix");
    return tested;
  }

  // Nodes that scouts have come to: of tables each costs its queries, of oracles that are asked an
  // evaluation.
  [[nodiscard]] std::uint64_t spent() const { return asked_ ? source_.evaluations() : expansions_; }

  [[nodiscard]] std::uint64_t expansions_left() const {
    return most_expansions_ - std::min(most_expansions_, expansions_);
  }

  WalkFindings walk(const TrainedEstimate& estimate, std::uint64_t size, bool learn,
                    std::uint64_t most_scouts = ScoutWalk::kMostScouts) {
    const std::uint64_t left = most_ - std::min(most_, spent());
    if (left == 0 && !asked_) return {};
    size = std::min(size, std::max<std::uint64_t>(left, 1));
    WalkLimits limits{
        .scouts = ScoutWalk::kMostScouts, .expansions = size, .evaluations = ~std::uint64_t{0}};
    if (asked_) {
      limits.evaluations = left == 0 ? 0 : size;
      // What was asked for is walked on again at no evaluation, and far enough to come to leaves.
      limits.expansions =
          kExpansionsAnEvaluation * std::max<std::uint64_t>(size, kDepthsAScout * oracle_.horizon);
    }
    // So that each family has its share of what `max_queries` leaves.
    limits.expansions = std::min(limits.expansions, expansions_left() / (families_.size() + 1));
    if (limits.expansions == 0) return {};
    const std::uint64_t reach =
        asked_ && left > 0 ? std::min(limits.expansions, limits.evaluations) : limits.expansions;
    const std::uint64_t depths = asked_ && left > 0 ? kDepthsAScoutAsked : kDepthsAScout;
    limits.scouts = static_cast<std::uint32_t>(
        std::min(std::clamp<std::uint64_t>(reach / (depths * oracle_.horizon), 1, most_scouts),
                 limits.expansions));
    WalkFindings found = scouts_.run(estimate, limits, learn, stop_);
    expansions_ += found.expansions;
    if (!learn) measured_ = true;
    return found;
  }

  // A training walk under the best estimate so far, in part best-first; then all families anew,
  // each measured by scouts that start from the root.
  void stage(std::uint64_t size, const Family& best) {
    const TrainedEstimate current = estimate_of(best);
    if (asked_)
      expansions_ += explore_best_first(
          current, std::min(size / 2, expansions_left() / (families_.size() + 1)), source_, *tree_,
          stop_);
    walk(current, size / 2, true);
    const std::uint64_t measured = size / (asked_ ? std::max<std::size_t>(families_.size(), 4) : 4);
    for (Family& family : families_) {
      if (stop_) return;
      if (&family != &best && hopeless(family, best)) continue;
      measure(family, measured);
      if (&family == &families_.front()) seek_scale();
    }
  }

  // Of tables a fit takes more time than what it is fitted to: what would have to become so much
  // cheaper is left as it is.
  [[nodiscard]] bool hopeless(const Family& family, const Family& best) const {
    return !asked_ && family.fitted() && !best.provisional &&
           family.least_cost > kHopeless * best.cost;
  }

  void measure(Family& family, std::uint64_t size,
               std::uint64_t most_scouts = ScoutWalk::kMostScouts) {
    NodeValue before = family.value;
    if (family.fitted()) {
      // A tilted one follows the one that it is a tilt of.
      if (family.log_tilt == 0) fitted_ = fit_.value_of(family, *tree_);
      family.value = family.tilted(fitted_);
    }
    if (family.kind == Family::Kind::kScaled && family.value.horizon == 0) return;
    TrainedEstimate estimate = estimate_of(family);
    WalkFindings found = walk(estimate, size, false, most_scouts);
    if (&family == &families_.front()) count_moves(found);
    if (!family.fitted() && !family.backed_up) found = family.seen = with_seen(family, found);
    // What was measured belongs to the V that it was measured with. What rests on a few visits as
    // well is no better for having come first: the first that is met is a lucky one.
    if (found.visits < kFewScoutVisits && std::isfinite(family.cost) && !family.provisional) {
      if (family.fitted()) family.value = std::move(before);
      return;
    }
    const std::shared_ptr<const Instance> made = instance_under(family, std::move(estimate));
    const VisitsExpected expected = forecast_.of(made.get(), found);
    const double visits = expected.visits + expected.pilot;
    family.seen_only = expected.seen_only;
    family.provisional = found.visits < kFewScoutVisits;
    if (found.visits == 0) family.least_cost = static_cast<double>(found.expansions) / kUnseen;
    family.expansions = std::min(family.proven_cost, visits * found.expansions_per_visit());
    family.cost = asked_ ? visits * evaluations_a_visit(found) : family.expansions;
    if (!family.provisional) family.least_cost = family.cost;
  }

  // Scouts of stages are many and short. Where they have told little of the untrained estimate it
  // is walked by few and long ones, for as long as that is a small part of what the trained one
  // would take: where a guarantee asks for fewer visits it may be the cheaper one.
  const Family* against_untrained(const Family* best) {
    Family& untrained = families_.front();
    if (options_.adapt != Adapt::kAuto || best == &untrained) return best;
    const std::uint64_t begin = spent();
    std::uint64_t size = asked_ ? kFirstAsked : kFirstTable;
    const auto allowed = [&] {
      return !stop_ && !tree_->full() && spent() + size < most_ && expansions_ < most_expansions_ &&
             within_share(*best, spent() - begin + size);
    };
    for (; untrained.provisional && allowed(); size *= 2) measure(untrained, size, kLongScouts);
    return cheapest();
  }

  // What is known already costs little, and not nothing.
  static double evaluations_a_visit(const WalkFindings& found) {
    if (found.visits == 0) return Family::kUnmeasured;
    return (static_cast<double>(found.evaluations) +
            static_cast<double>(found.expansions) / kExpansionsAnEvaluation) /
           static_cast<double>(found.visits);
  }

  // Of a V that stays the same walks which tell little tell more together. The last one that tells
  // enough counts alone: more of what it asks for is known by then.
  static WalkFindings with_seen(const Family& family, WalkFindings found) {
    if (found.visits >= kFewScoutVisits) return found;
    found.expansions += family.seen.expansions;
    found.visits += family.seen.visits;
    found.evaluations += family.seen.evaluations;
    found.tours.insert(found.tours.end(), family.seen.tours.begin(), family.seen.tours.end());
    return found;
  }

  void count_moves(const WalkFindings& found) {
    untrained_visits_ += found.visits;
    if (found.visits > 0)
      std::ranges::transform(found.moves_down, untrained_moves_, untrained_moves_.begin(),
                             std::plus{});
  }

  // Many sweeps, by what all visits of the untrained walk so far tell: again once there are many
  // times as many.
  void seek_scale() {
    if (untrained_visits_ < scale_sought_at_) return;
    scale_sought_at_ = kScaleAgain * untrained_visits_;
    std::vector<double> moves_down = untrained_moves_;
    // Where none has come yet half a move may have been missed.
    for (double& moves : moves_down)
      moves = std::max(moves, 0.5) / static_cast<double>(untrained_visits_);
    for (Family& family : families_)
      if (family.kind == Family::Kind::kScaled)
        if (std::optional<DepthScale> scale =
                least_proven_scale(instance_, settings_.walk, options_.delta, moves_down, stop_)) {
          family.value = std::move(scale->value);
          family.seen = {};
          family.proven_cost = scale->cost;
          family.cost = Family::kUnmeasured;
        }
  }

  [[nodiscard]] TrainedEstimate estimate_of(const Family& family) const {
    NodeValue value = family.value.horizon == 0 ? NodeValue::none(oracle_.horizon) : family.value;
    return family.backed_up ? TrainedEstimate(std::move(value), *tree_)
                            : TrainedEstimate(std::move(value));
  }

  // Null: the untrained one.
  [[nodiscard]] std::shared_ptr<const Instance> instance_under(const Family& family,
                                                               TrainedEstimate estimate) const {
    // With a floor what scouts know of Z bounds the steps, and so what rounding does.
    const bool untrained = !family.changes() && !(asked_ && options_.adapt_floor);
    if (untrained) return nullptr;
    if (!family.backed_up && family.changes())
      if (auto tables = instance_.with_value(estimate.value())) return tables;
    return std::make_shared<AdaptedInstance>(
        instance_, oracle_,
        std::make_shared<Training>(Training{tree_, std::move(estimate), source_.own_buckets()}));
  }

  [[nodiscard]] double cautious_cost(const Family& family) const {
    if (!family.seen_only) return family.cost;
    return asked_ ? kFarDearer * family.cost : Family::kUnmeasured;
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
    if (options_.adapt == Adapt::kAuto && !(asked_ && measured_)) return &families_.front();
    return &*std::ranges::find_if(families_, &Family::fitted);
  }

  [[nodiscard]] bool settled(const Family& best, double before, std::uint64_t next) {
    if (tree_->full()) return true;
    const bool everything = source_.evaluations() == evaluations_before_;
    evaluations_before_ = source_.evaluations();
    if (everything) return true;  // nothing new was met
    if (options_.scouts || std::isinf(best.cost)) return false;
    if (!within_share(best, spent() + next)) return true;
    return !best.provisional && best.cost > kStageWorthwhile * before;
  }

  // Whether that many nodes are a small part of the run.
  [[nodiscard]] bool within_share(const Family& best, std::uint64_t nodes) const {
    const double run = static_cast<double>(options_.samples) * best.cost;
    return static_cast<double>(nodes) <= kScoutsShare * run;
  }

  void tell(const Family& best, Trained& trained) const {
    Adaptation& found = trained.found;
    found.family = best.name;
    for (const Family& family : families_)
      found.families.push_back(
          {family.name, family.expansions * oracle_.alphabet, family.seen_only});
    found.queries = expansions_ * oracle_.alphabet;
    found.evaluations = source_.evaluations();
    found.batches = source_.batches();
    found.explored = best.backed_up ? tree_->size() : 0;
    found.bytes = trained.instance && asked_ ? tree_->bytes() : 0;
    if (asked_) found.log_mass_known = tree_->log_leaf_mass();
  }

  const Stopwatch watch_;  // of the features of buckets too
  const Instance& instance_;
  const SampleOptions& options_;
  RunSettings settings_;
  const std::atomic<bool>& stop_;
  ModelOracle oracle_;
  std::unique_lock<std::mutex> alone_;
  bool asked_;
  std::shared_ptr<ExploredTree> tree_ = std::make_shared<ExploredTree>();
  RowSource source_;
  ScoutWalk scouts_;
  VisitsForecast forecast_;
  FamilyFit fit_;
  std::vector<Family> families_;
  std::uint64_t most_expansions_ = ~std::uint64_t{0};  // of all scouts, by `max_queries`
  std::uint64_t most_;                                 // nodes that scouts may come to: spent()
  std::uint64_t expansions_ = 0;
  std::uint64_t evaluations_before_ = 0;  // of the last stage
  bool measured_ = false;                 // families, by walks of any length
  NodeValue fitted_;                      // of the last family that is not tilted
  std::vector<double> untrained_moves_;   // WalkFindings::moves_down, of all its walks
  std::uint64_t untrained_visits_ = 0;
  std::uint64_t scale_sought_at_ = kFewScoutVisits;  // visits of it
};

}  // namespace

Trained train(const Instance& instance, const SampleOptions& options, const RunSettings& settings,
              const std::atomic<bool>& stop) {
  return Trainer(instance, options, settings, stop).run();
}

}  // namespace wend
