#pragma once

#include <cstdint>

#include "host/adapt/scout_walk.hpp"
#include "host/run/family.hpp"
#include "host/run/visits_expected.hpp"

namespace wend {

/// Visits of scouts that tell a cost; with fewer what was measured before stands.
inline constexpr std::uint64_t kFewScoutVisits = 16;

/// A K that was seen by a few tours of scouts, and has no bound that is of use, may be too small by
/// much, for long tours are rare. A family with a better guarantee comes before one without: over
/// tables always, and where each evaluation costs unless it is this much dearer.
inline constexpr double kFarDearer = 16;

/// `found`, with what earlier walks of the family have seen where that alone tells little: of a V
/// that stays the same they tell more together. The last one that tells enough counts alone: more
/// of what it asks for is known by then.
WalkFindings with_seen(const Family& family, WalkFindings found);

/// What draws cost: evaluations, where the oracle is asked, or expansions.
struct DrawCosts {
  bool asked;
  bool thinned;  ///< by `thin`
};

/// Sets what `family` costs, as scouts found it by its V, where a run would need what is
/// `expected`.
void set_cost(Family& family, const VisitsExpected& expected, const WalkFindings& found,
              DrawCosts costs);

}  // namespace wend
