#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "host/instances/knapsack/exact.hpp"
#include "tests/support/knapsack_problems.hpp"
#include "tests/support/temporary_folder.hpp"

namespace wend {
namespace {

using test::random_knapsack;
using test::small_knapsacks;

EstimateSpec exact_estimate() { return {}; }

EstimateSpec noise(double kappa, EstimateSpec::Model model) {
  EstimateSpec spec;
  spec.kind = EstimateSpec::Kind::kNoise;
  spec.model = model;
  spec.kappa = kappa;
  spec.seed = 3;
  return spec;
}

// ln of the mass to go, by enumeration.
double exact_log_mass(const KnapsackProblem& problem, std::uint32_t depth,
                      std::uint64_t remaining) {
  if (depth == problem.items()) return 0;
  const double without = exact_log_mass(problem, depth + 1, remaining);
  if (problem.weights[depth] > remaining) return without;
  const double with = problem.log_values[depth] +
                      exact_log_mass(problem, depth + 1, remaining - problem.weights[depth]);
  return std::max(with, without) + std::log1p(std::exp(-std::abs(with - without)));
}

// The feasible completions of a node, as a set of numbers.
std::set<std::uint32_t> completions(const KnapsackProblem& problem, std::uint32_t depth,
                                    std::uint64_t remaining) {
  std::set<std::uint32_t> found;
  const std::uint32_t left = problem.items() - depth;
  for (std::uint32_t choice = 0; choice < 1U << left; ++choice) {
    std::uint64_t room = remaining;
    bool fits = true;
    for (std::uint32_t i = 0; i < left && fits; ++i) {
      if ((choice >> i & 1U) == 0) continue;
      fits = problem.weights[depth + i] <= room;
      if (fits) room -= problem.weights[depth + i];
    }
    if (fits) found.insert(choice);
  }
  return found;
}

// Walks the tree and the graph side by side; visit(depth, remaining, state) at every node.
template <class Visit>
void for_each_node(const KnapsackProblem& problem, const StateGraph& graph, std::uint32_t depth,
                   std::uint64_t remaining, std::uint32_t state, const Visit& visit) {
  visit(depth, remaining, state);
  if (depth == problem.items()) return;
  for_each_node(problem, graph, depth + 1, remaining, graph.target[graph.edge(depth, state, 0)],
                visit);
  const std::uint64_t edge = graph.edge(depth, state, 1);
  const bool fits = problem.weights[depth] <= remaining;
  ASSERT_EQ(fits, graph.target[edge] != StateGraph::kNoState);
  if (!fits) {
    ASSERT_EQ(graph.log_edge[edge], -INFINITY);
    return;
  }
  ASSERT_EQ(graph.log_edge[edge], problem.log_values[depth]);
  for_each_node(problem, graph, depth + 1, remaining - problem.weights[depth], graph.target[edge],
                visit);
}

TEST(ExactKnapsack, MassesAreThoseOfEnumeration) {
  for (const KnapsackProblem& problem : small_knapsacks()) {
    const ExactKnapsack counter(problem, "test");
    const StateGraph graph = counter.graph(exact_estimate());
    ASSERT_EQ(graph.layer_begin.size(), problem.items() + 2);
    ASSERT_EQ(graph.layer_begin.back(), counter.states());
    std::vector<bool> reached(counter.states(), false);
    for_each_node(problem, graph, 0, problem.capacity, 0,
                  [&](std::uint32_t depth, std::uint64_t remaining, std::uint32_t state) {
                    const std::uint64_t node = graph.layer_begin[depth] + state;
                    reached[node] = true;
                    if (depth < problem.items() - problem.items() / 2) {
                      const double exact = exact_log_mass(problem, depth, remaining);
                      ASSERT_NEAR(graph.log_mass[node], exact, 1e-12 * (1 + std::abs(exact)));
                    }
                    ASSERT_EQ(graph.log_mass[node], graph.log_estimate[node]);
                  });
    // Nothing that the root cannot reach.
    for (const bool state_reached : reached) ASSERT_TRUE(state_reached);
  }
}

// Where breakpoints are kept, states are as few as they can be: the same completions, the same
// state. And different completions are never in one state.
TEST(ExactKnapsack, StatesAreSetsOfCompletions) {
  for (const KnapsackProblem& problem : small_knapsacks()) {
    if (problem.items() > 11) continue;
    const StateGraph graph = ExactKnapsack(problem, "test").graph(exact_estimate());
    std::map<std::pair<std::uint32_t, std::uint32_t>, std::set<std::uint32_t>> sets;
    std::vector<std::set<std::set<std::uint32_t>>> distinct(problem.items() + 1);
    for_each_node(problem, graph, 0, problem.capacity, 0,
                  [&](std::uint32_t depth, std::uint64_t remaining, std::uint32_t state) {
                    const auto found = completions(problem, depth, remaining);
                    const auto [at, added] = sets.emplace(std::pair{depth, state}, found);
                    ASSERT_TRUE(added || at->second == found);
                    distinct[depth].insert(found);
                  });
    for (std::uint32_t depth = (problem.items() + 1) / 2; depth <= problem.items(); ++depth)
      EXPECT_EQ(distinct[depth].size(), graph.states(depth)) << depth;
  }
}

TEST(ExactKnapsack, NoiseIsWithinKappaAndAFunctionOfTheState) {
  const KnapsackProblem problem = random_knapsack(14, 15, 0.4, 1.0, 9);
  const ExactKnapsack counter(problem, "test");
  const StateGraph iid = counter.graph(noise(1.5, EstimateSpec::Model::kIid));
  EXPECT_GT(actual_kappa(iid), 1.3);
  EXPECT_LE(actual_kappa(iid), 1.5 * (1 + 1e-12));
  const StateGraph sign = counter.graph(noise(1.5, EstimateSpec::Model::kSign));
  EXPECT_NEAR(actual_kappa(sign), 1.5, 1e-9);
  const std::uint64_t leaf = sign.layer_begin[problem.items()];
  EXPECT_EQ(sign.log_estimate[leaf], sign.log_mass[leaf]);
  EXPECT_EQ(iid.log_estimate, counter.graph(noise(1.5, EstimateSpec::Model::kIid)).log_estimate);
}

// 2^18 choices at the middle, where the 2^36 of the whole could not be listed.
TEST(ExactKnapsack, MeetsInTheMiddle) {
  const KnapsackProblem problem = random_knapsack(36, 1'000'000'000'000, 0.5, 0.0, 10);
  const ExactKnapsack counter(problem, "test");
  EXPECT_LT(counter.states(), 6U << 18U);
  const StateGraph graph = counter.graph(exact_estimate());
  // Half the choices weigh at most half of everything, by symmetry, the capacity being rounded.
  EXPECT_NEAR(graph.log_mass[0], 35 * std::log(2.0), 1e-9);
}

TEST(ExactKnapsack, SmallCapacitiesBoundTheStates) {
  const KnapsackProblem problem = random_knapsack(300, 40, 0.05, 0.0, 11);
  const ExactKnapsack counter(problem, "test");
  EXPECT_LE(counter.states(), (problem.capacity + 1) * (problem.items() + 1));
  EXPECT_LE(counter.breakpoints(), (problem.capacity + 1) * (problem.items() + 1));
}

TEST(ExactKnapsack, RefusesTooManyStatesAndSaysWhatToDo) {
  const std::string message = testing::error_of(ErrorKind::kInput, [] {
    const ExactKnapsack counter(random_knapsack(200, 1'000'000'000'000, 0.5, 0.0, 12), "here");
  });
  EXPECT_EQ(message.rfind("here: exact counting", 0), 0U) << message;
  EXPECT_NE(message.find("\"rounded\""), std::string::npos) << message;
}

}  // namespace
}  // namespace wend
