// Leaf masses of any scale: rows do not depend on it, down to where doubles end.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <numeric>
#include <vector>

#include "host/instances/instance.hpp"
#include "host/instances/tree/values.hpp"

namespace wend {
namespace {

/// Eight leaves, whose masses are those of another scale times 2^exponent.
std::shared_ptr<const Instance> tree(int exponent) {
  EstimateSpec noise;
  noise.kind = EstimateSpec::Kind::kNoise;
  noise.model = EstimateSpec::Model::kSign;
  noise.kappa = 1000;
  noise.seed = 3;
  std::vector<double> leaf_mass = {1, 2, 0, 4, 3, 1, 1, 5};
  for (double& mass : leaf_mass) mass = std::ldexp(mass, exponent);
  return make_tree(2, 3, leaf_mass, noise);
}

TEST(TreeScale, DoesNotMatterToRows) {
  for (const kernels::Walk walk :
       {kernels::Walk::kJerrumSinclair, kernels::Walk::kLifted, kernels::Walk::kSequential}) {
    const Oracle expected = tree(0)->compile(walk, Correction::kReject);
    const auto& rows = std::get<TreeOracle>(expected).rows;
    const std::size_t words = rows.rows() * RowTable::words_per_row(2);
    for (const int exponent : {-1020, -500, 500, 1000}) {
      const Oracle scaled = tree(exponent)->compile(walk, Correction::kReject);
      const auto& others = std::get<TreeOracle>(scaled).rows;
      ASSERT_EQ(others.rows(), rows.rows());
      EXPECT_EQ(std::memcmp(others.words(), rows.words(), 4 * words), 0) << exponent;
    }
  }
}

TEST(TreeScale, IsThatOfLogMasses) {
  const std::uint32_t leaf[] = {1, 1, 1};
  for (const int exponent : {-1020, 0, 1000})
    EXPECT_NEAR(log_mass(*tree(exponent), leaf), std::log(5.0) + exponent * std::log(2.0), 1e-9);
}

// Sums that round differently in every order, in blocks that do not fit the threads.
TEST(TreeScale, SumsAreTheSameForEveryNumberOfThreads) {
  std::vector<double> masses((std::size_t{1} << 20U) + 12345);
  std::uint64_t state = 1;
  for (double& mass : masses) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    mass = static_cast<double>(state >> 20U) * (state >> 63U == 0 ? 0x1p-44 : 0x1p-10);
  }
  const TreeValues values(masses);
  const double expected = sum_of(values, 1);
  EXPECT_NEAR(expected, std::accumulate(masses.begin(), masses.end(), 0.0), expected * 1e-9);
  for (int repetition = 0; repetition < 5; ++repetition)
    for (const unsigned threads : {0U, 2U, 3U, 5U, 16U, 100U})
      EXPECT_EQ(sum_of(values, threads), expected) << threads;
  EXPECT_EQ(sum_of(TreeValues(std::vector<double>{}), 5), 0.0);
  EXPECT_EQ(sum_of(TreeValues(std::vector<double>{1, 2}), 5), 3.0);
}

}  // namespace
}  // namespace wend
