#include "host/run/walk_contender.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "host/base/number_text.hpp"
#include "host/oracles/walk_of.hpp"
#include "host/run/guarantee.hpp"
#include "host/run/least_acceptance.hpp"
#include "host/run/pilot.hpp"
#include "host/run/tour_tail.hpp"
#include "wend/bounds.hpp"
#include "wend/error.hpp"

namespace wend {
namespace {

// Evaluations that an expansion counts as which a memo answers: where it answers all, samplers are
// still told apart, and what never ends is no cheaper than what does.
constexpr double kMemoAnswer = 1e-6;

bool is_sequential(Algorithm algorithm) { return algorithm == Algorithm::kSequential; }

std::uint64_t whole(double count) {
  constexpr double kMost = 0x1p62;
  return static_cast<std::uint64_t>(std::min(std::max(count, 0.0), kMost));
}

Expected scaled(const Expected& figure, double by) {
  return {figure.value * by, figure.low * by, figure.high * by, figure.cautious * by};
}

}  // namespace

WalkContender::WalkContender(const Contest& contest, Algorithm algorithm)
    : contest_(contest), options_(contest.options) {
  options_.algorithm = algorithm;
  const InstanceFacts& facts = contest.instance.facts();
  const auto begin = [&] {
    settings_ = resolve_settings(facts, options_);
    mixing_ = run_mixing(facts, contest.bounds, settings_.walk, options_.kappa);
    if (!is_sequential(algorithm) && settings_.visits != Visits::kFixed) {
      const double proven = known_visits(facts, mixing_, settings_.visits, options_.delta);
      if (settings_.visits == Visits::kProven || proven == 1) {
        settings_.visits = Visits::kProven;
        settings_.first_visits = proven_visits(*mixing_.relaxation, options_.delta);
      }
    }
    accepts_all_ = is_sequential(algorithm) && facts.kappa == 1.0 && !facts.asked &&
                   contest.instance.class_target() == nullptr;
    // Whether there is anything to reject by.
    if (is_sequential(algorithm) && !accepts_all_) make_pilot();
  };
  unfit_ = refused_by(begin, refusal_);
}

void WalkContender::make_pilot() {
  if (!pilot_)
    pilot_ = std::make_unique<WalkPilot>(contest_.instance, options_.algorithm, options_,
                                         contest_.seen, contest_.waiting, contest_.stop);
}

const Contender* WalkContender::dominated_by() const {
  if (other_ == nullptr || !other_->unfit_.empty() || !unfit_.empty()) return nullptr;
  if (!is_sequential(other_->options_.algorithm)) return other_;
  const bool all_drawn =
      settings_.visits == Visits::kProven && settings_.first_visits == 1 && !options_.thin;
  return all_drawn && mixing_.straight_climb ? other_ : nullptr;
}

bool WalkContender::needs_pilot() const {
  return unfit_.empty() && !accepts_all_ && dominated_by() == nullptr;
}

void WalkContender::measure(std::uint64_t tours, std::uint64_t most_queries) {
  if (!unfit_.empty()) return;
  const auto carry_on = [&] {
    make_pilot();
    const std::uint64_t chains = WalkPilot::chains(contest_.instance.facts());
    const std::uint64_t more = tours_ == 0 ? (tours + chains - 1) / chains : tours_;
    const std::uint64_t asked = pilot_->queries();
    pilot_->advance(more, most_queries > ~asked ? ~std::uint64_t{0} : asked + most_queries);
    tours_ += more;
  };
  unfit_ = refused_by(carry_on, refusal_);
}

const WalkPilot* WalkContender::flows() const {
  if (dominated_by() != nullptr) return other_->flows();
  return pilot_ && pilot_->counts().tours() > 0 ? pilot_.get() : nullptr;
}

std::string WalkContender::pilot_text() const {
  const PilotCounts& seen = pilot_->counts();
  const bool sequential = is_sequential(options_.algorithm);
  return fmt::format("{} {}, {} {}", grouped(seen.tours()), sequential ? "proposals" : "tours",
                     grouped(seen.leaf_visits), sequential ? "accepted" : "leaf visits");
}

std::string WalkContender::name() const {
  return is_sequential(options_.algorithm) ? "sequential with rejection"
                                           : std::string(to_string(options_.algorithm));
}

Candidate WalkContender::candidate() const {
  Candidate told;
  told.algorithm = options_.algorithm;
  told.name = name();
  told.unfit = unfit_;
  if (!unfit_.empty()) return told;
  told.chains = settings_.chains;
  RunSettings settings = settings_;
  if (!is_sequential(options_.algorithm)) tell_visits(told, settings);
  tell_cost(told);
  tell_guarantee(told, settings);
  return told;
}

void WalkContender::tell_visits(Candidate& candidate, RunSettings& settings) const {
  candidate.relaxation = mixing_.relaxation;
  if (mixing_.relaxation)
    candidate.proven_visits = proven_visits_real(*mixing_.relaxation, options_.delta);
  if (pilot_ && pilot_->counts().tours() > 0) {
    const PilotCounts& seen = pilot_->counts();
    const auto tours = static_cast<double>(seen.visits.size());
    double sum = 0;
    double squares = 0;
    for (const double visits : seen.visits) {
      sum += visits;
      squares += visits * visits;
    }
    if (tours > 0) candidate.visits_per_tour = sum / tours;
    if (sum > 0) candidate.autocorrelation = squares / sum;
    if (mixing_.relaxation) {
      const std::optional<TourVisits> found = visits_from_tours(
          {seen.visits, seen.unfinished}, *mixing_.relaxation, options_.delta, kPilotAlpha);
      if (found) candidate.measured_visits = found->visits;
    }
  }
  if (settings.visits == Visits::kMeasured) {
    // Until tours tell, the proven K is all that is known.
    constexpr double kMost = std::numeric_limits<std::uint32_t>::max();
    const double proven = *candidate.proven_visits;
    const double visits = std::min(candidate.measured_visits.value_or(proven), proven);
    if (visits >= proven) settings.visits = Visits::kProven;
    settings.first_visits = static_cast<std::uint32_t>(std::min(visits, kMost));
  }
  candidate.first_visits = settings.first_visits;
  candidate.thin = options_.thin.value_or(settings.first_visits);
}

void WalkContender::tell_cost(Candidate& candidate) const {
  const InstanceFacts& facts = contest_.instance.facts();
  const auto samples = static_cast<double>(options_.samples);
  const auto chains = static_cast<double>(candidate.chains);
  const bool sequential = is_sequential(options_.algorithm);
  double visits = samples;  // in all
  double counted = 1;       // a draw, where the next one of the chain depends on it
  double beside = chains;   // expansions of the roots, and of what else comes before draws
  if (!sequential) {
    visits = chains * candidate.first_visits + (samples - chains) * candidate.thin;
    if (candidate.autocorrelation && candidate.thin < *candidate.autocorrelation &&
        (options_.thin || settings_.visits == Visits::kFixed))
      counted = candidate.thin / *candidate.autocorrelation;
  }
  candidate.pilot_queries = queries();
  candidate.pilot_evaluations = evaluations();
  Expected expansions;  // to a visit
  const WalkPilot* measured = flows();
  if (measured != nullptr) {
    const PilotCounts& seen = measured->counts();
    expansions = seen.expansions_per_visit;
    const auto taken = static_cast<double>(seen.expansions + WalkPilot::chains(facts));
    candidate.measured_by =
        measured == pilot_.get() || queries() > 0 ? pilot_text() : "the pilot of " + other_->name();
    if (sequential)
      candidate.acceptance = acceptance_of(seen.leaf_visits, seen.tours(), kPilotAlpha);
    // The run's own pilot for K, at the least.
    if (settings_.visits == Visits::kMeasured && seen.tours() > 0)
      beside += kLeastPilotTours * taken / static_cast<double>(seen.tours());
  } else if (accepts_all_) {
    const double levels = facts.horizon - 1.0;
    expansions = {levels, levels, levels, levels};
  } else if (!sequential && mixing_.steps_per_visit) {
    expansions.value = *mixing_.steps_per_visit / 2 - 1;
  }
  if (!sequential && mixing_.steps_per_visit) {
    const double most = std::max(*mixing_.steps_per_visit / 2 - 1, 0.0);
    expansions.high = std::max(std::min(expansions.high, most), expansions.low);
    expansions.value = std::clamp(expansions.value, expansions.low, expansions.high);
    expansions.cautious = std::clamp(expansions.cautious, expansions.value, expansions.high);
  }
  // Expansions of the run, and from them all else.
  const Expected all = {beside + visits * expansions.value, beside + visits * expansions.low,
                        beside + visits * expansions.high, beside + visits * expansions.cautious};
  candidate.queries = all.value * facts.alphabet;
  candidate.steps = 2 * (all.value - beside) + 2 * visits;
  if (sequential && measured != nullptr)
    candidate.steps = visits * expansions.value * static_cast<double>(measured->counts().steps) /
                      std::max(1.0, static_cast<double>(measured->counts().expansions));
  else if (sequential)
    candidate.steps = visits * facts.horizon;
  double unit = facts.alphabet;
  if (facts.asked) {
    const double share = measured != nullptr ? measured->counts().evaluations_per_expansion : 1.0;
    candidate.evaluations = all.value * share;
    unit = share + kMemoAnswer;
  }
  candidate.cost = scaled(all, unit / (samples * counted));
}

// By the rules of a finished run, whose counters are what is expected of them.
Guarantee WalkContender::expected_guarantee(const Candidate& candidate, const RunSettings& settings,
                                            double acceptance) const {
  const InstanceFacts& facts = contest_.instance.facts();
  const auto samples = static_cast<double>(options_.samples);
  SampleResult result;
  result.algorithm = options_.algorithm;
  result.thin = candidate.thin;
  result.drawn = result.requested = options_.samples;
  result.pilot_tours = static_cast<std::uint64_t>(kLeastPilotTours);
  Counters& totals = result.totals;
  totals.queries = whole(candidate.queries);
  // Where nothing was measured, as few as there can be.
  totals.expansions = std::isfinite(candidate.queries)
                          ? whole(candidate.queries / static_cast<double>(facts.alphabet))
                          : whole(samples * facts.horizon);
  totals.steps = whole(candidate.steps);
  totals.accepted = options_.samples;
  totals.proposals = std::max(options_.samples, whole(samples / acceptance));
  totals.leaf_visits =
      whole(static_cast<double>(candidate.chains) * candidate.first_visits +
            static_cast<double>(options_.samples - candidate.chains) * candidate.thin);
  return walk_guarantee(facts, options_, settings, counted_mixing(facts, mixing_, totals), result);
}

// What it is taken for must hold: the claim is that of the lower limit of acceptance, by which the
// rounding of a proposal's law is divided; more of the pilot may raise it to the upper limit's.
void WalkContender::tell_guarantee(Candidate& candidate, const RunSettings& settings) const {
  if (is_sequential(options_.algorithm) && !candidate.acceptance && !accepts_all_) {
    candidate.why = "no proposal was made: what share is accepted is not known";
    return;
  }
  const Expected acceptance = candidate.acceptance.value_or(Expected{1, 1, 1, 1});
  candidate.least_tv = expected_guarantee(candidate, settings, acceptance.high).tv;
  if (acceptance.low == 0) {
    candidate.why = "no proposal of the pilot was accepted: when a run ends is not known";
    return;
  }
  const Guarantee found = expected_guarantee(candidate, settings, acceptance.low);
  candidate.guarantee = found.kind;
  candidate.tv = found.tv;
  candidate.why = found.why;
}

}  // namespace wend
