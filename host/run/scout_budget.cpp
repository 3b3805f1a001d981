#include "host/run/scout_budget.hpp"

namespace wend {
namespace {

constexpr std::uint64_t kMostTable = std::uint64_t{1} << 22U;
constexpr std::uint64_t kMostAsked = std::uint64_t{1} << 16U;
// Few scouts that come to leaves see more than many that do not: so many times the horizon each, of
// expansions and, where those are asked for, of evaluations.
constexpr std::uint64_t kDepthsAScout = 16;
constexpr std::uint64_t kDepthsAScoutAsked = 8;

}  // namespace

ScoutBudget::ScoutBudget(const ModelOracle& oracle, const RowSource& source,
                         const SampleOptions& options, std::optional<std::uint64_t> max_queries)
    : source_(source), horizon_(oracle.horizon), asked_(!oracle.own_masses) {
  if (max_queries) most_expansions_ = *max_queries / (kShareOfQueries * oracle.alphabet);
  most_ = std::min(options.scouts.value_or(asked_ ? kMostAsked : kMostTable), most_expansions_);
}

WalkLimits ScoutBudget::limits(std::uint64_t size, std::uint64_t shares,
                               std::uint64_t most_scouts) const {
  WalkLimits limits{.scouts = 0, .expansions = 0, .evaluations = ~std::uint64_t{0}};
  if (left() == 0 && !asked_) return limits;
  size = std::min(size, std::max<std::uint64_t>(left(), 1));
  limits.expansions = size;
  if (asked_) {
    limits.evaluations = left() == 0 ? 0 : size;
    // What was asked for is walked on again at no evaluation, and far enough to come to leaves.
    limits.expansions =
        kExpansionsAnEvaluation * std::max<std::uint64_t>(size, kDepthsAScout * horizon_);
  }
  limits.expansions = std::min(limits.expansions, expansions_left() / shares);
  const bool asks = asked_ && left() > 0;
  const std::uint64_t reach =
      asks ? std::min(limits.expansions, limits.evaluations) : limits.expansions;
  const std::uint64_t depths = asks ? kDepthsAScoutAsked : kDepthsAScout;
  limits.scouts = static_cast<std::uint32_t>(std::min(
      std::clamp<std::uint64_t>(reach / (depths * horizon_), 1, most_scouts), limits.expansions));
  return limits;
}

}  // namespace wend
