// Draws of the engine against exact laws by chi-square, at fixed seeds: the alarm is raised at
// p < 1e-6, and wrong rows must give p < 1e-12.
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "host/instances/tree/bounds.hpp"
#include "host/instances/tree/masses.hpp"
#include "host/oracles/walk_of.hpp"
#include "tests/support/chi_square.hpp"
#include "tests/support/engine_draws.hpp"
#include "wend/bounds.hpp"

namespace wend {
namespace {

using test::Draws;
using test::leaf_counts;

constexpr double kAlarm = 1e-6;
constexpr double kWrong = 1e-12;
constexpr double kKappa = 1.5;

enum class Estimate { kExact, kNoiseIid, kNoiseSign, kArbitrary };

constexpr std::array kEstimates = {Estimate::kExact, Estimate::kNoiseIid, Estimate::kNoiseSign,
                                   Estimate::kArbitrary};
constexpr std::array<std::pair<std::uint32_t, std::uint32_t>, 4> kSizes = {
    {{2, 5}, {3, 3}, {4, 3}, {6, 2}}};  // A and H: both kinds of rows

// Leaf masses over a decade, some of them zero.
std::vector<double> leaf_masses(std::uint32_t alphabet, std::uint32_t horizon) {
  std::mt19937_64 random(17);
  std::vector<double> masses(leaves(alphabet, horizon));
  for (std::size_t i = 0; i < masses.size(); ++i) {
    const double u = static_cast<double>(random() >> 11U) * 0x1p-53;
    masses[i] = i % 7 == 3 ? 0.0 : std::exp(2.3 * u);
  }
  // A subtree without mass, which the arbitrary estimate does not know of.
  for (std::size_t i = 0; i < alphabet; ++i) masses[alphabet + i] = 0;
  return masses;
}

TreeMasses tree_masses(std::uint32_t alphabet, std::uint32_t horizon, Estimate estimate) {
  TreeMasses masses;
  masses.alphabet = alphabet;
  masses.horizon = horizon;
  masses.leaf_mass = [all = leaf_masses(alphabet, horizon)](std::uint64_t leaf) {
    return all[leaf];
  };
  EstimateSpec spec;
  spec.kappa = kKappa;
  spec.seed = 5;
  switch (estimate) {
    case Estimate::kExact:
      break;
    case Estimate::kNoiseIid:
      spec.kind = EstimateSpec::Kind::kNoise;
      spec.model = EstimateSpec::Model::kIid;
      break;
    case Estimate::kNoiseSign:
      spec.kind = EstimateSpec::Kind::kNoise;
      spec.model = EstimateSpec::Model::kSign;
      break;
    case Estimate::kArbitrary:
      // Has nothing to do with the masses; dead ends included.
      masses.estimate = [](std::uint32_t depth, std::uint64_t index, double) {
        return 1.0 + static_cast<double>((3 * depth + 5 * index) % 7);
      };
      return masses;
  }
  masses.estimate = tree_estimate(spec);
  return masses;
}

// A walk's draws are independent since there is one a chain. They are within 1e-3 of the target in
// total variation, arbitrary estimates included, which is a tenth of what 20,000 draws can see.
Draws draws_of(Algorithm algorithm, const TreeMasses& masses) {
  if (algorithm == Algorithm::kSequential) return {50, 400, 1};
  return {20000, 1, proven_visits(relaxation_bound(estimate_errors(masses).low), 1e-3)};
}

std::vector<double> target(const TreeMasses& masses) {
  std::vector<double> law(leaves(masses.alphabet, masses.horizon));
  for (std::uint64_t leaf = 0; leaf < law.size(); ++leaf) law[leaf] = masses.leaf_mass(leaf);
  return law;
}

// Law of forward sampling by w(c)/S(u), given that no dead end was met.
std::vector<double> forward_law(const TreeMasses& masses) {
  const std::vector<double> w = interior_estimates(masses);
  const std::uint32_t alphabet = masses.alphabet;
  std::vector<double> level = {1.0};
  for (std::uint32_t depth = 0; depth < masses.horizon; ++depth) {
    std::vector<double> next(level.size() * alphabet);
    const std::uint64_t below = interior_nodes(alphabet, depth + 1);
    for (std::uint64_t u = 0; u < level.size(); ++u) {
      double sum = 0;
      for (std::uint64_t i = u * alphabet; i < (u + 1) * alphabet; ++i) {
        next[i] = depth + 1 < masses.horizon ? w[below + i] : masses.leaf_mass(i);
        sum += next[i];
      }
      for (std::uint64_t i = u * alphabet; i < (u + 1) * alphabet; ++i)
        next[i] = sum > 0 ? level[u] * next[i] / sum : 0.0;
    }
    level = next;
  }
  return level;
}

std::string describe(std::uint32_t alphabet, std::uint32_t horizon, Estimate estimate) {
  return "A " + std::to_string(alphabet) + ", H " + std::to_string(horizon) + ", estimate " +
         std::to_string(static_cast<int>(estimate));
}

class WalkLaw : public testing::TestWithParam<Algorithm> {};

TEST_P(WalkLaw, DrawsFollowTheTarget) {
  for (const auto& [alphabet, horizon] : kSizes) {
    for (const Estimate estimate : kEstimates) {
      const TreeMasses masses = tree_masses(alphabet, horizon, estimate);
      const Oracle oracle = compile_tree_oracle(masses, walk_of(GetParam()), Correction::kReject);
      const auto counts = leaf_counts(oracle, GetParam(), draws_of(GetParam(), masses));
      EXPECT_GT(test::chi_square_p(counts, target(masses)), kAlarm)
          << describe(alphabet, horizon, estimate);
    }
  }
}

// The root's rows say two to one, whatever the masses say.
TEST_P(WalkLaw, WrongRowsAreSeen) {
  const TreeMasses masses = tree_masses(2, 5, Estimate::kNoiseIid);
  TreeOracle tree = compile_tree_oracle(masses, walk_of(GetParam()), Correction::kReject);
  const std::vector<double> outcomes = {0, 2, 1};
  const std::uint32_t rows = kernels::rows_per_node(walk_of(GetParam()));
  for (std::uint32_t row = 0; row < rows; ++row) tree.rows.set(rows + row, outcomes);
  const Oracle oracle = std::move(tree);
  const auto counts = leaf_counts(oracle, GetParam(), draws_of(GetParam(), masses));
  EXPECT_LT(test::chi_square_p(counts, target(masses)), kWrong);
}

INSTANTIATE_TEST_SUITE_P(Algorithms, WalkLaw,
                         testing::Values(Algorithm::kJerrumSinclair, Algorithm::kLifted,
                                         Algorithm::kSequential),
                         [](const auto& instance) {
                           std::string name(to_string(instance.param));
                           std::erase(name, '-');
                           return name;
                         });

TEST(SequentialLaw, UncorrectedDrawsFollowTheForwardLawInstead) {
  for (const Correction correction : {Correction::kNone, Correction::kWeight}) {
    for (const auto& [alphabet, horizon] : kSizes) {
      for (const Estimate estimate : kEstimates) {
        const TreeMasses masses = tree_masses(alphabet, horizon, estimate);
        const Oracle oracle = compile_tree_oracle(masses, kernels::Walk::kSequential, correction);
        const auto counts = leaf_counts(oracle, Algorithm::kSequential, {50, 400, 1});
        EXPECT_GT(test::chi_square_p(counts, forward_law(masses)), kAlarm)
            << describe(alphabet, horizon, estimate);
        const double against_target = test::chi_square_p(counts, target(masses));
        if (estimate == Estimate::kExact) {
          EXPECT_GT(against_target, kAlarm) << describe(alphabet, horizon, estimate);
        } else {
          EXPECT_LT(against_target, kWrong) << describe(alphabet, horizon, estimate);
        }
      }
    }
  }
}

// Too few visits, under an estimate this bad, leave the walk where forward sampling would: the
// leaf clock matters, and the test can tell.
TEST(WalkLawControl, FirstVisitsAreNotEnough) {
  const TreeMasses masses = tree_masses(2, 5, Estimate::kArbitrary);
  for (const auto algorithm : {Algorithm::kJerrumSinclair, Algorithm::kLifted}) {
    const Oracle oracle = compile_tree_oracle(masses, walk_of(algorithm), Correction::kReject);
    EXPECT_LT(test::chi_square_p(leaf_counts(oracle, algorithm, {20000, 1, 1}), target(masses)),
              kWrong);
  }
}

TEST(ChiSquare, KnownValues) {
  // Statistic (10^2 + 10^2) / 50 = 4 at one degree of freedom; 2.5 at two.
  EXPECT_NEAR(test::chi_square_p(std::vector<std::uint64_t>{60, 40}, std::vector{1.0, 1.0}),
              std::erfc(std::sqrt(2.0)), 1e-12);
  EXPECT_NEAR(
      test::chi_square_p(std::vector<std::uint64_t>{25, 15, 20}, std::vector{1.0, 1.0, 1.0}),
      std::exp(-1.25), 1e-12);
  EXPECT_EQ(test::chi_square_p(std::vector<std::uint64_t>{99, 1}, std::vector{1.0, 0.0}), 0);
  // The two small cells are pooled to one of 10.
  EXPECT_NEAR(test::chi_square_p(std::vector<std::uint64_t>{90, 2, 8}, std::vector{18.0, 1.0, 1.0}),
              1, 1e-12);
  EXPECT_EQ(test::chi_square_p(std::vector<std::uint64_t>{3, 1}, std::vector{1.0, 1.0}), 1);
}

}  // namespace
}  // namespace wend
