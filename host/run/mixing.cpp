#include "host/run/mixing.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <limits>
#include <string>

#include "host/run/least_acceptance.hpp"
#include "wend/bounds.hpp"
#include "wend/error.hpp"

namespace wend {
namespace {

// The most that the law of one proposal, kept or not, is off by, whatever the masses: in each row
// every outcome that can happen by two units of 2^-32, and what it is thinned by where rows exceed
// the stated bound by what float rounds off (up to 1e-6 is let pass).
double proposal_rounding(std::uint32_t horizon, std::uint32_t alphabet) {
  return horizon * (2.0 * (alphabet + 1.0) * 0x1p-32 + 1e-6);
}

// Of a lifted walk that climbs to the root all but surely: from there it passes down as the
// sequential sampler does, and is back at the root if it does not come to a leaf. So the law of
// a visit is off by what one pass is, over the probability that it visits, and by turns on the
// way up. A pass begins by visiting or expanding a child of the root, so that there were no more
// of them than visits and expansions.
double straight_rounding(const InstanceFacts& facts, double straight_climb,
                         const Counters& totals) {
  constexpr double kAlpha = 1e-9;
  if (totals.leaf_visits == 0) return 1;
  return proposal_rounding(facts.horizon, facts.alphabet) /
             least_acceptance(totals.leaf_visits, totals.leaf_visits + totals.expansions, kAlpha) +
         kAlpha + (1 - straight_climb);
}

}  // namespace

Mixing proven_mixing(const InstanceFacts& facts, const WalkBounds& bounds, kernels::Walk walk,
                     std::optional<double> kappa) {
  Mixing mixing;
  mixing.rounding = bounds.rounding;
  mixing.steps_per_visit = bounds.steps_per_visit;
  if (kappa || !facts.kappa_by_depth.empty()) {
    // Integer rows are those of slightly other masses and estimates: below every node by what
    // `excess` says where nodes were swept, else by as much as they shift the law; a factor 2 for
    // the product of both.
    // Where nothing is known of that a guarantee can but come from how long a walk over integers
    // stays with the one over the estimates themselves, whose T it is.
    const double spread = bounds.rounding < 1 ? 1 + 2 * bounds.rounding : 1;
    // What is known is not made smaller by what is said.
    const double known =
        facts.kappa_by_depth.empty() ? 1.0 : relaxation_bound(facts.kappa_by_depth);
    const double said = kappa ? relaxation_bound(*kappa, facts.horizon) : 1.0;
    mixing.relaxation = spread * (std::max(known, said) + bounds.excess * facts.horizon);
    mixing.why = fmt::format("mu <= kappa_h w: {}",
                             said > known ? fmt::format("kappa {} as given by `kappa`", *kappa)
                                          : facts.kappa_by_depth_why);
  } else {
    mixing.why = facts.kappa_by_depth_why.empty() ? facts.kappa_why : facts.kappa_by_depth_why;
  }
  // Only the lifted walk goes straight.
  constexpr double kUnknown = std::numeric_limits<double>::infinity();
  const double climbs = kernels::is_directed(walk) ? 1 / bounds.least_climb : kUnknown;
  const double levels = mixing.relaxation.value_or(kUnknown);
  if (climbs < levels) {
    const std::string other =
        mixing.relaxation ? fmt::format(" ({:.6g} by {})", levels, mixing.why) : "";
    mixing.relaxation = climbs;
    mixing.why = fmt::format(
        "{:.6g} to relax, for from any leaf the walk climbs straight to the root with a "
        "probability "
        "of at least {:.6g}{}",
        climbs, bounds.least_climb, other);
  } else if (mixing.relaxation) {
    mixing.why = fmt::format("{:.6g} to relax, for {}", levels, mixing.why);
  }
  return mixing;
}

Mixing run_mixing(const InstanceFacts& facts, const WalkBounds& bounds, kernels::Walk walk,
                  std::optional<double> kappa) {
  if (!kernels::restarts(walk)) {
    Mixing mixing = proven_mixing(facts, bounds, walk, kappa);
    if (facts.asked && kernels::is_directed(walk) && bounds.least_climb > 0.99)
      mixing.straight_climb = bounds.least_climb;
    return mixing;
  }
  Mixing mixing;
  mixing.rounding = bounds.rounding;
  if (facts.asked)
    mixing.rounding = std::min(bounds.rounding, proposal_rounding(facts.horizon, facts.alphabet));
  return mixing;
}

double most_steps(const Mixing& mixing, double visits) {
  return *mixing.steps_per_visit * (visits + 2 * *mixing.relaxation);
}

Mixing counted_mixing(const InstanceFacts& facts, Mixing mixing, const Counters& totals) {
  if (!mixing.straight_climb) return mixing;
  const double by_visits = straight_rounding(facts, *mixing.straight_climb, totals);
  if (mixing.rounding < std::min(1.0, by_visits)) return mixing;
  mixing.rounding = std::min(mixing.rounding, by_visits);
  mixing.rounding_by_visits = true;
  return mixing;
}

double known_visits(const InstanceFacts& facts, const Mixing& mixing, Visits visits, double delta) {
  if (!mixing.relaxation)
    throw Error(
        ErrorKind::kUsage, fmt::format("visits = {}", to_string(visits)),
        fmt::format("nothing is known of how fast the walk mixes ({}); give `kappa`, or "
                    "the number of visits{}",
                    mixing.why,
                    facts.asked ? ", or let the oracle state its kappa or, for the lifted walk, "
                                  "its ratio_bound"
                                : ""));
  return proven_visits_real(*mixing.relaxation, delta);
}

}  // namespace wend
