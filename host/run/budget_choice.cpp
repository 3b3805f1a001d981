#include "host/run/budget_choice.hpp"

#include <algorithm>
#include <cmath>

namespace wend {

double DrawingBudget::draws(const Family& family) const {
  if (std::isinf(family.expansions)) return 0;
  const double each = expansions / (family.seen_only ? far_dearer : 1.0) / family.expansions;
  const bool waits = std::isfinite(family.visits) && family.visits > 1;
  return std::min(static_cast<double>(samples),
                  static_cast<double>(chains) * (waits ? std::floor(each) : each));
}

const Family& within_budget(const Family& best, const Family& untrained,
                            const DrawingBudget& budget) {
  return budget.draws(best) < std::max(1.0, budget.draws(untrained)) ? untrained : best;
}

}  // namespace wend
