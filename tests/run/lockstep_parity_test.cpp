// The lockstep engine draws what the fused one draws, byte for byte, and counts what it counts:
// every kind of instance, every walk and correction, any threads, batches and memo.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "tests/support/golden_inputs.hpp"
#include "tests/support/kept_draws.hpp"
#include "tests/support/temporary_folder.hpp"
#include "wend/error.hpp"
#include "wend/sample.hpp"

namespace wend::test {
namespace {

SampleOptions base_options(Algorithm algorithm) {
  SampleOptions options;
  options.algorithm = algorithm;
  options.samples = 61;
  options.chains = 23;
  options.backend = Backend::kCpu;
  options.threads = 1;
  options.seed = 11;
  if (algorithm != Algorithm::kSequential) {
    options.visits = Visits::kFixed;
    options.fixed_visits = 4;
    options.thin = 2;
  }
  return options;
}

void expect_same(const Ran& fused, const Ran& lockstep, const std::string& what) {
  EXPECT_TRUE(fused.draws == lockstep.draws) << what;
  EXPECT_EQ(fused.result.drawn, lockstep.result.drawn) << what;
  const ChainState& a = fused.result.state;
  const ChainState& b = lockstep.result.state;
  EXPECT_EQ(a.steps, b.steps) << what;
  EXPECT_EQ(a.moves_up, b.moves_up) << what;
  EXPECT_EQ(a.expansions, b.expansions) << what;
  EXPECT_EQ(a.leaf_visits, b.leaf_visits) << what;
  EXPECT_EQ(a.samples, b.samples) << what;
  EXPECT_EQ(a.depth, b.depth) << what;
  EXPECT_EQ(a.countdown, b.countdown) << what;
  EXPECT_EQ(a.arrived_up, b.arrived_up) << what;
  EXPECT_EQ(fused.result.totals.queries, lockstep.result.totals.queries) << what;
  EXPECT_EQ(fused.result.guarantee.tv, lockstep.result.guarantee.tv) << what;
  EXPECT_EQ(fused.result.budget_spent, lockstep.result.budget_spent) << what;
}

class LockstepParity : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path()))
      if (entry.path().extension() == ".json") files_.push_back(entry.path());
    std::ranges::sort(files_);
    ASSERT_GT(files_.size(), 30U);
  }

  wend::testing::TemporaryFolder folder_;
  wend::testing::GoldenInputs inputs_{folder_};
  std::vector<std::filesystem::path> files_;
};

// Calls check(instance, options, what) for what can be drawn.
template <class Check>
void for_each_run(const std::vector<std::filesystem::path>& files, const Check& check) {
  for (const std::filesystem::path& file : files) {
    const std::shared_ptr<const Instance> instance = load_instance(file);
    for (const Algorithm algorithm :
         {Algorithm::kJerrumSinclair, Algorithm::kLifted, Algorithm::kSequential}) {
      for (const Correction correction :
           {Correction::kReject, Correction::kWeight, Correction::kNone}) {
        if (algorithm != Algorithm::kSequential && correction != Correction::kReject) continue;
        SampleOptions options = base_options(algorithm);
        options.correction = correction;
        const std::string what = file.stem().string() + " " + std::string(to_string(algorithm)) +
                                 " " + std::string(to_string(correction));
        check(*instance, options, what);
      }
    }
  }
}

TEST_F(LockstepParity, EveryKindWalkAndCorrection) {
  std::uint64_t compared = 0;
  for_each_run(
      files_, [&](const Instance& instance, const SampleOptions& options, const std::string& what) {
        SampleOptions in_lockstep = options;
        in_lockstep.engine = EngineKind::kLockstep;
        std::unique_ptr<Ran> fused;
        try {
          fused = std::make_unique<Ran>(instance, options);
        } catch (const Error& refused) {
          // What one refuses, the other refuses with the same words.
          try {
            const Ran other(instance, in_lockstep);
            ADD_FAILURE() << what << ": " << refused.what();
          } catch (const Error& error) {
            EXPECT_STREQ(error.what(), refused.what()) << what;
          }
          return;
        }
        expect_same(*fused, Ran(instance, in_lockstep), what);
        ++compared;
      });
  EXPECT_GT(compared, 150U);
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
