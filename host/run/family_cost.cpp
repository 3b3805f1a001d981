#include "host/run/family_cost.hpp"

#include <algorithm>
#include <cmath>

#include "host/run/scout_budget.hpp"

namespace wend {
namespace {

constexpr double kUnseen = 3;  // visits that may be expected where none came, at 1 in 20

// What is known already costs little, and not nothing.
double evaluations_a_visit(const WalkFindings& found) {
  if (found.visits == 0) return Family::kUnmeasured;
  return (static_cast<double>(found.evaluations) +
          static_cast<double>(found.expansions) / ScoutBudget::kExpansionsAnEvaluation) /
         static_cast<double>(found.visits);
}

// A K that scouts have seen alone may be too small by much; with `thin` it is the first draw's of a
// chain alone. Where nothing is known draws begin with the first visit. A pilot run that is cut
// short shows a larger K than was expected, so that its share counts with each draw.
Pace pace_of(const Family& family, const VisitsExpected& expected, const DrawCosts& costs) {
  if (std::isinf(expected.effective)) return {1, 1, family.proven_cost};  // or infinite
  const bool may_be_far_longer = expected.seen_only && expected.first > 1;
  const double first = expected.first * (may_be_far_longer ? kFarDearer : 1.0);
  return {first + expected.pilot, (costs.thinned ? expected.gap : first) + expected.pilot,
          family.expansions / (expected.effective + expected.pilot)};
}

}  // namespace

WalkFindings with_seen(const Family& family, WalkFindings found) {
  if (found.visits >= kFewScoutVisits) return found;
  found.expansions += family.seen.expansions;
  found.visits += family.seen.visits;
  found.evaluations += family.seen.evaluations;
  found.tours.insert(found.tours.end(), family.seen.tours.begin(), family.seen.tours.end());
  return found;
}

void set_cost(Family& family, const VisitsExpected& expected, const WalkFindings& found,
              DrawCosts costs) {
  const double visits = expected.effective + expected.pilot;
  family.told_by = found.visits;
  family.seen_only = expected.seen_only && !costs.thinned;
  family.provisional = found.visits < kFewScoutVisits;
  if (found.visits == 0) family.least_cost = static_cast<double>(found.expansions) / kUnseen;
  family.expansions = std::min(family.proven_cost, visits * found.expansions_per_visit());
  family.pace = pace_of(family, expected, costs);
  family.cost = costs.asked ? visits * evaluations_a_visit(found) : family.expansions;
  if (!family.provisional) family.least_cost = family.cost;
}

}  // namespace wend
