#include "host/instances/knapsack/least_climb.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <vector>

#include "host/base/log_sums.hpp"
#include "host/instances/knapsack/capacity_buckets.hpp"
#include "host/oracles/log_rounding.hpp"
#include "host/oracles/row_errors.hpp"

namespace wend {
namespace {

// A level's masses and factors as functions of the remaining capacity.
struct Level {
  std::vector<std::uint64_t> capacities;  // where either of them changes
  std::vector<std::uint32_t> exponents;
  std::vector<double> log_values;
  std::vector<double> climbs;  // the least from a leaf to a node here, its own rise included
};

// Finds the steps of a level for capacities that ascend.
class Cursor {
 public:
  explicit Cursor(const Level& level) : capacities_(level.capacities) {}
  std::size_t at(std::uint64_t capacity) {
    while (at_ + 1 < capacities_.size() && capacities_[at_ + 1] <= capacity) ++at_;
    return at_;
  }

 private:
  const std::vector<std::uint64_t>& capacities_;
  std::size_t at_ = 0;
};

// Capacities between which nothing changes of a node and of its children, ascending.
std::vector<std::uint64_t> all_changes(const Level& level, const Level& below, std::uint64_t weight,
                                       std::uint64_t most) {
  std::vector<std::uint64_t> with_item = {weight};
  for (const std::uint64_t capacity : below.capacities)
    if (capacity > 0 && capacity <= most && weight <= most - capacity)
      with_item.push_back(capacity + weight);
  std::vector<std::uint64_t> of_children;
  std::ranges::set_union(below.capacities, with_item, std::back_inserter(of_children));
  std::vector<std::uint64_t> changes;
  std::ranges::set_union(level.capacities, of_children, std::back_inserter(changes));
  std::erase_if(changes, [&](std::uint64_t capacity) {
    return capacity < level.capacities.front() || capacity > most;
  });
  return changes;
}

Level level_of(std::uint32_t depth, const RoundedLevel& values, const CapacityBuckets& buckets,
               const NodeValue& value) {
  Level level;
  std::vector<std::uint64_t> begins = buckets.begins(depth);
  if (value.buckets == 1 || depth >= value.horizon) begins.clear();
  std::erase_if(begins, [&](std::uint64_t begin) { return begin <= values.capacities.front(); });
  std::ranges::set_union(values.capacities, begins, std::back_inserter(level.capacities));
  std::size_t step = 0;
  for (const std::uint64_t capacity : level.capacities) {
    while (step + 1 < values.capacities.size() && values.capacities[step + 1] <= capacity) ++step;
    level.exponents.push_back(values.exponents[step]);
    level.log_values.push_back(
        depth == 0 ? 0.0 : value.at(depth, value.buckets == 1 ? 0 : buckets.of(depth, capacity)));
  }
  level.climbs.assign(level.capacities.size(), 0.0);
  return level;
}

}  // namespace

double log_least_climb(const RoundedKnapsack& counter, const NodeValue& value) {
  const KnapsackProblem& problem = counter.problem();
  const CapacityBuckets buckets(problem);
  const double log_q = counter.log_q();
  Level below;
  counter.for_each_level([&](std::uint32_t depth, const RoundedLevel& values) {
    Level level = level_of(depth, values, buckets, value);
    if (depth == problem.items()) {
      below = std::move(level);
      return;
    }
    const std::uint64_t weight = problem.weights[depth];
    Cursor own_steps(level);
    Cursor steps_without(below);
    Cursor steps_with(below);
    std::ranges::fill(level.climbs, std::numeric_limits<double>::infinity());
    const double log_item = problem.log_values[depth];
    for (const std::uint64_t capacity : all_changes(level, below, weight, problem.capacity)) {
      const std::size_t own = own_steps.at(capacity);
      const std::size_t without = steps_without.at(capacity);
      double climb = below.climbs[without];
      // Over what is without the item: differences of exponents lose nothing.
      const auto beyond = [&](std::uint32_t exponent, double log_value) {
        return (static_cast<double>(exponent) - below.exponents[without]) * log_q +
               (log_value - below.log_values[without]);
      };
      double log_below = 0;
      if (weight <= capacity) {
        const std::size_t with = steps_with.at(capacity - weight);
        climb = std::min(climb, below.climbs[with]);
        log_below =
            log_one_plus_exp(log_item + beyond(below.exponents[with], below.log_values[with]));
      }
      // The root's own estimate matters to no step.
      if (depth > 0) {
        const double log_rise = beyond(level.exponents[own], level.log_values[own]) - log_below;
        // Factors are off by their last places, and what is made of them by as much again.
        const double error =
            counter.log_ratio_error(log_item) +
            32 * kHalfUlp *
                (1 + std::abs(level.log_values[own]) + std::abs(below.log_values[without]));
        climb += log_least_rise(log_rise, 2) - error;
      }
      level.climbs[own] = std::min(level.climbs[own], climb);
    }
    below = std::move(level);
  });
  return below.climbs[Cursor(below).at(problem.capacity)];
}

}  // namespace wend
