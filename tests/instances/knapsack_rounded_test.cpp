#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "host/instances/knapsack/rounded.hpp"
#include "tests/support/knapsack_problems.hpp"
#include "tests/support/temporary_folder.hpp"

namespace wend {
namespace {

using kernels::KnapsackItem;
using test::exact_mass;
using test::for_each_node;
using test::log_estimate;
using test::random_knapsack;
using test::small_knapsacks;

TEST(RoundedSum, IsTheNearestPowerAndRisesWithBothTerms) {
  for (const double log_q : {0.7, 0.05, 0.003}) {
    for (const double value : {0.0, 0.3, -5.0, 90.0, -90.0}) {
      const RoundedSum sum(log_q, value);
      const std::uint32_t end = sum.low() + sum.span() + 20;
      const std::uint32_t begin = sum.low() > 20 ? sum.low() - 20 : 0;
      for (std::uint32_t d = begin; d < end; ++d) {
        const std::uint32_t b = 1000;
        const double larger = std::max(d * log_q, value);
        const double smaller = std::min(d * log_q, value);
        const double exact = (larger + std::log1p(std::exp(smaller - larger))) / log_q + b;
        ASSERT_NEAR(sum(b + d, b), exact, 0.5 + 5e-7) << log_q << ' ' << value << ' ' << d;
        ASSERT_LE(sum(b + d, b), sum(b + d + 1, b));
        if (d > 0) {
          ASSERT_LE(sum(b + d, b), sum(b + d, b + 1));
        }
      }
    }
  }
}

TEST(RoundedKnapsack, IsWithinKappaAtEveryNode) {
  for (const double kappa : {1.05, 2.0, 30.0}) {
    for (const KnapsackProblem& problem : small_knapsacks()) {
      const RoundedKnapsack counter(problem, kappa, "test");
      const kernels::KnapsackTables view = counter.search_view();
      double largest = 0;
      for_each_node(
          problem, 0, problem.capacity, [&](std::uint32_t depth, std::uint64_t remaining) {
            const double error = log_estimate(counter, view, depth, remaining) -
                                 std::log(exact_mass(problem, depth, remaining));
            largest = std::max(largest, std::abs(error));
            // What the theorem says of this depth.
            ASSERT_LE(std::abs(error),
                      std::log(kappa) * (problem.items() - depth) / problem.items() + 1e-12);
          });
      EXPECT_LE(largest, std::log(kappa));
    }
  }
}

TEST(RoundedKnapsack, SearchAgreesWithTheLevels) {
  for (const double fraction : {0.05, 0.5}) {
    const KnapsackProblem problem = random_knapsack(60, 1'000'000'000'000, fraction, 0.5, 5);
    const RoundedKnapsack counter(problem, 1.5, "test");
    const kernels::KnapsackTables view = counter.search_view();
    std::mt19937_64 random(6);
    counter.for_each_level([&](std::uint32_t level, const RoundedLevel& values) {
      ASSERT_TRUE(std::ranges::is_sorted(values.capacities));
      for (std::size_t i = 1; i < values.exponents.size(); ++i)
        ASSERT_LT(values.exponents[i - 1], values.exponents[i]);
      if (level == 0) return;
      const KnapsackItem& item = counter.items()[level - 1];
      const auto check = [&](std::uint64_t capacity) {
        const auto above = std::ranges::upper_bound(values.capacities, capacity);
        const auto step = static_cast<std::size_t>(above - values.capacities.begin()) - 1;
        ASSERT_EQ(view.exponent(item, capacity), values.exponents[step]) << level;
      };
      for (const std::uint64_t capacity : values.capacities) {
        check(capacity);
        if (capacity > item.origin) check(capacity - 1);
      }
      for (int i = 0; i < 100; ++i)
        check(item.origin + random() % (problem.capacity - item.origin + 1));
      check(problem.capacity);
    });
  }
}

TEST(RoundedKnapsack, TablesKeepTheirBound) {
  const double kappa = 2.0;
  const std::uint32_t n = 100;
  const KnapsackProblem problem = random_knapsack(n, 1'000'000'000'000, 0.3, 0.0, 7);
  const RoundedKnapsack counter(problem, kappa, "test");
  const double all = n + std::pow(n, 3) * std::log(2.0) / (4 * std::log(kappa)) * (1 + 2e-2);
  EXPECT_LT(static_cast<double>(counter.breakpoints()), all);
  counter.for_each_level([&](std::uint32_t level, const RoundedLevel& values) {
    EXPECT_LE(values.exponents.size(), 1 + (n - level) * std::log(2.0) / counter.log_q() + n / 2.0);
  });
  const auto tables = counter.tables();
  // One to two buckets of 16 bytes a step, and 12 to 14 bytes more for a step that shares one.
  EXPECT_LT(tables->bytes(), 46 * counter.breakpoints());
  EXPECT_EQ(tables->bytes() + n * sizeof(KnapsackItem), counter.table_bytes());
}

TEST(RoundedKnapsack, RefusesWhatItCannotHold) {
  const KnapsackProblem steep{{1, 2, 3}, 4, {1e12, 0.0, 0.0}};
  EXPECT_THROW(RoundedKnapsack(steep, 2.0, "test"), Error);
  const KnapsackProblem plain{{1, 2, 3}, 4, {0.0, 0.0, 0.0}};
  EXPECT_THROW(RoundedKnapsack(plain, 1.0 + 1e-13, "test"), Error);
  // A thousand values, each with millions of step laws.
  const std::string message = testing::error_of(ErrorKind::kInput, [] {
    const RoundedKnapsack counter(random_knapsack(1000, 1'000'000, 0.5, 1.0, 8), 1.01, "here");
  });
  EXPECT_EQ(message.rfind("here: the step laws need ", 0), 0U) << message;
}

}  // namespace
}  // namespace wend
