#include "host/run/choose.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <memory>
#include <mutex>
#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "host/base/stopwatch.hpp"
#include "host/engines/lockstep/self_test.hpp"
#include "host/run/choice_reason.hpp"
#include "host/run/class_contender.hpp"
#include "host/run/compile.hpp"
#include "host/run/walk_contender.hpp"

namespace wend {
namespace {

constexpr std::uint64_t kFirstPilots = 32;
constexpr std::uint64_t kFirstPilotsAsked = 16;
constexpr double kShare = 0.1;        // of the run's expected queries
constexpr double kAsGood = 1.25;      // what is cheaper by less is not looked for
constexpr double kHopeless = 4;       // dearer by this much at the least: out of the contest
constexpr double kMostRows = 0x1p18;  // of all pilots, so that they take some tenths of a second
constexpr double kMostRowsAsked = 2048;

int rank_of(const std::optional<double>& tv, double delta) {
  if (!tv) return 2;
  return *tv <= 2 * delta ? 0 : 1;
}

class Chooser {
 public:
  /// All must outlive it.
  Chooser(const Instance& instance, const SampleOptions& options, const PilotLimits& limits,
          const Waiting& waiting, const std::atomic<bool>& stop)
      : facts_(instance.facts()),
        options_(options),
        limits_(limits),
        stop_(stop),
        bounds_(instance.walk_bounds()),
        seen_(facts_.horizon),
        contest_{instance, options_, bounds_, seen_, waiting, stop} {
    add_contenders();
    seconds_.resize(contenders_.size());
    tell();
  }

  Choice choose() {
    if (!cheapest(candidates_, options_.delta)) std::rethrow_exception(contenders_[0]->refusal());
    const std::vector<std::size_t> rivals = find_rivals();
    Choice choice;
    choice.by_evaluations = facts_.asked;
    const bool pilots = rivals.size() > 1 && !unpaid();
    const SelfTestFindings tested = pilots || limits_.all ? test_oracle() : SelfTestFindings{};
    if (!pilots || tested.differing != 0) {
      choice.chosen = rivals[0];
    } else {
      run_rounds(rivals);
      // All may have turned out not to fit.
      const std::optional<std::size_t> best = cheapest(candidates_, options_.delta);
      if (!best) std::rethrow_exception(contenders_[0]->refusal());
      choice.chosen = *best;
    }
    if (limits_.all && tested.differing == 0) measure_rest();
    const char* why_no_pilot = nullptr;
    if (tested.differing != 0)
      why_no_pilot = "the oracle's answers for one prefix differ";
    else if (rivals.size() > 1 && !pilots)
      why_no_pilot = "--max-queries pays for no row";
    choice.why = why_no_pilot != nullptr
                     ? fmt::format("{}: no pilot was run, for {}", candidates_[choice.chosen].name,
                                   why_no_pilot)
                     : choice_reason(candidates_, choice.chosen, options_.delta, facts_.asked);
    if (rivals.size() == 1) choice.why += lone_reason(rivals[0]);
    for (const auto& contender : contenders_) {
      choice.pilot_queries += contender->queries();
      choice.pilot_evaluations += contender->evaluations();
    }
    choice.least_kappa = seen_.by_depth();
    choice.candidates = std::move(candidates_);
    return choice;
  }

 private:
  void add_contenders() {
    auto first = std::make_unique<WalkContender>(contest_, Algorithm::kLifted);
    WalkContender& lifted = *first;
    contenders_.push_back(std::move(first));
    auto reversible = std::make_unique<WalkContender>(contest_, Algorithm::kJerrumSinclair);
    reversible->yield_to(lifted);
    contenders_.push_back(std::move(reversible));
    // They have no leaf visits to count.
    if (options_.visits != Visits::kDefault || options_.thin) return;
    auto sequential = std::make_unique<WalkContender>(contest_, Algorithm::kSequential);
    lifted.yield_to(*sequential);
    contenders_.push_back(std::move(sequential));
    if (contest_.instance.class_target() != nullptr)
      contenders_.push_back(std::make_unique<ClassContender>(contest_.instance, options_, stop_));
  }

  void tell() {
    candidates_.clear();
    candidates_.reserve(contenders_.size());
    for (std::size_t i = 0; i < contenders_.size(); ++i) {
      candidates_.push_back(contenders_[i]->candidate());
      candidates_.back().pilot_seconds = seconds_[i];
    }
  }

  void measure_one(std::size_t i, std::uint64_t most_queries) {
    const Stopwatch watch;
    contenders_[i]->measure(facts_.asked ? kFirstPilotsAsked : kFirstPilots, most_queries);
    seconds_[i] += watch.seconds();
  }

  [[nodiscard]] bool fits(const Contender* contender) const {
    for (std::size_t i = 0; i < contenders_.size(); ++i)
      if (contenders_[i].get() == contender) return candidates_[i].unfit.empty();
    return false;
  }

  /// Those that pilots have to tell apart, at least one.
  [[nodiscard]] std::vector<std::size_t> find_rivals() const {
    std::vector<std::size_t> rivals;
    for (std::size_t i = 0; i < contenders_.size(); ++i) {
      if (contenders_[i]->unbeatable()) return {i};
      const bool dominated =
          contenders_[i]->dominated_by() != nullptr && fits(contenders_[i]->dominated_by());
      if (candidates_[i].unfit.empty() && !dominated) rivals.push_back(i);
    }
    return rivals;
  }

  /// Whether a run, which is all that is wanted, would ask for nothing.
  [[nodiscard]] bool unpaid() const {
    return !limits_.all && options_.max_queries && *options_.max_queries < facts_.alphabet;
  }

  /// Of an oracle that is asked, which is held from here on.
  SelfTestFindings test_oracle() {
    if (!facts_.asked) return {};
    const Oracle oracle =
        compile_oracle(contest_.instance, Algorithm::kLifted, Correction::kReject);
    const auto& model = std::get<ModelOracle>(oracle);
    in_use_ = model.in_use;
    alone_ = hold(model);
    return self_test(*model.model, options_.self_test, WalkPilot::chains(facts_),
                     options_.max_batch, options_.seed, stop_);
  }

  /// Takes all that are left in the contest on, round by round.
  void run_rounds(std::vector<std::size_t> rivals) {
    std::size_t best = rivals[0];
    do {
      const std::uint64_t before = spent();
      measure(rivals);
      if (stop_ || spent() == before) return;  // what is left pays for nothing more
      std::erase_if(rivals, [&](std::size_t i) { return !candidates_[i].unfit.empty(); });
      const std::optional<std::size_t> found = cheapest(candidates_, options_.delta);
      if (!found) return;
      best = *found;
      if (limits_.queries) continue;  // who allows them wants figures
      const double hopeless = kHopeless * candidates_[best].cost.high;
      std::erase_if(rivals, [&](std::size_t i) {
        return i != best && (candidates_[i].cost.low > hopeless || !contenders_[i]->needs_pilot());
      });
    } while (rivals.size() > 1 &&
             (limits_.queries || !is_clear(candidates_, best, options_.delta)) &&
             may_double(rivals, candidates_[best]));
  }

  void measure(const std::vector<std::size_t>& rivals) {
    std::size_t to_come = rivals.size();
    for (const std::size_t i : rivals) {
      if (stop_) return;
      if (contenders_[i]->needs_pilot()) measure_one(i, left() / to_come);
      --to_come;
    }
    tell();
  }

  /// Those without a pilot so far, for plans.
  void measure_rest() {
    for (std::size_t i = 0; i < contenders_.size(); ++i)
      if (!stop_ && candidates_[i].unfit.empty() && contenders_[i]->queries() == 0)
        measure_one(i, left());
    tell();
  }

  [[nodiscard]] std::uint64_t spent() const {
    std::uint64_t queries = 0;
    for (const auto& contender : contenders_) queries += contender->queries();
    return queries;
  }

  /// Queries that pilots may still ask, whatever the run takes.
  [[nodiscard]] std::uint64_t left() const {
    constexpr std::uint64_t kTenth = 10;
    constexpr std::uint64_t kNoLimit = ~std::uint64_t{0};
    std::uint64_t most = limits_.queries.value_or(kNoLimit);
    if (options_.max_queries) most = std::min(most, *options_.max_queries / kTenth);
    return most > spent() ? most - spent() : 0;
  }

  /// Whether as much again as the rivals' pilots have taken so far leaves all pilots within what
  /// they may take.
  [[nodiscard]] bool may_double(const std::vector<std::size_t>& rivals,
                                const Candidate& best) const {
    double rows = 0;  // of all so far; and twice the rivals'
    double queries = 0;
    for (const auto& contender : contenders_) {
      queries += static_cast<double>(contender->queries());
      rows += static_cast<double>(contender->evaluations());
    }
    for (const std::size_t i : rivals) {
      queries += static_cast<double>(contenders_[i]->queries());
      rows += static_cast<double>(contenders_[i]->evaluations());
    }
    const double most_queries = static_cast<double>(left()) + static_cast<double>(spent());
    if (queries > most_queries) return false;
    if (limits_.queries) return true;
    const double most_looked_at = std::min(kMostRows * facts_.alphabet, kShare * best.queries);
    if (!facts_.asked) return queries <= most_looked_at;
    // Where a memo answers all, rows are no measure.
    return rows > 0 ? rows <= std::min(kMostRowsAsked, kShare * *best.evaluations)
                    : queries <= most_looked_at;
  }

  [[nodiscard]] std::string lone_reason(std::size_t alone) const {
    if (contenders_[alone]->unbeatable()) return "; the estimate is exact, nothing takes less";
    for (std::size_t i = 0; i < contenders_.size(); ++i)
      if (i != alone && candidates_[i].unfit.empty()) return "; nothing that fits takes less";
    return "; it alone fits";
  }

  const InstanceFacts& facts_;
  const SampleOptions& options_;
  const PilotLimits& limits_;
  const std::atomic<bool>& stop_;
  const WalkBounds bounds_;
  LeastKappa seen_;
  const Contest contest_;
  std::shared_ptr<std::mutex> in_use_;  // of an oracle that is asked
  std::unique_lock<std::mutex> alone_;
  std::vector<std::unique_ptr<Contender>> contenders_;
  std::vector<double> seconds_;  // of their pilots
  std::vector<Candidate> candidates_;
};

}  // namespace

std::optional<std::size_t> cheapest(std::span<const Candidate> candidates, double delta) {
  std::optional<std::size_t> best;
  const auto key = [&](std::size_t i) {
    return std::tuple(rank_of(candidates[i].tv, delta), candidates[i].cost.cautious,
                      candidates[i].cost.value);
  };
  for (std::size_t i = 0; i < candidates.size(); ++i)
    if (candidates[i].unfit.empty() && (!best || key(i) < key(*best))) best = i;
  return best;
}

bool is_clear(std::span<const Candidate> candidates, std::size_t best, double delta) {
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const bool rival =
        i != best && candidates[i].unfit.empty() &&
        rank_of(candidates[i].least_tv, delta) <= rank_of(candidates[best].tv, delta);
    if (rival && candidates[best].cost.high > kAsGood * candidates[i].cost.low) return false;
  }
  return true;
}

Choice choose_algorithm(const Instance& instance, const SampleOptions& options,
                        const PilotLimits& limits, const Waiting& waiting,
                        const std::atomic<bool>& stop) {
  return Chooser(instance, options, limits, waiting, stop).choose();
}

}  // namespace wend
