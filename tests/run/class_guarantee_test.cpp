// What a run of class-elimination promises, and when it promises nothing.
#include <gtest/gtest.h>

#include <atomic>

#include "host/run/guarantee.hpp"
#include "tests/support/class_targets.hpp"
#include "wend/sample.hpp"

namespace wend::test {
namespace {

constexpr double kDelta = 0.05;

SampleOptions class_options() {
  SampleOptions options;
  options.algorithm = Algorithm::kClassElimination;
  options.samples = 60;
  options.chains = 4;
  options.delta = kDelta;
  options.backend = Backend::kCpu;
  options.threads = 2;
  options.seed = 8;
  return options;
}

/// A run that made `proposals` of which it accepted `accepted`, at kappa 1: C = 2.
SampleResult certified_run(std::uint64_t proposals, std::uint64_t accepted) {
  SampleResult result;
  result.kappa = 1.0;
  result.totals.proposals = proposals;
  result.totals.accepted = accepted;
  result.elimination.emplace();
  result.elimination->bound = 2;
  result.elimination->members = 24;
  result.elimination->paths_to_certify = 100;
  result.elimination->samples_certified = accepted;
  return result;
}

Guarantee guarantee_of(const SampleResult& result) {
  static const ClassTarget target = class_target(small_members("markov", 24), 5, 1.0);
  return elimination_guarantee(target, class_options(), result);
}

// 53 bits a symbol, H = 4, A = 3.
constexpr double kRounding = 0x1p-52 * 4 * 3;

TEST(ClassGuarantee, OfACertifiedVersionSpaceIsDelta) {
  const Guarantee guarantee = guarantee_of(certified_run(10000, 5000));
  EXPECT_EQ(guarantee.kind, GuaranteeKind::kProven);
  EXPECT_DOUBLE_EQ(guarantee.tv.value(), kDelta + kRounding);
}

TEST(ClassGuarantee, OfTheOneMemberLeftIsRoundingAlone) {
  const Guarantee guarantee = guarantee_of(certified_run(0, 0));
  EXPECT_EQ(guarantee.kind, GuaranteeKind::kProven);
  EXPECT_DOUBLE_EQ(guarantee.tv.value(), kRounding);
}

TEST(ClassGuarantee, AcceptanceFitsWithinSixStandardDeviations) {
  // 10,000 proposals: half of them, or 1 - delta/2 of that, and 6 x 50 + 6 either way.
  for (const std::uint64_t accepted : {4570U, 4875U, 5000U, 5306U})
    EXPECT_EQ(guarantee_of(certified_run(10000, accepted)).kind, GuaranteeKind::kProven)
        << accepted;
  for (const std::uint64_t accepted : {0U, 2500U, 4568U, 5307U, 7500U, 10000U}) {
    const Guarantee guarantee = guarantee_of(certified_run(10000, accepted));
    EXPECT_EQ(guarantee.kind, GuaranteeKind::kNone) << accepted;
    EXPECT_FALSE(guarantee.tv.has_value());
    EXPECT_NE(guarantee.why.find("does not hold the target"), std::string::npos);
  }
}

TEST(ClassGuarantee, IsNoneForARunThatEndedEarly) {
  SampleResult result = certified_run(10000, 5000);
  result.partial = true;
  EXPECT_EQ(guarantee_of(result).kind, GuaranteeKind::kNone);
  result = certified_run(10000, 5000);
  result.budget_spent = true;
  EXPECT_EQ(guarantee_of(result).kind, GuaranteeKind::kNone);
}

TEST(ClassGuarantee, OfAWholeRunIsThatOfWhatItDrewFrom) {
  const std::atomic<bool> stop{false};
  // Members that hardly differ: certified before half of them are ruled out.
  const TestClass quiet(class_target(needle_members({2, 30, 32, 11}, 30, 0.0001, "test"), 7, 1.2));
  const SampleResult certified = sample(quiet, class_options(), nullptr, stop);
  EXPECT_EQ(certified.elimination->samples_certified, 60U);
  EXPECT_EQ(certified.guarantee.kind, GuaranteeKind::kProven);
  EXPECT_DOUBLE_EQ(certified.guarantee.tv.value(), kDelta + 0x1p-52 * 30 * 2);

  const TestClass loud(class_target(small_members("markov", 24), 5, 1.2));
  const SampleResult direct = sample(loud, class_options(), nullptr, stop);
  EXPECT_EQ(direct.elimination->samples_direct, 60U);
  EXPECT_DOUBLE_EQ(direct.guarantee.tv.value(), kRounding);
}

}  // namespace
}  // namespace wend::test
