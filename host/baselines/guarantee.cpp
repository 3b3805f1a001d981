#include "host/baselines/guarantee.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "host/run/least_acceptance.hpp"

namespace wend {
namespace {

Guarantee none(std::string why) { return {std::nullopt, GuaranteeKind::kNone, std::move(why)}; }

/// The most that the law of a proposal, accepted or not, is off by. A child is drawn by sums of A
/// weights in double, each an exponential of a few units of 2^-52, and 53 random bits; a share is
/// the exponential of a sum of the path's logarithms.
double proposal_rounding(const BaselineTarget& target, const std::vector<double>& log_bounds) {
  double largest = 0;
  for (const double bound : log_bounds) largest = std::max(largest, std::abs(bound));
  return target.horizon * (target.alphabet + 1024 + 8 * largest) * 0x1p-51;
}

Guarantee rejection_guarantee(const BaselineTarget& target, const BaselineOptions& options,
                              const std::vector<double>& log_bounds, const BaselineResult& result) {
  const bool memo = options.method == Baseline::kMemoRejection;
  if (result.budget_spent && (memo || options.max_evaluations))
    return none("the budget is used up: how many draws each chain has made depends on the draws");
  if (result.budget_spent && !target.end_bits.empty())
    return none(
        "within `max_queries`, sequences that end early would be drawn more often than others");
  if (result.partial && !result.budget_spent)
    return none(
        "stopped early: how many draws each chain has made depends on how fast it was, and so on "
        "the draws");
  if (result.accepted == 0) return none("nothing was drawn");
  constexpr double kAlpha = 1e-9;
  const double tv = proposal_rounding(target, log_bounds) /
                        least_acceptance(result.accepted, result.proposals, kAlpha) +
                    kAlpha;
  if (!(tv < 1)) return none("the masses are too far apart for sums in double");
  std::string why = "accepted proposals have the target's law up to the rounding of sums in double";
  if (memo) why += ", in the mean over the draws";
  return {tv, GuaranteeKind::kProven, why};
}

}  // namespace

void set_law(const BaselineOptions& options, BaselineResult& result) {
  switch (options.method) {
    case Baseline::kRejection:
    case Baseline::kMemoRejection:
      result.law = BaselineLaw::kExact;
      result.law_why = "a proposal is accepted in proportion to its mass";
      return;
    case Baseline::kBestOf:
      result.law = BaselineLaw::kBiased;
      result.law_why = "the best of several draws has the largest factor, not the target's law";
      return;
    case Baseline::kMasking:
      result.law = BaselineLaw::kBiased;
      result.law_why = "rows are normalised one by one, whatever mass is left below each child";
      return;
    case Baseline::kLowTemperature:
      result.law = BaselineLaw::kBiased;
      result.law_why = "each row is raised to the power and normalised, not each sequence";
      if (options.power == 1) result.law_why = "rows are normalised one by one";
      return;
    case Baseline::kSuffixMh:
      result.law = BaselineLaw::kInTheLimit;
      result.law_why = "right only in the limit of many steps: no distance is known";
      return;
  }
}

Guarantee baseline_guarantee(const BaselineTarget& target, const BaselineOptions& options,
                             const std::vector<double>& log_bounds, const BaselineResult& result) {
  switch (result.law) {
    case BaselineLaw::kExact:
      return rejection_guarantee(target, options, log_bounds, result);
    case BaselineLaw::kBiased:
      return none("biased: " + result.law_why);
    case BaselineLaw::kInTheLimit:
      break;
  }
  return none(result.law_why);
}

}  // namespace wend
