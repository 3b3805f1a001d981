#include "host/oracles/knapsack_oracle.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "host/engines/engine.hpp"
#include "host/instances/knapsack/compile.hpp"
#include "host/instances/knapsack/rounded.hpp"
#include "host/oracles/row_compiler.hpp"
#include "host/oracles/walk_of.hpp"
#include "kernels/walk/advance.hpp"
#include "tests/support/chi_square.hpp"
#include "tests/support/knapsack_problems.hpp"
#include "tests/support/row_units.hpp"

namespace wend {
namespace {

using kernels::KnapsackView;
using kernels::Walk;
using test::for_each_node;
using test::log_estimate;
using test::random_knapsack;
using test::small_knapsacks;

// Outcome probabilities of a row, from its integers.
std::array<double, 3> row_law(const KnapsackOracle& oracle, std::uint64_t row) {
  const std::vector<std::uint64_t> units = test::row_units(oracle.rows, row);
  return {std::ldexp(static_cast<double>(units[0]), -32),
          std::ldexp(static_cast<double>(units[1]), -32),
          std::ldexp(static_cast<double>(units[2]), -32)};
}

std::uint32_t law_row(const KnapsackView& view, std::uint32_t depth, std::uint64_t remaining) {
  return depth == 0 ? view.root_row : view.row(view.items[depth], remaining);
}

struct Masses {
  double parent;
  std::array<double, 2> children;
};

Masses node_masses(const RoundedKnapsack& counter, const KnapsackView& view, std::uint32_t depth,
                   std::uint64_t remaining) {
  const KnapsackProblem& problem = counter.problem();
  const double own = log_estimate(counter, view, depth, remaining);
  const bool fits = problem.weights[depth] <= remaining;
  const double without = log_estimate(counter, view, depth + 1, remaining);
  const double with =
      fits ? problem.log_values[depth] +
                 log_estimate(counter, view, depth + 1, remaining - problem.weights[depth])
           : -INFINITY;
  return {depth == 0 ? 0.0 : 1.0, {std::exp(without - own), std::exp(with - own)}};
}

void expect_law(const std::array<double, 3>& law, std::span<const double> weights) {
  double sum = 0;
  for (const double weight : weights) sum += weight;
  for (std::size_t i = 0; i < 3; ++i) {
    // Quantisation to 2^-32, one unit at least for what is possible, and rounding in double, which
    // `lifted` amplifies where w and S agree.
    ASSERT_NEAR(law[i], weights[i] / sum, 0x1p-30) << i;
    if (weights[i] > 1e-9 * sum) {
      ASSERT_GT(law[i], 0);
    }
  }
}

TEST(KnapsackOracle, RowsAreTheWalksLaws) {
  for (const KnapsackProblem& problem : small_knapsacks()) {
    const RoundedKnapsack counter(problem, 1.7, "test");
    const KnapsackOracle reversible =
        compile_knapsack_oracle(counter, kernels::Walk::kJerrumSinclair, Correction::kNone);
    const KnapsackOracle lifted =
        compile_knapsack_oracle(counter, kernels::Walk::kLifted, Correction::kNone);
    const KnapsackOracle forward =
        compile_knapsack_oracle(counter, kernels::Walk::kSequential, Correction::kWeight);
    const KnapsackView view = make_knapsack_view(reversible);
    for_each_node(problem, 0, problem.capacity, [&](std::uint32_t depth, std::uint64_t remaining) {
      const Masses masses = node_masses(counter, view, depth, remaining);
      const std::uint32_t row = law_row(view, depth, remaining);
      std::array<double, 3> expected{};
      step_outcomes(Walk::kJerrumSinclair, false, masses.parent, masses.children, {}, expected);
      expect_law(row_law(reversible, row), expected);
      for (const bool from_below : {false, true}) {
        step_outcomes(Walk::kLifted, from_below, masses.parent, masses.children, {}, expected);
        expect_law(row_law(lifted, 2 * row + (from_below ? 1 : 0)), expected);
      }
      expect_law(row_law(forward, row), std::array{0.0, masses.children[0], masses.children[1]});
      // What does not fit is unreachable.
      if (problem.weights[depth] > remaining) {
        ASSERT_EQ(row_law(reversible, row)[2], 0.0);
        ASSERT_EQ(row_law(lifted, 2 * row)[2], 0.0);
        ASSERT_EQ(row_law(lifted, 2 * row + 1)[2], 0.0);
        ASSERT_EQ(row_law(forward, row)[2], 0.0);
      }
      if (depth == 0) {
        ASSERT_EQ(row_law(reversible, row)[0], 0.0);
      }
    });
  }
}

// A proposal survives and ends at a leaf with a probability in one and the same ratio to its mass,
// not below what the theorem and the number of roundings allow.
TEST(KnapsackOracle, RejectionMakesProposalsExact) {
  const double kappa = 1.7;
  for (const KnapsackProblem& problem : small_knapsacks()) {
    const RoundedKnapsack counter(problem, kappa, "test");
    const KnapsackOracle oracle =
        compile_knapsack_oracle(counter, kernels::Walk::kSequential, Correction::kReject);
    const KnapsackView view = make_knapsack_view(oracle);
    double survival = 0;
    double smallest = INFINITY;
    double largest = 0;
    const auto descend = [&](const auto& self, std::uint32_t depth, std::uint64_t remaining,
                             double probability, double log_mass) -> void {
      if (depth == problem.items()) {
        const double ratio = probability / std::exp(log_mass);
        survival += probability;
        if (probability < 1e-4) return;  // quantisation shows
        smallest = std::min(smallest, ratio);
        largest = std::max(largest, ratio);
        return;
      }
      const std::array<double, 3> law = row_law(oracle, law_row(view, depth, remaining));
      self(self, depth + 1, remaining, probability * law[1], log_mass);
      if (problem.weights[depth] <= remaining)
        self(self, depth + 1, remaining - problem.weights[depth], probability * law[2],
             log_mass + problem.log_values[depth]);
    };
    descend(descend, 0, problem.capacity, 1.0, 0.0);
    if (largest > 0) {
      EXPECT_LT(largest / smallest - 1, 1e-4);
    }
    EXPECT_GE(survival, 1 / (kappa * kappa));
  }
}

template <Walk kWalk>
std::vector<std::uint32_t> draw(const KnapsackOracle& oracle, std::uint64_t chains,
                                std::uint64_t samples, std::uint32_t thin,
                                std::uint64_t step_budget) {
  const KnapsackView view = make_knapsack_view(oracle);
  std::vector<std::uint32_t> records(chains * samples * view.record_words());
  const kernels::RunLimits limits{11,      0,          kernels::kPurposeWalk, thin, samples, 0, 0,
                                  samples, step_budget};
  ChainState state;
  for_each_column([chains](auto& column) { column.resize(chains); }, state);
  state.countdown.assign(chains, thin);
  state.path_words = view.path_words();
  state.path.resize(chains * state.path_words);
  const kernels::ChainArrays arrays = arrays_of(state);
  while (state.samples != std::vector<std::uint64_t>(chains, samples))
    for (std::uint64_t chain = 0; chain < chains; ++chain)
      kernels::advance_chain<kWalk>(view, arrays, chain, limits, records.data());
  return records;
}

// Of independent draws against the exact target.
double p_value(const KnapsackProblem& problem, std::span<const std::uint32_t> records) {
  std::vector<std::uint64_t> counts(std::size_t{1} << problem.items());
  for (const std::uint32_t record : records) ++counts.at(record);
  std::vector<double> masses(counts.size());
  for (std::uint32_t leaf = 0; leaf < masses.size(); ++leaf) {
    std::uint64_t weight = 0;
    double log_mass = 0;
    for (std::uint32_t i = 0; i < problem.items(); ++i) {
      if ((leaf >> i & 1U) == 0) continue;
      weight += problem.weights[i];
      log_mass += problem.log_values[i];
    }
    if (weight <= problem.capacity) masses[leaf] = std::exp(log_mass);
  }
  return test::chi_square_p(counts, masses);
}

// Fixed seeds; p > 1e-6. With 40 visits between draws the walks' draws are independent for this
// test: their relaxation times here are a few visits.
TEST(KnapsackOracle, ChainsDrawTheTarget) {
  KnapsackProblem problem = random_knapsack(7, 30, 0.45, 1.0, 21);
  const RoundedKnapsack counter(problem, 3.0, "test");
  constexpr double kAlarm = 1e-6;
  const auto oracle = [&](Algorithm algorithm, Correction correction) {
    return compile_knapsack_oracle(counter, walk_of(algorithm), correction);
  };
  EXPECT_GT(p_value(problem, draw<Walk::kJerrumSinclair>(
                                 oracle(Algorithm::kJerrumSinclair, Correction::kNone), 20, 500, 40,
                                 1U << 20U)),
            kAlarm);
  EXPECT_GT(p_value(problem, draw<Walk::kLifted>(oracle(Algorithm::kLifted, Correction::kNone), 20,
                                                 500, 40, 1U << 20U)),
            kAlarm);
  EXPECT_GT(
      p_value(problem, draw<Walk::kSequential>(oracle(Algorithm::kSequential, Correction::kReject),
                                               20, 20000, 1, 1U << 20U)),
      kAlarm);
  // The same test sees the bias of proposals that are not corrected.
  EXPECT_LT(
      p_value(problem, draw<Walk::kSequential>(oracle(Algorithm::kSequential, Correction::kNone),
                                               20, 20000, 1, 1U << 20U)),
      kAlarm);
}

// Symbols cross words, and chains are put down and taken up again every few steps.
TEST(KnapsackOracle, ChainsGoOnWhereTheyWereStored) {
  const KnapsackProblem problem = random_knapsack(100, 1'000'000'000'000, 0.3, 0.2, 22);
  const RoundedKnapsack counter(problem, 2.0, "test");
  const KnapsackOracle oracle =
      compile_knapsack_oracle(counter, kernels::Walk::kJerrumSinclair, Correction::kNone);
  const std::vector<std::uint32_t> whole =
      draw<Walk::kJerrumSinclair>(oracle, 3, 30, 3, std::uint64_t{1} << 40U);
  EXPECT_EQ(whole, draw<Walk::kJerrumSinclair>(oracle, 3, 30, 3, 1));
  EXPECT_EQ(whole, draw<Walk::kJerrumSinclair>(oracle, 3, 30, 3, 33));
  const std::uint32_t words = make_knapsack_view(oracle).record_words();
  ASSERT_EQ(words, 4U);
  for (std::size_t record = 0; record < whole.size(); record += words) {
    std::uint64_t weight = 0;
    for (std::uint32_t i = 0; i < problem.items(); ++i)
      if ((whole[record + i / 32] >> (i % 32) & 1U) != 0) weight += problem.weights[i];
    EXPECT_LE(weight, problem.capacity);
    EXPECT_EQ(whole[record + 3] >> 4U, 0U);
  }
}

}  // namespace
}  // namespace wend
