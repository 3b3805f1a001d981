#include "host/instances/knapsack/instance.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <vector>

#include "host/base/number_text.hpp"
#include "host/files/digest.hpp"
#include "host/instances/knapsack/compile.hpp"
#include "host/oracles/row_table.hpp"

namespace wend {
namespace {

constexpr double kNoMass = -std::numeric_limits<double>::infinity();
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

std::vector<std::uint64_t> unsigned_values(const std::vector<std::int64_t>& values) {
  return {values.begin(), values.end()};
}

std::vector<double> read_log_values(const JsonReader& json, std::size_t items) {
  if (json.has("values") != json.has("temperature"))
    json.refuse(json.has("values") ? "temperature" : "values",
                "missing; values and temperature go together");
  if (!json.has("values")) return std::vector<double>(items, 0.0);
  std::vector<double> values = json.numbers("values");
  if (values.size() != items)
    json.refuse("values",
                fmt::format("must be as many as weights, {}, not {}", items, values.size()));
  const double temperature = json.number("temperature", 0.0, std::numeric_limits<double>::max());
  if (temperature <= 0) json.refuse("temperature", "must be greater than 0");
  double sum = 0;
  for (double& value : values) {
    value /= temperature;
    sum += std::abs(value);
  }
  if (!std::isfinite(sum)) json.refuse("temperature", "values / temperature overflow");
  return values;
}

}  // namespace

KnapsackInstance::KnapsackInstance(KnapsackProblem problem, const EstimateSpec& estimate,
                                   const std::string& file)
    : problem_(std::move(problem)), estimate_(estimate) {
  facts_.kind = "knapsack";
  facts_.path = file;
  facts_.alphabet = 2;
  facts_.horizon = problem_.items();
  facts_.details = {{"items", grouped(std::uint64_t{problem_.items()})},
                    {"capacity", grouped(problem_.capacity)}};
  if (estimate.kind == EstimateSpec::Kind::kRounded)
    describe_rounded(rounded_.emplace(problem_, estimate.kappa, file + ": estimate"));
  else
    describe_exact(exact_.emplace(problem_, file + ": estimate"));
}

void KnapsackInstance::describe_exact(const ExactKnapsack& counter) {
  const bool noise = estimate_.kind == EstimateSpec::Kind::kNoise;
  facts_.estimate = noise ? "noise" : "exact";
  facts_.kappa = noise ? estimate_.kappa : 1.0;
  facts_.kappa_why = noise ? "the noise is within this factor" : "the estimate is exact";
  facts_.details.emplace_back("states", grouped(counter.states()));
  facts_.details.emplace_back("breakpoints", grouped(counter.breakpoints()));
}

void KnapsackInstance::describe_rounded(const RoundedKnapsack& counter) {
  facts_.estimate = "rounded";
  facts_.kappa = estimate_.kappa;
  facts_.kappa_why = "proven: every count is rounded to the nearest power of kappa^(2/items)";
  facts_.details.emplace_back("breakpoints", grouped(counter.breakpoints()));
  facts_.details.emplace_back("counts", byte_size(counter.table_bytes()));
  facts_.details.emplace_back("step laws", grouped(counter.rows()));
  facts_.details.emplace_back("ln of the total mass",
                              fmt::format("{:.6g}, within ln kappa", counter.log_total()));
}

std::uint64_t KnapsackInstance::table_bytes(kernels::Walk walk) const {
  const std::uint64_t row_bytes =
      kernels::rows_per_node(walk) * RowTable::words_per_row(2) * sizeof(std::uint32_t);
  if (rounded_) return rounded_->table_bytes() + rounded_->rows() * row_bytes;
  return exact_->interior_states() * (row_bytes + 2 * sizeof(std::uint32_t));
}

Oracle KnapsackInstance::compile(kernels::Walk walk, Correction correction) const {
  check_memory(table_bytes(walk), facts_.path + ": estimate: the tables");
  if (rounded_) return compile_knapsack_oracle(*rounded_, walk, correction);
  return compile_state_oracle(graph(), walk, correction);
}

const StateGraph& KnapsackInstance::graph() const {
  std::call_once(graph_made_, [this] { graph_ = exact_->graph(estimate_); });
  return graph_;
}

const kernels::KnapsackView& KnapsackInstance::search_view() const {
  std::call_once(view_made_, [this] { view_ = rounded_->search_view(); });
  return view_;
}

double KnapsackInstance::log_mass(const std::uint16_t* symbols) const {
  std::uint64_t remaining = problem_.capacity;
  double sum = 0;
  for (std::uint32_t i = 0; i < problem_.items(); ++i) {
    if (symbols[i] == 0) continue;
    if (problem_.weights[i] > remaining) return kNoMass;
    remaining -= problem_.weights[i];
    sum += problem_.log_values[i];
  }
  return sum;
}

double KnapsackInstance::log_weight(const std::uint16_t* symbols) const {
  if (exact_) return wend::log_weight(graph(), symbols);
  double weight = log_mass(symbols);
  if (weight == kNoMass) return kNoMass;
  const kernels::KnapsackView& view = search_view();
  std::uint64_t remaining = problem_.capacity;
  for (std::uint32_t i = 0; i < problem_.items(); ++i) {
    const kernels::KnapsackItem& item = rounded_->items()[i];
    if (item.weight > remaining) continue;  // the only child is taken with certainty
    const double without = rounded_->log_q() * view.exponent(item, remaining);
    const double with =
        problem_.log_values[i] + rounded_->log_q() * view.exponent(item, remaining - item.weight);
    weight -= (symbols[i] != 0 ? with : without) - log_add(without, with);
    if (symbols[i] != 0) remaining -= item.weight;
  }
  return weight;
}

std::optional<double> KnapsackInstance::log_estimate(const std::uint16_t* symbols,
                                                     std::uint32_t depth) const {
  if (rounded_) return std::nullopt;
  return wend::log_estimate(graph(), symbols, depth);
}

std::optional<std::pair<double, std::string>> KnapsackInstance::measured_kappa() const {
  if (rounded_) return measured_rounding();
  return std::pair{actual_kappa(graph()), std::string("all states")};
}

std::pair<double, std::string> KnapsackInstance::measured_rounding() const {
  const std::vector<std::uint64_t> origins = problem_.origins();
  const std::uint32_t n = problem_.items();
  ExactLevel exact{{origins[n]}, {0.0}};
  std::uint32_t measured = 0;
  const std::vector<std::vector<std::uint64_t>> reachable =
      reachable_capacities(problem_, kMeasuredCapacities / n);
  double largest = 0;
  bool fits = true;
  rounded_->for_each_level([&](std::uint32_t level, const RoundedLevel& rounded) {
    fits = fits && 2 * exact.capacities.size() <= kMeasuredBreakpoints;
    if (!fits || level == n || level == 0) return;  // no walk compares the root's mass
    exact = exact_level_above(exact, problem_, level, origins[level]);
    largest = std::max(largest, log_ratio(reachable[level], exact, rounded, rounded_->log_q()));
    measured = n - level;
  });
  return {std::exp(largest),
          fmt::format("capacities that choices leave to the last {} of {} items, "
                      "against exact counts",
                      measured, n)};
}

std::unique_ptr<Instance> load_knapsack(const JsonReader& json) {
  constexpr std::int64_t kHighest = std::numeric_limits<std::int64_t>::max();
  json.allow_only({"wend", "kind", "weights", "capacity", "values", "temperature", "estimate"});
  KnapsackProblem problem;
  problem.weights = unsigned_values(json.integers("weights", 0, kHighest));
  if (problem.weights.empty() || problem.weights.size() > 65535)
    json.refuse("weights", fmt::format("must be 1 to 65535 items, not {}", problem.weights.size()));
  problem.capacity = static_cast<std::uint64_t>(json.integer("capacity", 0, kHighest));
  problem.log_values = read_log_values(json, problem.weights.size());
  using Kind = EstimateSpec::Kind;
  const EstimateSpec estimate = json.estimate({Kind::kExact, Kind::kNoise, Kind::kRounded});
  auto instance =
      std::make_unique<KnapsackInstance>(std::move(problem), estimate, json.path().string());
  instance->set_digest(digest_files({json.path()}));
  return instance;
}

}  // namespace wend
