// What a run with `max_queries` may claim: draws that are made within a budget are those that take
// few queries.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <numeric>
#include <regex>
#include <string>
#include <vector>

#include "tests/support/chi_square.hpp"
#include "wend/sample.hpp"

namespace wend {
namespace {

const std::vector<double> kMasses = {1, 2, 3, 4, 5, 6, 7, 8};

std::shared_ptr<const Instance> tree(double kappa, const std::vector<double>& masses = kMasses,
                                     std::uint64_t seed = 7) {
  EstimateSpec noise;
  noise.kind = EstimateSpec::Kind::kNoise;
  noise.model = EstimateSpec::Model::kSign;
  noise.kappa = kappa;
  noise.seed = seed;
  return make_tree(2, 3, masses, noise);
}

/// Counts leaves.
class CountLeaves final : public SampleSink {
 public:
  void put(const SampleRows& rows) override {
    const std::scoped_lock lock(mutex_);
    for (std::uint64_t i = 0; i < rows.count; ++i) {
      const std::uint32_t* symbols = rows.symbols + 3 * i;
      ++counts[symbols[0] * 4U + symbols[1] * 2U + symbols[2]];
    }
  }
  std::vector<std::uint64_t> counts = std::vector<std::uint64_t>(8, 0);

 private:
  std::mutex mutex_;
};

SampleResult draw(const Instance& instance, const SampleOptions& options,
                  SampleSink* sink = nullptr) {
  const std::atomic<bool> stop{false};
  return sample(instance, options, sink, stop);
}

SampleOptions one_draw(Algorithm algorithm) {
  SampleOptions options;
  options.algorithm = algorithm;
  options.samples = 1;
  options.backend = Backend::kCpu;
  return options;
}

TEST(BudgetGuarantee, IsNoneWhereTheBudgetCouldHaveEndedTheRun) {
  const auto instance = tree(4);
  for (const Algorithm algorithm : {Algorithm::kJerrumSinclair, Algorithm::kLifted}) {
    SampleOptions options = one_draw(algorithm);
    const SampleResult free = draw(*instance, options);
    EXPECT_EQ(free.guarantee.kind, GuaranteeKind::kProven);
    options.max_queries = 2 * free.totals.queries + 100;
    const SampleResult limited = draw(*instance, options);
    ASSERT_FALSE(limited.partial);
    EXPECT_EQ(limited.guarantee.kind, GuaranteeKind::kNone);
    EXPECT_NE(limited.guarantee.why.find("without `max_queries`"), std::string::npos);
  }
}

/// What a run says it needs.
std::uint64_t queries_needed(const std::string& why) {
  const std::regex needed(" with one that leaves ([0-9,]+) queries to draw by");
  std::smatch found;
  if (!std::regex_search(why, found, needed)) return 0;
  std::string number = found[1];
  std::erase(number, ',');
  return std::stoull(number);
}

TEST(BudgetGuarantee, SaysHowManyQueriesWouldKeepIt) {
  const auto instance = tree(4);
  for (const Algorithm algorithm : {Algorithm::kJerrumSinclair, Algorithm::kLifted}) {
    SampleOptions options = one_draw(algorithm);
    options.samples = 30;
    options.chains = 10;
    const double free = draw(*instance, options).guarantee.tv.value();
    options.max_queries = 10'000;
    const std::uint64_t needed = queries_needed(draw(*instance, options).guarantee.why);
    ASSERT_GT(needed, 10'000U);
    options.max_queries = needed;
    const Guarantee kept = draw(*instance, options).guarantee;
    ASSERT_EQ(kept.kind, GuaranteeKind::kProven) << kept.why;
    EXPECT_NEAR(*kept.tv, free + options.delta, 1e-4);
    options.max_queries = needed - needed / 100;
    EXPECT_EQ(draw(*instance, options).guarantee.kind, GuaranteeKind::kNone);
  }
}

TEST(BudgetGuarantee, CountsInTheProbabilityThatALargeBudgetBinds) {
  const auto instance = tree(4);
  SampleOptions options = one_draw(Algorithm::kJerrumSinclair);
  const double free = draw(*instance, options).guarantee.tv.value();
  options.max_queries = 1'000'000;
  const Guarantee large = draw(*instance, options).guarantee;
  options.max_queries = 1'000'000'000'000;
  const Guarantee huge = draw(*instance, options).guarantee;
  ASSERT_EQ(large.kind, GuaranteeKind::kProven);
  ASSERT_EQ(huge.kind, GuaranteeKind::kProven);
  EXPECT_GT(large.tv.value(), free + 1e-6);
  EXPECT_LT(large.tv.value(), free + options.delta);
  EXPECT_NEAR(huge.tv.value(), free, 1e-8);
}

// Every accepted path costs the same, so that what was drawn when the budget ended is right. 1,000
// runs, p > 1e-6.
TEST(BudgetGuarantee, OfRejectionIsUntouched) {
  const auto instance = tree(1.3);
  CountLeaves leaves;
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    SampleOptions options = one_draw(Algorithm::kSequential);
    options.samples = 1000;
    options.chains = 1;
    options.seed = seed;
    options.max_queries = 60;
    const SampleResult result = draw(*instance, options, &leaves);
    ASSERT_TRUE(result.budget_spent);
    ASSERT_EQ(result.guarantee.kind, GuaranteeKind::kProven);
  }
  EXPECT_GT(test::chi_square_p(leaves.counts, kMasses), 1e-6);
}

// The control: half of the mass begins with each symbol, but the chains that have K visits within
// the budget are those that spent them where a visit is cheap.
TEST(BudgetGuarantee, DrawsOfWalksThatEndInTimeAreBiased) {
  const auto instance = tree(30, std::vector<double>(8, 1.0), 6);
  SampleOptions options = one_draw(Algorithm::kJerrumSinclair);
  options.visits = Visits::kFixed;
  options.fixed_visits = 60;
  options.samples = 4000;
  options.chains = 4000;
  const auto share = [&] {
    CountLeaves leaves;
    draw(*instance, options, &leaves);
    const auto drawn = std::accumulate(leaves.counts.begin(), leaves.counts.end(), 0.0);
    return std::accumulate(leaves.counts.begin(), leaves.counts.begin() + 4, 0.0) / drawn;
  };
  EXPECT_NEAR(share(), 0.5, 0.1);
  options.max_queries = 4000 * 2523;
  EXPECT_LT(share(), 0.2);
}

}  // namespace
}  // namespace wend
