// How baselines run: the same draws whatever the batches and threads, budgets, what they count, and
// what is refused.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include "host/instances/instance.hpp"
#include "tests/support/guided_targets.hpp"
#include "tests/support/temporary_folder.hpp"

namespace wend::test {
namespace {

using testing::error_of;

BaselineOptions options_of(Baseline method, std::uint64_t samples) {
  BaselineOptions options;
  options.method = method;
  options.samples = samples;
  options.chains = 37;
  options.seed = 5;
  options.threads = 1;
  options.memo_bytes = 4000;
  return options;
}

TEST(BaselineRun, BatchesContextsAndThreadsChangeNothing) {
  for (const Baseline method : kBaselines) {
    if (method == Baseline::kLowTemperature) continue;  // of targets without potentials
    const auto run = [&](std::uint32_t batch, std::uint32_t contexts, unsigned threads) {
      const GuidedTarget target(5, 6, {4}, true, coming_down);
      target.base->mutable_traits().contexts = contexts;
      BaselineOptions options = options_of(method, 200);
      options.max_batch = batch;
      options.threads = threads;
      return RanBaseline(*make_guided(target.base, {target.potential}), options);
    };
    const RanBaseline first = run(0, 1, 1);
    ASSERT_EQ(first.result.drawn, 200U);
    EXPECT_GT(first.result.oracle_use.shared, 0U);
    EXPECT_GT(first.result.oracle_use.memo_hits, 0U);
    for (const auto& [batch, contexts, threads] :
         {std::tuple{1U, 1U, 1U}, {7U, 1U, 1U}, {3U, 4U, 1U}, {0U, 1U, 3U}}) {
      const RanBaseline other = run(batch, contexts, threads);
      EXPECT_TRUE(other.draws == first.draws) << to_string(method);
      EXPECT_EQ(other.result.oracle_use.evaluations, first.result.oracle_use.evaluations);
      EXPECT_EQ(other.result.queries, first.result.queries);
      if (batch == 1) {
        EXPECT_EQ(other.result.oracle_use.batches, other.result.oracle_use.evaluations);
      }
    }
  }
}

// Rows large enough that chains walk on several threads.
TEST(BaselineRun, ThreadsChangeNothingWhereThereAreSome) {
  const GuidedTarget target(300, 2, {7}, true, coming_down);
  for (const Baseline method : {Baseline::kRejection, Baseline::kMemoRejection}) {
    BaselineOptions options = options_of(method, 600);
    options.chains = 300;
    options.memo_bytes = 1U << 22U;
    const RanBaseline first(*target.instance, options);
    options.threads = 3;
    const RanBaseline other(*target.instance, options);
    EXPECT_TRUE(other.draws == first.draws);
    EXPECT_EQ(other.result.oracle_use.evaluations, first.result.oracle_use.evaluations);
  }
}

TEST(BaselineRun, TheMemoSavesEvaluationsAndChangesNoDraw) {
  const GuidedTarget target(3, 4, {2}, true, coming_down);
  for (const Baseline method :
       {Baseline::kRejection, Baseline::kMasking, Baseline::kSuffixMh, Baseline::kBestOf}) {
    BaselineOptions options = options_of(method, 1000);
    options.memo_bytes = 0;
    const RanBaseline without(*target.instance, options);
    options.memo_bytes = 1U << 20U;
    const RanBaseline with(*target.instance, options);
    EXPECT_TRUE(with.draws == without.draws) << to_string(method);
    EXPECT_EQ(with.result.queries, without.result.queries);
    EXPECT_EQ(without.result.oracle_use.memo_hits, 0U);
    EXPECT_LE(with.result.oracle_use.evaluations, 1U + 2 + 4 + 8);
    EXPECT_GT(without.result.oracle_use.evaluations, 100U);
  }
}

TEST(BaselineRun, BudgetsEndItWithWhatWasDrawn) {
  for (const Baseline method :
       {Baseline::kRejection, Baseline::kMemoRejection, Baseline::kSuffixMh}) {
    const GuidedTarget target(3, 5, {}, true, coming_down);
    BaselineOptions options = options_of(method, 100'000);
    options.max_queries = 30'000;
    const RanBaseline ran(*target.instance, options);
    EXPECT_TRUE(ran.result.partial);
    EXPECT_TRUE(ran.result.budget_spent);
    EXPECT_GT(ran.result.drawn, 20U);
    EXPECT_LE(ran.result.queries, 30'000U);
    EXPECT_GT(ran.result.queries, 25'000U);
    EXPECT_EQ(ran.result.guarantee.kind,
              method == Baseline::kRejection ? GuaranteeKind::kProven : GuaranteeKind::kNone);
    options.max_queries.reset();
    options.max_evaluations = 20;
    const RanBaseline few(*target.instance, options);
    EXPECT_TRUE(few.result.budget_spent);
    EXPECT_GE(few.result.oracle_use.evaluations, 20U);
    EXPECT_LT(few.result.oracle_use.evaluations, 20U + 37);
    EXPECT_EQ(few.result.guarantee.kind, GuaranteeKind::kNone);
    options.max_evaluations.reset();
    options.max_queries = 36;  // no root is paid for
    const RanBaseline nothing(*target.instance, options);
    EXPECT_TRUE(nothing.result.budget_spent);
    EXPECT_EQ(nothing.result.queries, 0U);
    EXPECT_EQ(nothing.result.drawn, 0U);
  }
  // Shorter sequences cost less.
  const GuidedTarget ends(3, 5, {1}, true, coming_down);
  BaselineOptions options = options_of(Baseline::kRejection, 100'000);
  options.max_queries = 30'000;
  EXPECT_EQ(RanBaseline(*ends.instance, options).result.guarantee.kind, GuaranteeKind::kNone);
}

TEST(BaselineRun, AStopKeepsWhatWasDrawn) {
  const GuidedTarget target(3, 5, {}, true, coming_down);
  BaselineOptions options = options_of(Baseline::kRejection, std::uint64_t{1} << 22U);
  std::atomic<bool> stop{false};
  const BaselineResult result = sample_baseline(*target.instance, options, nullptr, stop,
                                                [&](std::uint64_t drawn, std::uint64_t) {
                                                  if (drawn > 1000) stop = true;
                                                });
  EXPECT_TRUE(result.partial);
  EXPECT_FALSE(result.budget_spent);
  EXPECT_GT(result.drawn, 1000U);
  EXPECT_EQ(result.guarantee.kind, GuaranteeKind::kNone);
}

TEST(BaselineRun, WhatDoesNotFitIsRefused) {
  const auto refused = [](const Instance& instance, const BaselineOptions& options) {
    return error_of(ErrorKind::kUsage, [&] { RanBaseline ran(instance, options); });
  };
  const GuidedTarget target(3, 4, {}, true, coming_down);
  const GuidedTarget rising(3, 4, {}, false, going_both_ways);
  BaselineOptions options = options_of(Baseline::kRejection, 100);
  for (const Baseline method : {Baseline::kRejection, Baseline::kMemoRejection}) {
    options.method = method;
    EXPECT_EQ(refused(*rising.instance, options),
              "method = " + std::string(to_string(method)) +
                  ": the potential \"function\" may rise, so that nothing bounds its factors");
    const auto unbounded = std::make_shared<HashOracle>(3, 4);
    EXPECT_EQ(refused(*make_oracle(unbounded), options),
              "method = " + std::string(to_string(method)) +
                  ": the oracle \"hash\" states no ratio_bound to reject by");
    options.power = 0.5;
    EXPECT_NE(refused(*target.instance, options).find("a power of 0.5"), std::string::npos);
    options.power = 1;
  }
  options.method = Baseline::kLowTemperature;
  EXPECT_NE(refused(*target.instance, options).find("`method = masking`"), std::string::npos);
  options.method = Baseline::kMasking;
  EXPECT_NE(refused(*make_oracle(target.base), options).find("`method = low-temperature`"),
            std::string::npos);
  options.power = 0;
  EXPECT_EQ(refused(*target.instance, options), "power: must be a finite number above 0");
  options = options_of(Baseline::kRejection, 10);
  EXPECT_EQ(refused(*target.instance, options), "chains: must be 1 to 10, the number of samples");
  options.chains = 5;
  target.base->mutable_traits().most_slots = 4;
  EXPECT_EQ(refused(*make_guided(target.base, {target.potential}), options),
            "chains: 5, but the oracle \"hash\" keeps no more than 4 apart");

  const auto tree = make_tree(2, 2, {1, 2, 3, 4}, EstimateSpec{});
  EXPECT_NE(refused(*tree, options).find("`algorithm = sequential` and `correction = reject`"),
            std::string::npos);
  options.method = Baseline::kMasking;
  EXPECT_NE(refused(*tree, options).find("`algorithm = sequential` and `correction = none`"),
            std::string::npos);
}

// Of a table: rows on scales of their own, masses that the instance tells.
TEST(BaselineRun, BuiltInKindsTakeTheOthers) {
  const std::vector<double> masses = {1, 2, 3, 4, 0, 6, 7, 8};
  const auto tree = make_tree(2, 3, masses, EstimateSpec{});
  BaselineOptions options = options_of(Baseline::kSuffixMh, 20'000);
  options.chains = 20'000;
  options.power = 2;
  options.steps = 30;
  const RanBaseline ran(*tree, options);
  std::vector<std::uint64_t> counts(8);
  std::vector<double> law;
  for (const double mass : masses) law.push_back(mass * mass);
  for (std::uint64_t i = 0; i < 20'000; ++i) {
    const auto* s = &ran.draws.symbols[3 * i];
    const auto leaf = static_cast<std::size_t>(4 * s[0] + 2 * s[1] + s[2]);
    ++counts[leaf];
    EXPECT_NEAR(ran.draws.log_mass[i], 2 * std::log(masses[leaf]), 1e-12);
  }
  EXPECT_GT(chi_square_p(counts, law), 1e-6);
}

TEST(BaselineRun, WhatBreaksItsPromiseEndsTheRunAndIsNamed) {
  const auto failure = [](const GuidedTarget& target, Baseline method) {
    BaselineOptions options = options_of(method, 1000);
    options.self_test = SelfTest::kOff;
    const RanBaseline ran(*target.instance, options);
    EXPECT_TRUE(ran.result.partial);
    EXPECT_FALSE(ran.result.budget_spent);
    EXPECT_EQ(ran.result.guarantee.kind, GuaranteeKind::kNone);
    return ran.result.failure;
  };
  const double nan = std::nan("");
  const GuidedTarget rises(3, 4, {}, true, going_both_ways);
  EXPECT_NE(failure(rises, Baseline::kMasking).find("but it never rises"), std::string::npos);
  const GuidedTarget broken(3, 4, {}, false, [&](const Prefix& prefix, bool) {
    return prefix.size() == 3 && prefix[1] == 1 ? nan : 0.0;
  });
  const std::string message = failure(broken, Baseline::kMasking);
  EXPECT_NE(message.find("potential \"function\": chain "), std::string::npos) << message;
  EXPECT_NE(message.find("depth 2: symbol"), std::string::npos) << message;
  const GuidedTarget throws(3, 4, {}, false, [&](const Prefix& prefix, bool) -> double {
    if (prefix.size() == 3) throw std::runtime_error("no more");
    return 0;
  });
  EXPECT_EQ(failure(throws, Baseline::kSuffixMh), "potential \"function\": no more");
  for (const Baseline method : {Baseline::kRejection, Baseline::kMemoRejection}) {
    const GuidedTarget bound(3, 4, {}, true, [](const Prefix&, bool) { return 0.0; });
    bound.base->mutable_traits().ratio_bound.assign(4, 0.6);
    EXPECT_NE(failure(bound, method).find("exceeds the stated ratio_bound"), std::string::npos);
  }
  const GuidedTarget empty(2, 3, {}, true, [](const Prefix& prefix, bool leaf) {
    return leaf || prefix.size() > 3 ? -std::numeric_limits<double>::infinity() : 0.0;
  });
  EXPECT_NE(failure(empty, Baseline::kMemoRejection).find("no sequence of the target has mass"),
            std::string::npos);
}

}  // namespace
}  // namespace wend::test
