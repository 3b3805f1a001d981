// The lockstep engine draws what the fused one draws, byte for byte, and counts what it counts:
// every kind of instance, every walk and correction, any threads, batches and memo.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "tests/support/kept_draws.hpp"
#include "tests/support/lockstep_runs.hpp"
#include "wend/error.hpp"
#include "wend/sample.hpp"

namespace wend::test {
namespace {

TEST_F(LockstepParity, EveryKindWalkAndCorrection) {
  expect_parity(
      files_, [](SampleOptions&) {}, [](SampleOptions&) {});
}

TEST_F(LockstepParity, ThreadsBatchesAndMemoDoNotMatter) {
  std::uint64_t evictions = 0;
  for_each_run(
      files_, [&](const Instance& instance, const SampleOptions& options, const std::string& what) {
        std::unique_ptr<Ran> fused;
        try {
          fused = std::make_unique<Ran>(instance, options);
        } catch (const Error&) {
          return;
        }
        std::vector<OracleUse> uses;
        for (const auto& [threads, batch, memo] : {std::tuple{1U, 0U, 0ULL},
                                                   {2U, 1U, 0ULL},
                                                   {7U, 5U, 0ULL},
                                                   {1U, 0U, 20'000ULL},
                                                   {2U, 3U, 20'000ULL},
                                                   {1U, 2U, 1ULL << 30U}}) {
          SampleOptions in_lockstep = options;
          in_lockstep.engine = EngineKind::kLockstep;
          in_lockstep.threads = threads;
          in_lockstep.max_batch = batch;
          in_lockstep.memo_bytes = memo;
          const Ran ran(instance, in_lockstep);
          expect_same(*fused, ran, what + " batch " + std::to_string(batch));
          uses.push_back(ran.result.oracle_use.value());
        }
        // Evaluations are a function of the memo's size alone, and fewer the larger it is.
        EXPECT_EQ(uses[0].evaluations, uses[1].evaluations) << what;
        EXPECT_EQ(uses[0].evaluations, uses[2].evaluations) << what;
        EXPECT_EQ(uses[3].evaluations, uses[4].evaluations) << what;
        EXPECT_EQ(uses[3].memo_hits, uses[4].memo_hits) << what;
        EXPECT_LE(uses[5].evaluations, uses[3].evaluations) << what;
        EXPECT_LE(uses[5].evaluations, uses[0].evaluations) << what;
        EXPECT_EQ(uses[5].evaluations, uses[5].memo_rows) << what;  // each prefix once
        if (uses[3].evaluations > uses[3].memo_rows) ++evictions;
      });
  EXPECT_GT(evictions, 10U);
}

TEST_F(LockstepParity, QueryBudgetsEndAtTheSameStep) {
  for_each_run(
      files_, [&](const Instance& instance, const SampleOptions& options, const std::string& what) {
        SampleOptions limited = options;
        limited.samples = 100'000;
        limited.max_queries = 23 * std::uint64_t{facts(instance).alphabet} * 40;
        SampleOptions in_lockstep = limited;
        in_lockstep.engine = EngineKind::kLockstep;
        try {
          const Ran fused(instance, limited);
          expect_same(fused, Ran(instance, in_lockstep), what);
        } catch (const Error& error) {
          EXPECT_EQ(error.kind(), ErrorKind::kUsage) << what << error.what();
        }
      });
}

}  // namespace
}  // namespace wend::test
