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

constexpr std::uint64_t kChains = 64;
constexpr std::uint64_t kFirstPilotTours = 16;                             // a chain
constexpr std::uint64_t kMostTours = (std::uint64_t{1} << 24U) / kChains;  // a chain
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
      make_tour_engine(oracle, walk, kChains, seed, kernels::kPurposePilot, options);
  const auto* model = std::get_if<ModelOracle>(&oracle);
  std::uint64_t most_steps = (model != nullptr ? kMostPilotStepsAsked : kMostPilotSteps) / kChains;
  if (run)
    most_steps = std::clamp<std::uint64_t>(2 * (run->most_expansions / kChains), 1, most_steps);
  std::vector<std::uint32_t> visits;
  PilotResult result;
  TourRequest request{.tours = kFirstPilotTours, .steps = most_steps};
  std::uint64_t tours = kFirstPilotTours;  // that every chain should have made by now
  for (double alpha = kPilotAlpha / 2;; alpha /= 2) {
    engine->advance(request, stop);
    if (stop) return std::nullopt;
    add_sorted(visits, engine->tours());
    result.tours = kChains * tours;
    result.queries = engine->oracle_queries();
    result.evaluations = engine->oracle_evaluations();
    // What a chain gave up, and what it would have made after that, may have been of any length.
    const std::uint64_t unfinished = result.tours - visits.size();
    const auto look = [&](double most, std::optional<double>& best) {
      const std::optional<TourVisits> found =
          visits_from_tours({visits, unfinished}, most, delta, alpha);
      const double before = best.value_or(HUGE_VAL);
      // Each look is right by itself, so that the best of them is.
      if (found) best = std::min(before, found->visits);
      return found && found->resolved && found->visits >= kWorthwhile * before;
    };
    const bool seen_settled = look(seen_longest(visits), result.visits_seen);
    const bool settled = relaxation ? look(*relaxation, result.visits) : seen_settled;
    const std::uint64_t steps = *std::ranges::max_element(engine->state().steps);
    // Where evaluations are what costs, a run that would do with what was seen waits for no proof.
    const double known = result.visits.value_or(HUGE_VAL);
    const bool evaluations_cost = model != nullptr && !model->own_masses;
    const double wanted =
        result.visits && !evaluations_cost ? known : visits_of_use(known, result.visits_seen);
    const bool paid = run && result.visits_seen && worth_no_more(*engine, run->visits(wanted));
    if (settled || paid || unfinished > 0 || tours >= kMostTours || 2 * steps > most_steps)
      return result;
    request.tours = tours;
    tours *= 2;
  }
}

}  // namespace wend
