#include "host/run/trainer.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "host/adapt/adapted_instance.hpp"
#include "host/adapt/best_first.hpp"
#include "host/adapt/row_source.hpp"
#include "host/adapt/scout_walk.hpp"
#include "host/base/parallel.hpp"
#include "host/base/stopwatch.hpp"
#include "host/run/budget_choice.hpp"
#include "host/run/compile.hpp"
#include "host/run/depth_scale.hpp"
#include "host/run/family.hpp"
#include "host/run/family_cost.hpp"
#include "host/run/scout_budget.hpp"
#include "host/run/training_note.hpp"
#include "host/run/visits_expected.hpp"
#include "wend/error.hpp"

namespace wend {
namespace {

// Expansions of the first stage's training walk, of tables and of oracles that are asked.
constexpr std::uint64_t kFirstTable = 1024;
constexpr std::uint64_t kFirstAsked = 64;
// Of the untrained estimate, where those have told too little of it.
constexpr std::uint64_t kLongScouts = 4;
// Scouts stop at this share of what the run is expected to spend, or once stages gain less.
constexpr double kScoutsShare = 1.0 / 8;
constexpr double kStageWorthwhile = 0.9;
constexpr std::uint32_t kIdleStages = 2;  // one may be unlucky
constexpr std::uint64_t kScaleAgain = 8;
constexpr double kHopeless = 16;
constexpr double kLearnsMore = 8;
constexpr double kFarMore = 1024;  // than scouts had that came to no leaf

class Trainer {
 public:
  Trainer(const Instance& instance, const SampleOptions& options, const RunSettings& settings,
          const std::atomic<bool>& stop, std::optional<std::uint64_t> max_queries)
      : instance_(instance),
        options_(options),
        settings_(settings),
        stop_(stop),
        oracle_(model_oracle(instance, settings.walk, Correction::kNone)),
        alone_(hold(oracle_)),
        asked_(!oracle_.own_masses),
        source_(oracle_, options.threads, options.max_batch),
        budget_(oracle_, source_, options, max_queries),
        scouts_(oracle_, source_, *tree_, settings.walk, options.seed),
        forecast_(instance, options, settings_),
        scales_(instance, settings.walk, options.delta),
        fit_(instance, oracle_, source_, options),
        families_(list_families(fit_, settings.walk, asked_)),
        fitted_(families_.size()),
        untrained_moves_(oracle_.horizon, 0.0) {}

  Trained run() {
    Trained trained;
    if (asked_) trained.tested = check_answers();
    const Family* best = &families_.front();
    std::uint64_t size = asked_ ? kFirstAsked : kFirstTable;
    for (bool going = budget_.left() > 0; going && !stop_; size *= 2) {
      going = size < budget_.left();
      stage(std::min(size, budget_.left()), *best);
      ++trained.found.stages;
      best = cheapest();
      going = going && budget_.expansions_left() > 0 && !settled(*best, 2 * size);
    }
    best = against_untrained(best);
    const bool unpaid = !affordable(*best);
    if (unpaid) best = &families_.front();
    alone_.unlock();
    trained.instance = instance_under(*best, estimate_of(*best));
    tell(*best, unpaid, trained);
    trained.found.partial = stop_;
    trained.found.seconds = watch_.seconds();
    return trained;
  }

 private:
  [[nodiscard]] SelfTestFindings check_answers() const {
    SelfTestFindings tested = self_test(*oracle_.model, options_.self_test, source_.slots(),
                                        options_.max_batch, options_.seed, stop_);
    if (tested.differing != 0)
      throw Error(ErrorKind::kUsage, "adapt",
                  "needs an oracle whose answers are a function of the prefix");
    return tested;
  }

  WalkFindings walk(const TrainedEstimate& estimate, std::uint64_t size, bool learn,
                    std::uint64_t most_scouts = ScoutWalk::kMostScouts) {
    // So that each family has its share of what `max_queries` leaves.
    const WalkLimits limits = budget_.limits(size, families_.size() + 1, most_scouts);
    if (limits.expansions == 0) return {};
    WalkFindings found = scouts_.run(estimate, limits, learn, stop_);
    budget_.count(found.expansions);
    if (!learn) measured_ = true;
    return found;
  }

  // A training walk under the best estimate so far, in part best-first; then all families anew,
  // each measured by scouts that start from the root.
  void stage(std::uint64_t size, const Family& best) {
    const TrainedEstimate current = estimate_of(best);
    if (asked_)
      budget_.count(explore_best_first(
          current, std::min(size / 2, budget_.expansions_left() / (families_.size() + 1)), source_,
          *tree_, stop_));
    walk(current, size / 2, true);
    const std::uint64_t measured = size / (asked_ ? std::max<std::size_t>(families_.size(), 4) : 4);
    const std::vector<bool> left_out = hopeless(best);
    if (!asked_) fit_all(left_out);
    for (std::size_t i = 0; i < families_.size() && !stop_; ++i) {
      if (!left_out[i]) measure(i, measured);
      if (i == 0) seek_scale();
    }
  }

  // Of tables a fit takes more time than what it is fitted to: what would have to become so much
  // cheaper is left as it is, until there is much more to learn from.
  [[nodiscard]] std::vector<bool> hopeless(const Family& best) const {
    std::vector<bool> are(families_.size(), false);
    if (asked_ || best.provisional) return are;
    for (std::size_t i = 0; i < families_.size(); ++i)
      are[i] = families_[i].fitted() && &families_[i] != &best &&
               families_[i].least_cost > kHopeless * best.cost &&
               tree_->size() < kLearnsMore * families_[i].measured_at;
    return are;
  }

  void fit_all(const std::vector<bool>& left_out) {
    std::vector<std::size_t> fits;
    for (std::size_t i = 0; i < families_.size(); ++i)
      if (families_[i].fitted() && !left_out[i] && (fits.empty() || fits.back() != fit_of(i)))
        fits.push_back(fit_of(i));
    parallel_blocks(fits.size(), 1, options_.threads, [&](std::uint64_t begin, std::uint64_t end) {
      for (std::uint64_t k = begin; k < end; ++k)
        fitted_[fits[k]] = fit_.value_of(families_[fits[k]], *tree_);
    });
  }

  // The family whose fit a family has: a tilted one follows the one that it is a tilt of.
  [[nodiscard]] std::size_t fit_of(std::size_t family) const {
    return families_[family].log_tilt == 0 ? family : family - 1;
  }

  void measure(std::size_t number, std::uint64_t size,
               std::uint64_t most_scouts = ScoutWalk::kMostScouts) {
    Family& family = families_[number];
    NodeValue before = family.value;
    // Of what is asked the walks of other families have told more by now.
    if (family.fitted() && asked_) fitted_[number] = fit_.value_of(family, *tree_);
    if (family.fitted()) family.value = family.tilted(fitted_[fit_of(number)]);
    if (family.kind == Family::Kind::kScaled && family.value.horizon == 0) return;
    TrainedEstimate estimate = estimate_of(family);
    WalkFindings found = walk(estimate, size, false, most_scouts);
    if (number == 0) count_moves(found);
    if (!family.fitted() && !family.backed_up) found = family.seen = with_seen(family, found);
    // What was measured belongs to the V that it was measured with. What rests on a few visits as
    // well is no better for having come first: the first that is met is a lucky one.
    if (found.visits < kFewScoutVisits && std::isfinite(family.cost) && !family.provisional) {
      if (family.fitted()) family.value = std::move(before);
      return;
    }
    const std::shared_ptr<const Instance> made = instance_under(family, std::move(estimate));
    const VisitsExpected expected = forecast_.of(made.get(), found);
    set_cost(family, expected, found, {asked_, options_.thin.has_value()});
    family.measured_at = tree_->size();
  }

  // Scouts of stages are many and short. Where they have told little of the untrained estimate it
  // is walked by few and long ones, for as long as that is a small part of what the trained one
  // would take: where a guarantee asks for fewer visits it may be the cheaper one.
  const Family* against_untrained(const Family* best) {
    Family& untrained = families_.front();
    if (options_.adapt != Adapt::kAuto || best == &untrained || std::isinf(best->cost)) return best;
    const std::uint64_t begin = budget_.spent();
    std::uint64_t size = asked_ ? kFirstAsked : kFirstTable;
    const auto allowed = [&] {
      return !stop_ && !tree_->full() && size < budget_.left() && budget_.expansions_left() > 0 &&
             within_share(*best, budget_.spent() - begin + size);
    };
    for (; untrained.provisional && allowed(); size *= 2) measure(0, size, kLongScouts);
    return cheapest();
  }

  // What draws have of `max_queries` may not pay for a K that training makes larger: not so where K
  // is given, or nothing bounds it under any estimate.
  [[nodiscard]] bool affordable(const Family& best) const {
    if (!best.changes() || !options_.max_queries || settings_.visits == Visits::kFixed ||
        instance_.facts().kappa_by_depth.empty())
      return true;
    const Family& untrained = families_.front();
    const auto scouted = static_cast<double>(budget_.expansions());
    const double left = static_cast<double>(*options_.max_queries) / oracle_.alphabet - scouted;
    // That scouts came to no leaf says nothing of draws that have far more than scouts had.
    const bool unknown = std::isinf(best.expansions) && std::isinf(untrained.expansions);
    if (unknown && left > kFarMore * scouted) return true;
    const auto chains = static_cast<double>(settings_.chains);
    return &within_budget(best, untrained, {left / chains, settings_.chains, options_.samples}) ==
           &best;
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
        if (std::optional<DepthScale> scale = scales_.least(moves_down, stop_)) {
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

  [[nodiscard]] bool settled(const Family& best, std::uint64_t next) {
    if (tree_->full()) return true;
    const bool everything = source_.evaluations() == evaluations_before_;
    evaluations_before_ = source_.evaluations();
    if (everything) return true;  // nothing new was met
    if (options_.scouts || std::isinf(best.cost)) return false;
    if (!within_share(best, budget_.spent() + next)) return true;
    if (best.provisional) return false;
    idle_stages_ = best.cost > kStageWorthwhile * least_cost_ ? idle_stages_ + 1 : 0;
    least_cost_ = std::min(least_cost_, best.cost);
    // What is not fitted learns nothing from more.
    return idle_stages_ >= (best.fitted() ? kIdleStages : 1);
  }

  // Whether that many nodes are a small part of the run.
  [[nodiscard]] bool within_share(const Family& best, std::uint64_t nodes) const {
    const double run = static_cast<double>(options_.samples) * best.cost;
    return static_cast<double>(nodes) <= kScoutsShare * run;
  }

  // `unpaid`: whether the untrained estimate is taken because of what `max_queries` pays for.
  void tell(const Family& best, bool unpaid, Trained& trained) const {
    Adaptation& found = trained.found;
    found.family = best.name;
    found.note = training_note(options_.adapt, best, families_.front(), unpaid, instance_.facts());
    for (const Family& family : families_)
      found.families.push_back({family.name, family.expansions * oracle_.alphabet,
                                asked_ ? std::optional(family.cost) : std::nullopt,
                                family.seen_only, family.told_by});
    found.queries = budget_.expansions() * oracle_.alphabet;
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
  ScoutBudget budget_;
  ScoutWalk scouts_;
  VisitsForecast forecast_;
  DepthScaleSearch scales_;
  FamilyFit fit_;
  std::vector<Family> families_;
  std::vector<NodeValue> fitted_;            // of those that are not tilted, the last fits
  double least_cost_ = Family::kUnmeasured;  // of the best of each stage
  std::uint32_t idle_stages_ = 0;            // the last ones, which gained little
  std::uint64_t evaluations_before_ = 0;     // of the last stage
  bool measured_ = false;                    // families, by walks of any length
  std::vector<double> untrained_moves_;      // WalkFindings::moves_down, of all its walks
  std::uint64_t untrained_visits_ = 0;
  std::uint64_t scale_sought_at_ = kFewScoutVisits;  // visits of it
};

}  // namespace

Trained train(const Instance& instance, const SampleOptions& options, const RunSettings& settings,
              const std::atomic<bool>& stop, std::optional<std::uint64_t> max_queries) {
  return Trainer(instance, options, settings, stop, max_queries ? max_queries : options.max_queries)
      .run();
}

}  // namespace wend
