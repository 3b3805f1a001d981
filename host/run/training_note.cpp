#include "host/run/training_note.hpp"

#include <fmt/format.h>

#include <cmath>

#include "host/base/number_text.hpp"

namespace wend {
namespace {

// So many times as dear as the untrained estimate a family is hardly what was meant: costs that
// rest on a few visits may be off by less.
constexpr double kMuchDearer = 16;

}  // namespace

std::string training_note(Adapt asked, const Family& taken, const Family& untrained, bool unpaid,
                          const InstanceFacts& facts) {
  if (asked == Adapt::kAuto) return "";
  if (unpaid)
    return fmt::format(
        "`max_queries` is expected to pay for fewer draws by `adapt = {}` than by the untrained "
        "estimate, which is kept",
        to_string(asked));
  const bool told = std::isfinite(taken.cost) && std::isfinite(untrained.cost);
  if (!told || taken.cost <= kMuchDearer * untrained.cost) return "";
  const double rows = facts.asked ? 1 : facts.alphabet;
  return fmt::format(
      "`adapt = {}` takes {} {} an effective sample, as scouts measured it, where the untrained "
      "estimate takes {}; `adapt = auto` takes whichever is cheapest",
      to_string(asked), grouped(rows * taken.cost), facts.asked ? "evaluations" : "queries",
      grouped(rows * untrained.cost));
}

}  // namespace wend
