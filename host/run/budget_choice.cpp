#include "host/run/budget_choice.hpp"

#include <algorithm>
#include <cmath>

namespace wend {

double DrawingBudget::draws(const Family& family) const {
  const Pace& pace = family.pace;
  if (std::isinf(pace.expansions_a_visit) || std::isinf(pace.first)) return 0;
  const double visits = expansions / pace.expansions_a_visit;
  double each = visits / pace.gap;
  if (pace.first > 1)
    each = visits < pace.first ? 0 : 1 + std::floor((visits - pace.first) / pace.gap);
  return std::min(static_cast<double>(samples), static_cast<double>(chains) * each);
}

const Family& within_budget(const Family& best, const Family& untrained,
                            const DrawingBudget& budget) {
  return budget.draws(best) < std::max(1.0, budget.draws(untrained)) ? untrained : best;
}

}  // namespace wend
