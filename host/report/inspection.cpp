#include "host/report/inspection.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "host/base/number_text.hpp"
#include "host/base/printable.hpp"
#include "host/instances/class/target.hpp"
#include "host/instances/instance.hpp"
#include "host/oracles/walk_of.hpp"
#include "host/report/lockstep_plan.hpp"
#include "host/report/option_words.hpp"
#include "host/report/report.hpp"
#include "host/run/mixing.hpp"
#include "wend/bounds.hpp"

namespace wend {
namespace {

using Json = nlohmann::ordered_json;
constexpr std::size_t kMostPath = 4096;

using MeasuredKappa = std::optional<std::pair<double, std::string>>;

/// What one algorithm takes, with the command's defaults.
struct AlgorithmCost {
  Algorithm algorithm;
  std::uint64_t table_bytes = 0;
  std::optional<double> relaxation = std::nullopt;     ///< visits to relax, proven
  std::optional<std::uint32_t> visits = std::nullopt;  ///< K by the proven rule
  std::optional<double> steps = std::nullopt;          ///< most expected a sample
  std::optional<double> queries = std::nullopt;
  std::string note = {};
  std::optional<std::uint64_t> paths = std::nullopt;        ///< N, of class-elimination
  std::optional<double> queries_to_certify = std::nullopt;  ///< at most, of class-elimination
  std::optional<LockstepPlan> lockstep = std::nullopt;      ///< of oracles that are asked
};

/// Half of a walk's moves are down, and each visit's last move down, onto the leaf, is the one that
/// asks nothing. The root is asked once a chain, before its first sample. Steps are those of a
/// chain that is at its stationary law.
AlgorithmCost walk_cost(const Instance& instance, const WalkBounds& bounds, Algorithm algorithm) {
  const InstanceFacts& facts = instance.facts();
  const kernels::Walk walk = walk_of(algorithm);
  AlgorithmCost cost{algorithm, instance.table_bytes(walk)};
  const Mixing mixing = proven_mixing(facts, bounds, walk, std::nullopt);
  cost.relaxation = mixing.relaxation;
  cost.note = option_words(mixing.why);
  if (!mixing.relaxation) return cost;
  try {
    cost.visits = proven_visits(*mixing.relaxation, SampleOptions{}.delta);
  } catch (const Error& error) {
    cost.note = option_words(error);
    return cost;
  }
  if (!mixing.steps_per_visit) return cost;
  cost.steps = *cost.visits * *mixing.steps_per_visit;
  cost.queries = facts.alphabet * (1 + *cost.visits * (*mixing.steps_per_visit / 2 - 1));
  return cost;
}

/// A proposal is one walk down. The root is asked for a chain's first alone.
AlgorithmCost sequential_cost(const Instance& instance, std::uint64_t table_bytes) {
  const InstanceFacts& facts = instance.facts();
  const ClassTarget* target = instance.class_target();
  const bool exact = facts.kappa == 1.0;
  const char* note = exact ? "every proposal is accepted"
                           : "a proposal, at most; --correct reject takes several a sample";
  if (target != nullptr && target->truth)
    note = "a proposal, at most; with --correct weight or none alone";
  AlgorithmCost cost{Algorithm::kSequential, table_bytes};
  cost.steps = facts.horizon;
  cost.queries = static_cast<double>(facts.alphabet) * facts.horizon;
  cost.note = note;
  return cost;
}

/// Proposals after certification take few queries a sample, but how few the bound does not say.
AlgorithmCost class_cost(const InstanceFacts& facts, const ClassTarget& target) {
  AlgorithmCost cost{Algorithm::kClassElimination, table_bytes(target.members)};
  const std::uint64_t members = count(target.members);
  try {
    cost.paths = paths_to_certify(target.kappa, members, SampleOptions{}.delta);
  } catch (const Error& error) {
    cost.note = option_words(error);
    return cost;
  }
  cost.queries_to_certify =
      elimination_queries_bound(facts.alphabet, facts.horizon, members, *cost.paths);
  cost.note = fmt::format("certified by N = {} paths, at most {} queries, or by one member left",
                          grouped(*cost.paths), grouped(*cost.queries_to_certify));
  return cost;
}

std::vector<AlgorithmCost> algorithm_costs(const Instance& instance) {
  const InstanceFacts& facts = instance.facts();
  const WalkBounds bounds = instance.walk_bounds();  // of both walks, by one sweep
  std::vector<AlgorithmCost> costs;
  for (const Algorithm algorithm : kAlgorithms) {
    if (algorithm == Algorithm::kClassElimination) continue;
    const kernels::Walk walk = walk_of(algorithm);
    costs.push_back(kernels::restarts(walk) ? sequential_cost(instance, instance.table_bytes(walk))
                                            : walk_cost(instance, bounds, algorithm));
    costs.back().lockstep = lockstep_plan(instance, algorithm);
  }
  if (const ClassTarget* target = instance.class_target())
    costs.push_back(class_cost(facts, *target));
  return costs;
}

Json cost_json(const AlgorithmCost& cost) {
  const auto known = [](const auto& value) { return value ? Json(*value) : Json(nullptr); };
  return {{"algorithm", to_string(cost.algorithm)},
          {"table_bytes", cost.table_bytes},
          {"relaxation_visits", known(cost.relaxation)},
          {"visits", known(cost.visits)},
          {"steps_per_sample", known(cost.steps)},
          {"queries_per_sample", known(cost.queries)},
          {"paths_to_certify", known(cost.paths)},
          {"queries_to_certify", known(cost.queries_to_certify)},
          {"note", cost.note},
          {"lockstep", lockstep_json(cost.lockstep)}};
}

void add_fact(std::string& text, std::string_view label, const std::string& value) {
  text += fmt::format("{:<16} {}\n", label, value);
}

std::string facts_text(const Instance& instance) {
  std::string text;
  const InstanceFacts& facts = instance.facts();
  add_fact(text, "instance", printable(facts.path, kMostPath));
  add_fact(text, "digest", facts.digest);
  add_fact(text, "kind", facts.kind);
  add_fact(text, "estimate", facts.estimate);
  add_fact(text, "alphabet", grouped(std::uint64_t{facts.alphabet}));
  add_fact(text, "horizon", grouped(std::uint64_t{facts.horizon}));
  for (const auto& [name, value] : facts.details) add_fact(text, name, value);
  add_fact(text, "memory", byte_size(instance.working_bytes()) + " beside an algorithm's tables");
  add_fact(text, "kappa",
           facts.kappa ? fmt::format("{:.6g} ({})", *facts.kappa, facts.kappa_why)
                       : fmt::format("unknown ({})", facts.kappa_why));
  if (!facts.kappa_by_depth.empty())
    add_fact(text, "kappa_h",
             fmt::format("mu/w is at most {:.6g}, {:.6g} in the mean over depths ({})",
                         *std::ranges::max_element(facts.kappa_by_depth),
                         relaxation_bound(facts.kappa_by_depth) / facts.horizon,
                         facts.kappa_by_depth_why));
  return text;
}

std::string costs_text(const std::vector<AlgorithmCost>& costs) {
  const auto known = [](const auto& value, auto text) { return value ? text(*value) : "-"; };
  const auto count = [](double value) { return grouped(value); };
  const auto visits = [](std::uint32_t value) { return grouped(std::uint64_t{value}); };
  std::string text = fmt::format(
      "\n{:<17} {:>9} {:>12} {:>20} {:>20}  (delta {}; at most, in expectation)\n", "algorithm",
      "tables", "visits K", "steps a sample", "queries a sample", SampleOptions{}.delta);
  for (const AlgorithmCost& cost : costs) {
    text += fmt::format("{:<17} {:>9} {:>12} {:>20} {:>20}  {}\n", to_string(cost.algorithm),
                        byte_size(cost.table_bytes), known(cost.visits, visits),
                        known(cost.steps, count), known(cost.queries, count), cost.note);
  }
  return text;
}

std::string asked_text(const InstanceFacts& facts, const std::vector<AlgorithmCost>& costs) {
  std::vector<LockstepPlan> plans;
  for (const AlgorithmCost& cost : costs)
    if (cost.lockstep) plans.push_back(*cost.lockstep);
  return plans.empty() ? "" : lockstep_text(plans, facts.horizon);
}

std::string measured_text(const InstanceFacts& facts, const MeasuredKappa& measured) {
  if (!measured) return {};
  const auto& [kappa, nodes] = *measured;
  if (std::isinf(kappa))
    return fmt::format(
        "\nmeasured         no kappa holds: some masses are estimated as 0, or 0 as a mass ({})\n",
        nodes);
  std::string text =
      fmt::format("\nmeasured         kappa is at least {:.6g} ({})\n", kappa, nodes);
  // Both are rounded, so equal figures may differ in their last digits.
  if (facts.kappa && kappa > *facts.kappa * (1 + 1e-9))
    text += "                 more than stated: plans and proven guarantees do not hold\n";
  return text;
}

}  // namespace

Json inspection_report(const Instance& instance) {
  const std::vector<AlgorithmCost> costs = algorithm_costs(instance);
  const MeasuredKappa measured = instance.measured_kappa();
  const InstanceFacts& facts = instance.facts();
  Json details = Json::object();
  for (const auto& [name, value] : facts.details) details[name] = value;
  Json cost_list = Json::array();
  for (const AlgorithmCost& cost : costs) cost_list.push_back(cost_json(cost));
  return {
      {"instance", instance_json(facts)},
      {"details", details},
      {"working_bytes", instance.working_bytes()},
      {"kappa_by_depth", facts.kappa_by_depth.empty() ? Json(nullptr) : Json(facts.kappa_by_depth)},
      {"kappa_by_depth_why", facts.kappa_by_depth_why},
      {"measured_kappa",
       measured ? Json{{"at_least", measured->first}, {"on", measured->second}} : Json(nullptr)},
      {"delta", SampleOptions{}.delta},
      {"plans", cost_list}};
}

std::string inspection_text(const Instance& instance) {
  const std::vector<AlgorithmCost> costs = algorithm_costs(instance);
  const MeasuredKappa measured = instance.measured_kappa();
  return facts_text(instance) + costs_text(costs) + asked_text(instance.facts(), costs) +
         measured_text(instance.facts(), measured);
}

}  // namespace wend
