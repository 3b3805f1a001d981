#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/golden_inputs.hpp"
#include "tests/support/kept_draws.hpp"
#include "tests/support/temporary_folder.hpp"
#include "wend/error.hpp"
#include "wend/sample.hpp"

// Runs of every kind of instance, walk and correction, by the fused engine and by the lockstep one.
namespace wend::test {

inline SampleOptions base_options(Algorithm algorithm) {
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

inline void expect_same(const Ran& fused, const Ran& lockstep, const std::string& what) {
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

/// That each run draws the same in lockstep, or is refused with the same words; `change` makes both
/// runs smaller, `in_lockstep` chooses the engine's backend.
template <class Change, class InLockstep>
void expect_parity(const std::vector<std::filesystem::path>& files, const Change& change,
                   const InLockstep& in_lockstep) {
  std::uint64_t compared = 0;
  for_each_run(files,
               [&](const Instance& instance, const SampleOptions& given, const std::string& what) {
                 SampleOptions options = given;
                 change(options);
                 SampleOptions other = options;
                 other.engine = EngineKind::kLockstep;
                 in_lockstep(other);
                 std::unique_ptr<Ran> fused;
                 try {
                   fused = std::make_unique<Ran>(instance, options);
                 } catch (const Error& refused) {
                   // What one refuses, the other refuses with the same words.
                   try {
                     const Ran ran(instance, other);
                     ADD_FAILURE() << what << ": " << refused.what();
                   } catch (const Error& error) {
                     EXPECT_STREQ(error.what(), refused.what()) << what;
                   }
                   return;
                 }
                 const Ran ran(instance, other);
                 EXPECT_EQ(ran.result.backend, other.backend) << what;
                 expect_same(*fused, ran, what);
                 ++compared;
               });
  EXPECT_GT(compared, 150U);
}

}  // namespace wend::test
