#include "host/instances/knapsack/rounded_instance.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "host/base/memory_limit.hpp"
#include "host/base/no_mass.hpp"
#include "host/base/number_text.hpp"
#include "host/base/printable.hpp"
#include "host/instances/knapsack/compile.hpp"
#include "host/instances/knapsack/exact.hpp"
#include "host/instances/knapsack/least_climb.hpp"
#include "host/instances/knapsack/rounded.hpp"
#include "host/oracles/node_value.hpp"
#include "host/oracles/row_table.hpp"
#include "wend/bounds.hpp"

namespace wend {
namespace {

constexpr std::uint64_t kMeasuredBreakpoints = std::uint64_t{1} << 20U;
constexpr std::size_t kMeasuredCapacities = std::size_t{1} << 22U;  // over all items

// ln(e^a + e^b); a is finite.
double log_add(double a, double b) {
  return std::max(a, b) + std::log1p(std::exp(-std::abs(a - b)));
}

// The exact masses of one level, as far as they can be kept.
struct ExactLevel {
  std::vector<std::uint64_t> capacities;
  std::vector<double> log_masses;
};

ExactLevel exact_level_above(const ExactLevel& below, const KnapsackProblem& problem,
                             std::uint32_t item, std::uint64_t origin) {
  ExactLevel level;
  for_each_piece(below.capacities, problem.weights[item], origin, problem.capacity,
                 [&](std::uint64_t from, std::size_t without, std::size_t with) {
                   level.capacities.push_back(from);
                   level.log_masses.push_back(
                       with == kDoesNotFit
                           ? below.log_masses[without]
                           : log_add(below.log_masses[without],
                                     problem.log_values[item] + below.log_masses[with]));
                 });
  return level;
}

// Capacities that the first h items can leave, h = 0..n, ascending: all of them, or as many as
// given, evenly spread.
std::vector<std::vector<std::uint64_t>> reachable_capacities(const KnapsackProblem& problem,
                                                             std::size_t most) {
  std::vector<std::vector<std::uint64_t>> levels{{problem.capacity}};
  for (const std::uint64_t weight : problem.weights) {
    const std::vector<std::uint64_t>& above = levels.back();
    std::vector<std::uint64_t> taken;
    for (const std::uint64_t capacity : above)
      if (weight <= capacity) taken.push_back(capacity - weight);
    std::vector<std::uint64_t> level;
    std::ranges::set_union(above, taken, std::back_inserter(level));
    if (level.size() > most) {
      for (std::size_t i = 0; i < most; ++i) level[i] = level[i * (level.size() - 1) / (most - 1)];
      level.resize(most);
    }
    levels.push_back(std::move(level));
  }
  return levels;
}

// The step of a step function that holds at a capacity, from an earlier one on.
std::size_t step_at(const std::vector<std::uint64_t>& steps, std::uint64_t capacity,
                    std::size_t step) {
  while (step + 1 < steps.size() && steps[step + 1] <= capacity) ++step;
  return step;
}

// Largest |ln| ratio of the rounded masses to the exact ones at these capacities, ascending.
double log_ratio(const std::vector<std::uint64_t>& capacities, const ExactLevel& exact,
                 const RoundedLevel& rounded, double log_q) {
  double largest = 0;
  std::size_t exact_step = 0;
  std::size_t step = 0;
  for (const std::uint64_t capacity : capacities) {
    exact_step = step_at(exact.capacities, capacity, exact_step);
    step = step_at(rounded.capacities, capacity, step);
    largest =
        std::max(largest, std::abs(rounded.exponents[step] * log_q - exact.log_masses[exact_step]));
  }
  return largest;
}

class RoundedKnapsackInstance final : public KnapsackInstance {
 public:
  RoundedKnapsackInstance(KnapsackProblem problem, const EstimateSpec& estimate,
                          const std::string& file)
      : KnapsackInstance(std::move(problem), file),
        counter_(std::make_shared<const RoundedKnapsack>(this->problem(), estimate.kappa,
                                                         printable(file, 4096) + ": estimate")) {
    InstanceFacts& facts = mutable_facts();
    facts.estimate = "rounded";
    facts.kappa = estimate.kappa;
    facts.kappa_why = "proven: every count is rounded to the nearest power of kappa^(2/items)";
    // The counts of the last n - h items have been rounded n - h times.
    const std::uint32_t n = this->problem().items();
    for (std::uint32_t h = 1; h <= n; ++h)
      facts.kappa_by_depth.push_back(std::pow(estimate.kappa, static_cast<double>(n - h) / n));
    facts.kappa_by_depth_why = "proven: the last n - h counts are rounded n - h times";
    facts.details.emplace_back("breakpoints", grouped(counter_->breakpoints()));
    facts.details.emplace_back("counts", byte_size(counter_->table_bytes()));
    facts.details.emplace_back("step laws", grouped(counter_->rows()));
    facts.details.emplace_back("ln of the total mass",
                               fmt::format("{:.6g}, within ln kappa", counter_->log_total()));
  }

  /// `counter`'s estimates, times r^(n - h). `untilted`: what is known of them without.
  RoundedKnapsackInstance(const InstanceFacts& untilted,
                          std::shared_ptr<const RoundedKnapsack> counter, double log_tilt)
      : KnapsackInstance(counter->problem(), untilted.path),
        counter_(std::move(counter)),
        log_tilt_(log_tilt) {
    InstanceFacts& facts = mutable_facts();
    facts = untilted;
    const std::uint32_t n = problem().items();
    facts.kappa.reset();
    facts.kappa_why = "the estimate is tilted";
    for (std::uint32_t h = 1; h <= n; ++h) facts.kappa_by_depth[h - 1] /= tilt(h);
    facts.kappa_by_depth_why += fmt::format(", and tilted by {:.6g} a depth", std::exp(log_tilt));
  }

  [[nodiscard]] std::uint64_t table_bytes(kernels::Walk walk) const override {
    const std::uint64_t row_bytes =
        kernels::rows_per_node(walk) * RowTable::words_per_row(2) * sizeof(std::uint32_t);
    return counter_->table_bytes() + counter_->rows() * row_bytes;
  }
  [[nodiscard]] std::uint64_t working_bytes() const override { return counter_->working_bytes(); }
  [[nodiscard]] Oracle compile(kernels::Walk walk, Correction correction) const override {
    check_memory(table_bytes(walk), facts().path + ": estimate: the tables");
    return compile_knapsack_oracle(*counter_, walk, correction, log_tilt_);
  }
  [[nodiscard]] std::shared_ptr<BatchOracle> model(kernels::Walk walk,
                                                   Correction correction) const override {
    check_memory(table_bytes(walk), facts().path + ": estimate: the tables");
    return make_knapsack_model(*counter_, walk, correction, log_tilt_);
  }
  [[nodiscard]] double log_weight(const std::uint32_t* symbols) const override {
    double weight = log_mass(symbols);
    if (weight == kNoMass) return kNoMass;
    const kernels::KnapsackTables& view = search_view();
    std::uint64_t remaining = problem().capacity;
    for (std::uint32_t i = 0; i < problem().items(); ++i) {
      const kernels::KnapsackItem& item = counter_->items()[i];
      if (item.weight > remaining) continue;  // the only child is taken with certainty
      const double without = counter_->log_q() * view.exponent(item, remaining);
      const double with = problem().log_values[i] +
                          counter_->log_q() * view.exponent(item, remaining - item.weight);
      weight -= (symbols[i] != 0 ? with : without) - log_add(without, with);
      if (symbols[i] != 0) remaining -= item.weight;
    }
    return weight;
  }
  [[nodiscard]] WalkBounds walk_bounds() const override {
    // Without a tilt estimates are within kappa_h both ways.
    const std::vector<double>& kappa = facts().kappa_by_depth;
    std::vector<double> above = kappa;
    for (std::uint32_t h = 1; h <= problem().items(); ++h) above[h - 1] *= tilt(h) * tilt(h);
    return {
        .least_climb =
            std::exp(log_least_climb(*counter_, NodeValue::tilted(problem().items(), log_tilt_))),
        .steps_per_visit = 2 * relaxation_bound(above),
        .rounding = rounding_distance(kappa, above, 2) + 2 * std::expm1(counter_->log_rounding())};
  }
  [[nodiscard]] double least_climb(const NodeValue& value) const override {
    return log_tilt_ == 0 ? std::exp(log_least_climb(*counter_, value)) : 0.0;
  }
  [[nodiscard]] std::shared_ptr<const Instance> with_value(const NodeValue& value) const override {
    if (!value.log_tilt || log_tilt_ != 0) return nullptr;
    return std::make_shared<RoundedKnapsackInstance>(facts(), counter_, *value.log_tilt);
  }
  /// The total mass is known within kappa alone.
  [[nodiscard]] std::optional<double> log_estimate(const std::uint32_t* /*symbols*/,
                                                   std::uint32_t /*depth*/) const override {
    return std::nullopt;
  }
  [[nodiscard]] double log_root_sum() const override {
    const kernels::KnapsackTables& view = search_view();
    const kernels::KnapsackItem& item = counter_->items().front();
    const std::uint64_t capacity = problem().capacity;
    const double without = counter_->log_q() * view.exponent(item, capacity);
    if (item.weight > capacity) return without;
    return log_add(without, problem().log_values.front() +
                                counter_->log_q() * view.exponent(item, capacity - item.weight));
  }
  [[nodiscard]] std::optional<std::pair<double, std::string>> measured_kappa() const override {
    const std::vector<std::uint64_t> origins = problem().origins();
    const std::uint32_t n = problem().items();
    ExactLevel exact{{origins[n]}, {0.0}};
    std::uint32_t measured = 0;
    const std::vector<std::vector<std::uint64_t>> reachable =
        reachable_capacities(problem(), kMeasuredCapacities / n);
    double largest = 0;
    bool fits = true;
    counter_->for_each_level([&](std::uint32_t level, const RoundedLevel& rounded) {
      fits = fits && 2 * exact.capacities.size() <= kMeasuredBreakpoints;
      if (!fits || level == n || level == 0) return;  // no walk compares the root's mass
      exact = exact_level_above(exact, problem(), level, origins[level]);
      largest = std::max(largest, log_ratio(reachable[level], exact, rounded, counter_->log_q()));
      measured = n - level;
    });
    return std::pair{std::exp(largest),
                     fmt::format("capacities that choices leave to the last {} of {} items, "
                                 "against exact counts",
                                 measured, n)};
  }

 private:
  [[nodiscard]] const kernels::KnapsackTables& search_view() const {
    std::call_once(view_made_, [this] { view_ = counter_->search_view(); });
    return view_;
  }

  [[nodiscard]] double tilt(std::uint32_t depth) const {
    return std::exp(log_tilt_ * (problem().items() - depth));
  }

  std::shared_ptr<const RoundedKnapsack> counter_;
  double log_tilt_ = 0;  ///< ln r
  mutable std::once_flag view_made_;
  mutable kernels::KnapsackTables view_{};
};

}  // namespace

std::unique_ptr<KnapsackInstance> make_rounded_knapsack(KnapsackProblem problem,
                                                        const EstimateSpec& estimate,
                                                        const std::string& file) {
  return std::make_unique<RoundedKnapsackInstance>(std::move(problem), estimate, file);
}

}  // namespace wend
