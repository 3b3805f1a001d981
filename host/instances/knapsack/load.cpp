#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <vector>

#include "host/instances/knapsack/exact_instance.hpp"
#include "host/instances/knapsack/instance.hpp"
#include "host/instances/knapsack/rounded_instance.hpp"
#include "host/oracles/log_rounding.hpp"

namespace wend {
namespace {

std::vector<std::uint64_t> unsigned_values(const std::vector<std::int64_t>& values) {
  return {values.begin(), values.end()};
}

// value / temperature of every item, and how far double is from them.
void read_log_values(const JsonReader& json, KnapsackProblem& problem) {
  const std::size_t items = problem.weights.size();
  if (json.has("values") != json.has("temperature"))
    json.refuse(json.has("values") ? "temperature" : "values",
                "missing; values and temperature go together");
  problem.log_values.assign(items, 0.0);
  if (!json.has("values")) return;
  std::vector<double>& values = problem.log_values;
  values = json.numbers("values");
  if (values.size() != items)
    json.refuse("values",
                fmt::format("must be as many as weights, {}, not {}", items, values.size()));
  const double temperature = json.number("temperature", 0.0, std::numeric_limits<double>::max());
  if (temperature <= 0) json.refuse("temperature", "must be greater than 0");
  double sum = 0;
  for (double& value : values) {
    const double quotient = value / temperature;
    // What is left of a division that is exact is 0. Quotients among the denormals are negligible.
    if (std::fma(quotient, temperature, -value) != 0) problem.precision = kHalfUlp;
    value = quotient;
    sum += std::abs(value);
  }
  if (!std::isfinite(sum)) json.refuse("temperature", "values / temperature overflow");
}

}  // namespace

std::unique_ptr<Instance> load_knapsack(const JsonReader& json) {
  constexpr std::int64_t kHighest = std::numeric_limits<std::int64_t>::max();
  json.allow_only({"wend", "kind", "weights", "capacity", "values", "temperature", "estimate"});
  KnapsackProblem problem;
  problem.weights = unsigned_values(json.integers("weights", 0, kHighest));
  if (problem.weights.empty() || problem.weights.size() > 65535)
    json.refuse("weights", fmt::format("must be 1 to 65535 items, not {}", problem.weights.size()));
  problem.capacity = static_cast<std::uint64_t>(json.integer("capacity", 0, kHighest));
  read_log_values(json, problem);
  using Kind = EstimateSpec::Kind;
  const EstimateSpec estimate = json.estimate({Kind::kExact, Kind::kNoise, Kind::kRounded});
  const std::string file = json.path().string();
  auto instance = estimate.kind == Kind::kRounded
                      ? make_rounded_knapsack(std::move(problem), estimate, file)
                      : make_exact_knapsack(std::move(problem), estimate, file);
  instance->set_inputs(*json.inputs());
  return instance;
}

}  // namespace wend
