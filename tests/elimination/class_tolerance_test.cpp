// How far from an answer a member's mass may be: nothing at a leaf, kappa above, and for either
// the relative 1e-9 that covers rounding.
#include <gtest/gtest.h>

#include "host/base/simd.hpp"
#include "host/elimination/engine.hpp"
#include "tests/support/class_targets.hpp"

namespace wend::test {
namespace {

/// Sequences of `length` symbols 0 and 1, each 0 with a member's own probability.
TableMembers coins(std::uint32_t length, const std::vector<double>& zero) {
  TableMembers members;
  members.alphabet = 2;
  members.horizon = length;
  members.count = static_cast<std::uint32_t>(zero.size());
  members.next = {0, 0};
  const std::uint64_t stride = padded_members(zero.size());
  members.table = TableMemory<double>(2 * stride);
  for (std::size_t i = 0; i < zero.size(); ++i) {
    members.table[i] = zero[i];
    members.table[stride + i] = 1 - zero[i];
  }
  return members;
}

struct Asked {
  kernels::PathOutcome outcome;
  std::vector<std::uint16_t> symbols;
  std::vector<bool> survives;
};

/// One path of at most `limit` queries, the oracle being member 0 of coins without noise.
Asked ask(std::uint32_t length, const std::vector<double>& zero, double kappa, Simd simd,
          std::uint64_t number, std::uint64_t limit) {
  ClassTarget target = class_target(coins(length, zero), 0, kappa);
  target.estimate.kind = EstimateSpec::Kind::kExact;
  const auto engine = make_cpu_class_engine(target, own_oracle(target), 1, simd);
  std::vector<std::uint64_t> alive(kernels::member_words(zero.size()), ~std::uint64_t{0});
  if (zero.size() % 64 != 0) alive.back() = (std::uint64_t{1} << (zero.size() % 64)) - 1;
  const kernels::ClassRound round{3, kappa, 2 * kappa * kappa, false, alive.data(), alive.data()};
  const kernels::ClassPath path{0, number, limit};
  Asked asked{{}, std::vector<std::uint16_t>(length), {}};
  std::vector<std::uint64_t> survivors = alive;
  engine->run(round, {&path, 1}, {&asked.outcome, 1}, asked.symbols, survivors);
  for (std::size_t i = 0; i < zero.size(); ++i)
    asked.survives.push_back((survivors[i / 64] >> (i % 64) & 1U) != 0);
  return asked;
}

std::vector<Simd> widths() {
  std::vector<Simd> all = {Simd::kScalar};
  if (cpu_has(Simd::kAvx2)) all.push_back(Simd::kAvx2);
  if (cpu_has(Simd::kAvx512)) all.push_back(Simd::kAvx512);
  return all;
}

TEST(ClassTolerance, ALeafsAnswerIsExact) {
  // A half, so that both symbols' masses are off by as much.
  const std::vector<double> zero = {0.5,
                                    0.5 * (1 + 1e-6),
                                    0.5 * (1 - 1e-6),
                                    0.5 * (1 + 1e-8),
                                    0.5 * (1 - 1e-8),
                                    0.5 * (1 + 1e-10),
                                    0.5 * (1 - 1e-10),
                                    0.5};
  for (const Simd simd : widths()) {
    for (std::uint64_t number = 0; number < 6; ++number) {
      const Asked asked = ask(1, zero, 3.0, simd, number, 100);
      ASSERT_EQ(asked.outcome.leaf_queries, 1U);
      EXPECT_EQ(asked.survives,
                (std::vector<bool>{true, false, false, false, false, true, true, true}));
      EXPECT_EQ(asked.outcome.survivors, 4U);
    }
  }
}

TEST(ClassTolerance, AnAnswerAboveTheLeavesIsWithinKappa) {
  constexpr double kKappa = 1.5;
  constexpr double kMass = 0.4;
  // Member 0 stands out among 57 that hardly ever draw a 0, with six at the ends of what its
  // answer allows.
  std::vector<double> zero(64, 0.01);
  zero[0] = kMass;
  zero[10] = kMass * kKappa * (1 + 1e-8);
  zero[20] = kMass * kKappa * (1 - 1e-8);
  zero[30] = kMass * kKappa * (1 + 1e-10);
  zero[40] = kMass / kKappa * (1 - 1e-8);
  zero[50] = kMass / kKappa * (1 + 1e-8);
  zero[60] = kMass / kKappa * (1 - 1e-10);
  for (const Simd simd : widths()) {
    for (std::uint64_t number = 0; number < 6; ++number) {
      // The limit keeps the leaf, which would leave member 0 alone, from being asked.
      const Asked asked = ask(2, zero, kKappa, simd, number, 1);
      ASSERT_EQ(asked.outcome.interior_queries, 1U);
      ASSERT_EQ(asked.outcome.status, kernels::PathStatus::kOutOfQueries);
      std::vector<bool> expected(64, false);
      for (const std::size_t i : {0U, 20U, 30U, 50U, 60U}) expected[i] = true;
      EXPECT_EQ(asked.survives, expected);
    }
  }
}

}  // namespace
}  // namespace wend::test
