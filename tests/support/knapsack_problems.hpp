#pragma once

#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include "host/instances/knapsack/problem.hpp"
#include "host/instances/knapsack/rounded.hpp"
#include "kernels/views/knapsack.hpp"

namespace wend::test {

/// Weights uniform in 0..largest, values uniform in +-spread, room for `fraction` of all weight.
inline KnapsackProblem random_knapsack(std::uint32_t items, std::uint64_t largest, double fraction,
                                       double spread, std::uint32_t seed) {
  std::mt19937_64 random(seed);
  KnapsackProblem problem;
  std::uint64_t sum = 0;
  for (std::uint32_t i = 0; i < items; ++i) {
    problem.weights.push_back(random() % (largest + 1));
    sum += problem.weights.back();
    const double uniform = static_cast<double>(random() >> 11U) * 0x1p-53;
    problem.log_values.push_back(spread * (2 * uniform - 1));
  }
  problem.capacity = static_cast<std::uint64_t>(fraction * static_cast<double>(sum));
  return problem;
}

/// Duplicates, zero weights, capacity 0, everything fits, nothing fits, weights at the edge of 64
/// bits, one item, Gibbs weights mild and steep.
inline std::vector<KnapsackProblem> small_knapsacks() {
  const std::vector<double> even(10, 0.0);
  constexpr std::uint64_t kHalf = std::uint64_t{1} << 62U;
  constexpr std::uint64_t kMost = (std::uint64_t{1} << 63U) - 1;
  return {
      random_knapsack(10, 1'000'000'000'000, 0.4, 0.0, 1),
      random_knapsack(16, 12, 0.5, 0.0, 2),
      random_knapsack(11, 9, 0.3, 3.0, 3),
      random_knapsack(9, 1'000'000, 0.6, 40.0, 4),
      {{5, 5, 5, 5, 5, 5, 5, 5, 5, 5}, 24, even},
      {{0, 3, 0, 7, 0, 0, 2, 9, 1, 0}, 10, even},
      {{0, 3, 0, 7, 0, 0, 2, 9, 1, 0}, 0, even},
      {{4, 3, 2, 7, 1, 1, 2, 9, 1, 3}, 1000, even},
      {{4, 3, 2, 7, 5, 6, 2, 9, 8, 3}, 1, even},
      {{kHalf, kMost, 3, kHalf + 1}, kMost, {0.0, 0.0, 0.0, 0.0}},
      {{7}, 7, {2.0}},
      {{8}, 7, {2.0}},
  };
}

/// Mass of the choices below a node, by enumeration.
inline double exact_mass(const KnapsackProblem& problem, std::uint32_t depth,
                         std::uint64_t remaining) {
  if (depth == problem.items()) return 1;
  const double without = exact_mass(problem, depth + 1, remaining);
  if (problem.weights[depth] > remaining) return without;
  return without + std::exp(problem.log_values[depth]) *
                       exact_mass(problem, depth + 1, remaining - problem.weights[depth]);
}

/// Calls visit(depth, remaining) for every interior node.
template <class Visit>
void for_each_node(const KnapsackProblem& problem, std::uint32_t depth, std::uint64_t remaining,
                   const Visit& visit) {
  if (depth == problem.items()) return;
  visit(depth, remaining);
  for_each_node(problem, depth + 1, remaining, visit);
  if (problem.weights[depth] <= remaining)
    for_each_node(problem, depth + 1, remaining - problem.weights[depth], visit);
}

/// ln of the counter's estimate at a node, relative to the mass of the choices that led there.
inline double log_estimate(const RoundedKnapsack& counter, const kernels::KnapsackTables& view,
                           std::uint32_t depth, std::uint64_t remaining) {
  if (depth == 0) return counter.log_total();
  return counter.log_q() * view.exponent(counter.items()[depth - 1], remaining);
}

}  // namespace wend::test
