#include "host/run/pilot.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>
#include <span>
#include <variant>
#include <vector>

#include "host/run/tour_engines.hpp"
#include "host/run/tour_tail.hpp"
#include "kernels/random/philox.hpp"

namespace wend {
namespace {

constexpr std::uint64_t kFirstPilotTours = 16;                                  // a chain
constexpr std::uint64_t kMostTours = (std::uint64_t{1} << 24U) / kPilotChains;  // a chain
constexpr double kWorthwhile = 0.9;  // twice the tours for a K that is less than this much smaller

// Visits to relax, as far as the sorted tours tell.
double seen_longest(std::span<const std::uint32_t> visits) {
  return 2.0 * std::max(1U, visits.empty() ? 1U : visits.back());
}

// Whether a run of so many visits asks for less than the pilot has.
bool worth_no_more(TourEngine& engine, double visits) {
  const std::vector<std::uint64_t>& seen = engine.state().leaf_visits;
  const double own = std::accumulate(seen.begin(), seen.end(), 0.0);
  return visits < own;
}

}  // namespace

std::optional<PilotResult> run_pilot(const Oracle& oracle, kernels::Walk walk,
                                     std::optional<double> relaxation, double delta,
                                     std::uint64_t seed, const LockstepOptions& options,
                                     const std::atomic<bool>& stop,
                                     const std::optional<RunLength>& run) {
  const std::unique_ptr<TourEngine> engine =
      make_tour_engine(oracle, walk, kPilotChains, seed, kernels::kPurposePilot, options);
  std::uint64_t most_steps = std::holds_alternative<ModelOracle>(oracle)
                                 ? kMostPilotStepsAsked / kPilotChains
                                 : kMostPilotSteps / kPilotChains;
  if (run)
    most_steps =
        std::clamp<std::uint64_t>(2 * (run->most_expansions / kPilotChains), 1, most_steps);
  std::vector<std::uint32_t> visits;
  PilotResult result;
  TourRequest request{.tours = kFirstPilotTours, .steps = most_steps};
  std::uint64_t tours = kFirstPilotTours;  // that every chain should have made by now
  for (double alpha = kPilotAlpha / 2;; alpha /= 2) {
    engine->advance(request, stop);
    if (stop) return std::nullopt;
    add_sorted(visits, engine->tours());
    result.tours = kPilotChains * tours;
    result.queries = engine->oracle_queries();
    result.evaluations = engine->oracle_evaluations();
    // What a chain gave up, and what it would have made after that, may have been of any length.
    const std::uint64_t unfinished = result.tours - visits.size();
    const auto look = [&](double most) {
      return visits_from_tours({visits, unfinished}, most, delta, alpha);
    };
    const auto stands = [](const std::optional<TourVisits>& found, std::optional<double> before) {
      return found && found->resolved && before && found->visits >= kWorthwhile * *before;
    };
    // What was seen first has not met the longer tours: the last look alone counts.
    const std::optional<TourVisits> seen = look(seen_longest(visits));
    bool settled =
        stands(seen, result.visits_seen) && kWorthwhile * seen->visits <= *result.visits_seen;
    result.visits_seen = seen ? std::optional(seen->visits) : std::nullopt;
    if (relaxation) {
      const std::optional<TourVisits> found = look(*relaxation);
      settled = stands(found, result.visits);
      // Each look is right by itself, so that the best of them is.
      if (found) result.visits = std::min(result.visits.value_or(HUGE_VAL), found->visits);
    }
    const std::uint64_t steps = *std::ranges::max_element(engine->state().steps);
    // A bound that is known is waited for: what was seen by then is what it rests on else.
    const std::optional<double> wanted = relaxation ? result.visits : result.visits_seen;
    const bool paid = run && wanted && worth_no_more(*engine, run->visits(*wanted));
    if (settled || paid || unfinished > 0 || tours >= kMostTours || 2 * steps > most_steps)
      return result;
    request.tours = tours;
    tours *= 2;
  }
}

}  // namespace wend
