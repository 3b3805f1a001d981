#include "host/run/visits_expected.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "host/adapt/adapted_instance.hpp"
#include "host/run/depth_scale.hpp"
#include "host/run/mixing.hpp"
#include "host/run/scout_budget.hpp"
#include "wend/bounds.hpp"

namespace wend {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr VisitsExpected kUnmeasured{kInfinity, kInfinity, kInfinity, 0, false};
// A pilot run's: -ln of the chance that it misleads, the tours that it makes, and what it takes
// beside the run itself, for it doubles until it has had as much.
constexpr double kToursThatMayMislead = 10;
constexpr double kMostToursExpected = 1U << 22U;
constexpr double kPilotAgainstRun = 1.5;

double visits_a_tour(const WalkFindings& found) {
  return static_cast<double>(found.visits) / static_cast<double>(found.tours.size());
}

}  // namespace

VisitsForecast::VisitsForecast(const Instance& untrained, const SampleOptions& options,
                               const RunSettings& settings)
    : untrained_(untrained),
      options_(options),
      settings_(settings),
      run_{options.samples, settings.chains, options.thin} {
  if (!options.max_queries) return;
  const std::uint64_t left =
      *options.max_queries - *options.max_queries / ScoutBudget::kShareOfQueries;
  run_.most_expansions = left / (kPilotShare * untrained.facts().alphabet);
}

VisitsExpected VisitsForecast::of(const Instance* made, const WalkFindings& found) {
  if (found.visits == 0) return kUnmeasured;
  if (settings_.visits == Visits::kFixed) return dependent(settings_.first_visits, found);
  const bool by_proof = settings_.visits == Visits::kProven;
  std::optional<double> relaxation;
  bool lockstep = untrained_.facts().asked;
  // What is proven is all that there is to go by where `max_queries` pays for no pilot run.
  const bool pays_a_pilot = run_.pays_a_pilot(untrained_.facts().horizon);
  if (by_proof || !pays_a_pilot || untrained_.working_bytes() <= kSweptQuickly) {
    const WalkBounds bounds = made != nullptr ? made->walk_bounds() : untrained_bounds();
    const bool asked_again = dynamic_cast<const AdaptedInstance*>(made) != nullptr;
    // Tables whose rounding is more than the user accepts would have no guarantee, or a worse one.
    if (made != nullptr && !asked_again &&
        bounds.rounding > std::max(options_.delta, untrained_bounds().rounding))
      return kUnmeasured;
    lockstep = lockstep || asked_again;
    relaxation = proven_mixing(made != nullptr ? made->facts() : untrained_.facts(), bounds,
                               settings_.walk, std::nullopt)
                     .relaxation;
  }
  const double proven = relaxation ? proven_visits_real(*relaxation, options_.delta) : kInfinity;
  if (by_proof || !run_.needs_pilot(proven)) return drawing(proven, found);

  // Without a pilot run the proven K stands, and without any a chain draws from its first visit on.
  if (!pays_a_pilot) {
    if (std::isfinite(proven)) return drawing(proven, found);
    VisitsExpected expected = dependent(1, found);
    expected.seen_only = true;
    return expected;
  }

  const Measured expected = measured(relaxation.value_or(kInfinity), proven, found, lockstep);
  const double pilot =
      kPilotAgainstRun *
      std::max(run_.visits(expected.waited_for), kLeastPilotTours * visits_a_tour(found)) /
      static_cast<double>(options_.samples);
  VisitsExpected all = drawing(expected.visits, found);
  all.pilot = pilot;
  all.seen_only = expected.seen_only;
  return all;
}

// K from draw to draw; or, where each of them depends on the one before, what one costs over what
// it is worth.
VisitsExpected VisitsForecast::drawing(double first, const WalkFindings& found) const {
  if (!options_.thin) return {first, first, first, 0, false};
  const double worth = std::min(1.0, *options_.thin / found.dependent_visits());
  return {run_.visits(first) / (static_cast<double>(options_.samples) * worth), first,
          static_cast<double>(*options_.thin), 0, false};
}

// Of a K that nothing is known to follow from.
VisitsExpected VisitsForecast::dependent(double first, const WalkFindings& found) const {
  return {found.dependent_visits(), first, options_.thin ? *options_.thin : first, 0, false};
}

// Tours that are too rare to be seen can be as long as is proven. A pilot run that costs as much as
// the run itself bounds their share by so much, and K grows by what is above half of delta; the
// other half is for the visits of tours like those seen.
VisitsForecast::Measured VisitsForecast::measured(double relaxation, double proven,
                                                  const WalkFindings& found, bool lockstep) const {
  const double seen = found.visits_to_forget(options_.delta);
  if (!std::isfinite(proven)) return {seen, seen, true};
  const double visits = visits_a_tour(found);
  const double steps_a_tour = 2 * found.expansions_per_visit() * visits;
  const double most_steps =
      std::min(static_cast<double>(lockstep ? kMostPilotStepsAsked : kMostPilotSteps),
               2 * static_cast<double>(run_.most_expansions));
  const double tours =
      std::min({std::max(static_cast<double>(options_.samples) * seen / visits, kLeastPilotTours),
                kMostToursExpected, most_steps / steps_a_tour});
  const double half = options_.delta / 2;
  const double share = kToursThatMayMislead / tours * relaxation / (half * visits);
  const double rare = share > 1 ? relaxation * std::log(share) : 0.0;
  const double expected = std::min(proven, found.visits_to_forget(half) + rare);
  if (untrained_.facts().asked && expected > kOfNoUse * seen) return {seen, expected, true};
  return {expected, expected, false};
}

const WalkBounds& VisitsForecast::untrained_bounds() {
  if (!untrained_bounds_) untrained_bounds_ = untrained_.walk_bounds();
  return *untrained_bounds_;
}

}  // namespace wend
