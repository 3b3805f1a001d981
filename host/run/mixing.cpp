#include "host/run/mixing.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <limits>
#include <string>

#include "wend/bounds.hpp"

namespace wend {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

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
    const double spread = 1 + 2 * std::min(1.0, bounds.rounding);
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
  const double climbs = kernels::is_directed(walk) ? 1 / bounds.least_climb : kInfinity;
  const double levels = mixing.relaxation.value_or(kInfinity);
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

}  // namespace wend
