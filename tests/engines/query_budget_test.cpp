// A limit on the queries: never exceeded, and where each chain stops depends on its draws alone.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "host/engines/engine.hpp"
#include "host/oracles/walk_of.hpp"
#include "kernels/random/philox.hpp"
#include "tests/support/parity_oracles.hpp"
#include "wend/counters.hpp"
#include "wend/instance.hpp"
#include "wend/sample.hpp"

namespace wend {
namespace {

constexpr std::uint64_t kChains = 11;
constexpr std::uint64_t kEach = 40;
constexpr std::uint64_t kLimit = 203;
constexpr std::uint64_t kRemainder = 4;  // chains with one expansion more
constexpr std::uint32_t kVisits = 5;

kernels::RunLimits limits_of(bool limited, Algorithm algorithm) {
  kernels::RunLimits limits{};
  limits.seed = 5;
  limits.purpose = kernels::kPurposeWalk;
  limits.thin = algorithm == Algorithm::kSequential ? 1 : 2;
  limits.quota = kEach;
  limits.step_budget = ~std::uint64_t{0};
  if (limited) {
    limits.expansion_limit = kLimit;
    limits.expansion_limit_remainder = kRemainder;
  }
  return limits;
}

struct DrawnRun {
  std::vector<std::vector<std::uint32_t>> records;  ///< of each chain
  ChainState state;
};

DrawnRun run(const Oracle& oracle, Algorithm algorithm, bool limited, unsigned threads,
             std::uint64_t round, Simd simd = Simd::kAuto) {
  kernels::RunLimits limits = limits_of(limited, algorithm);
  limits.round_size = round;
  const std::uint32_t words = record_words(oracle);
  const std::uint32_t visits = algorithm == Algorithm::kSequential ? 1 : kVisits;
  const auto engine = make_cpu_engine(oracle, walk_of(algorithm),
                                      chains_at_root(oracle, kChains, visits), threads, simd);
  std::vector<std::uint32_t> records(kChains * round * words);
  DrawnRun all{std::vector<std::vector<std::uint32_t>>(kChains), {}};
  const std::atomic<bool> stop{false};
  for (; limits.round_begin < kEach; limits.round_begin += round) {
    engine->advance(limits, records, stop);
    all.state = engine->save();
    EXPECT_EQ(engine->samples(), all.state.samples);
    for (std::uint64_t chain = 0; chain < kChains; ++chain) {
      const std::uint64_t drawn = all.state.samples[chain];
      if (drawn <= limits.round_begin) continue;
      const auto begin = records.begin() + static_cast<std::ptrdiff_t>(chain * round * words);
      all.records[chain].insert(
          all.records[chain].end(), begin,
          begin + static_cast<std::ptrdiff_t>((drawn - limits.round_begin) * words));
    }
  }
  reconcile(all.state, algorithm, alphabet(oracle), engine->oracle_queries(), horizon(oracle));
  return all;
}

// The words of a knapsack's path below its depth are what an earlier pause left there.
ChainState comparable(ChainState state, const Oracle& oracle) {
  if (std::holds_alternative<KnapsackOracle>(oracle)) state.path.clear();
  return state;
}

TEST(QueryBudget, EachChainStopsByItself) {
  std::uint64_t stopped = 0;
  for (const test::OracleCase& example : test::oracle_cases()) {
    for (const auto algorithm :
         {Algorithm::kJerrumSinclair, Algorithm::kLifted, Algorithm::kSequential}) {
      const Oracle oracle = example.make(algorithm);
      const DrawnRun free = run(oracle, algorithm, false, 2, kEach);
      const DrawnRun limited = run(oracle, algorithm, true, 1, kEach);
      const std::uint32_t words = record_words(oracle);
      for (std::uint64_t chain = 0; chain < kChains; ++chain) {
        const std::uint64_t limit = kLimit + (chain < kRemainder ? 1 : 0);
        const std::uint64_t used = limited.state.expansions[chain];
        const std::uint64_t drawn = limited.state.samples[chain];
        EXPECT_LE(used, limit) << example.name;
        if (drawn < kEach) {
          ++stopped;
          EXPECT_GT(used + 4, limit) << example.name;
          EXPECT_EQ(limited.state.steps[chain] % 4, 0U) << example.name;
        }
        ASSERT_EQ(limited.records[chain].size(), drawn * words) << example.name;
        EXPECT_TRUE(std::equal(limited.records[chain].begin(), limited.records[chain].end(),
                               free.records[chain].begin()))
            << example.name;
      }
      for (const auto& [threads, round] :
           {std::pair{2U, 40U}, {7U, 40U}, {1U, 1U}, {2U, 3U}, {7U, 17U}}) {
        const DrawnRun other = run(oracle, algorithm, true, threads, round, Simd::kScalar);
        EXPECT_EQ(other.records, limited.records) << example.name << ", rounds of " << round;
        EXPECT_TRUE(test::same(comparable(other.state, oracle), comparable(limited.state, oracle)))
            << example.name << ", rounds of " << round;
      }
    }
  }
  EXPECT_GT(stopped, 100U);  // the limit was felt
}

TEST(QueryBudget, AChainMayFinishJustInTime) {
  const Oracle oracle = test::tree_oracle(2, 9, Algorithm::kLifted);
  const DrawnRun free = run(oracle, Algorithm::kLifted, false, 1, kEach);
  kernels::RunLimits limits = limits_of(false, Algorithm::kLifted);
  limits.round_size = kEach;
  limits.expansion_limit =
      3 + *std::max_element(free.state.expansions.begin(), free.state.expansions.end());
  const auto engine =
      make_cpu_engine(oracle, kernels::Walk::kLifted, chains_at_root(oracle, kChains, kVisits), 1);
  std::vector<std::uint32_t> records(kChains * kEach * record_words(oracle));
  const std::atomic<bool> stop{false};
  engine->advance(limits, records, stop);
  EXPECT_TRUE(test::same(engine->save(), free.state));
}

// Rows of a run, by their numbers.
class Rows final : public SampleSink {
 public:
  Rows(std::uint64_t rows, std::uint32_t horizon) : horizon_(horizon), rows_(rows) {}
  void put(const SampleRows& rows) override {
    const std::scoped_lock lock(mutex_);
    for (std::uint64_t i = 0; i < rows.count; ++i)
      rows_.at(rows.row + i).assign(rows.symbols + i * horizon_, rows.symbols + (i + 1) * horizon_);
  }
  [[nodiscard]] const std::vector<std::vector<std::uint32_t>>& rows() const { return rows_; }

 private:
  std::uint32_t horizon_;
  std::mutex mutex_;
  std::vector<std::vector<std::uint32_t>> rows_;
};

EstimateSpec noise_of(double kappa) {
  EstimateSpec spec;
  spec.kind = EstimateSpec::Kind::kNoise;
  spec.kappa = kappa;
  spec.seed = 3;
  return spec;
}

class BudgetedSample : public testing::Test {
 protected:
  BudgetedSample() {
    options_.samples = 3000;
    options_.chains = 7;
    options_.visits = Visits::kFixed;
    options_.fixed_visits = 10;
    options_.seed = 8;
    options_.backend = Backend::kCpu;
  }

  SampleResult draw(Rows& rows, std::optional<std::uint64_t> most, unsigned threads = 1) {
    options_.max_queries = most;
    options_.threads = threads;
    const std::atomic<bool> stop{false};
    return sample(*tree_, options_, &rows, stop);
  }

  static constexpr std::uint32_t kHorizon = 5;
  std::shared_ptr<const Instance> tree_ =
      make_tree(3, kHorizon, std::vector<double>(243, 1.0), noise_of(2.0));
  SampleOptions options_;
};

TEST_F(BudgetedSample, KeepsWhatWasDrawn) {
  Rows free(options_.samples, kHorizon);
  const SampleResult whole = draw(free, std::nullopt);
  EXPECT_FALSE(whole.partial);
  EXPECT_FALSE(whole.budget_spent);
  const std::uint64_t most = whole.totals.queries / 3 + 2;

  Rows kept(options_.samples, kHorizon);
  const SampleResult result = draw(kept, most);
  EXPECT_TRUE(result.partial);
  EXPECT_TRUE(result.budget_spent);
  EXPECT_LE(result.totals.queries, most);
  // At most three expansions of three queries a chain are left, and what does not make one.
  EXPECT_GT(result.totals.queries + 7 * (3 * 3 + 3), most);
  EXPECT_EQ(result.guarantee.kind, GuaranteeKind::kNone);
  EXPECT_NE(result.guarantee.why.find("`max_queries`"), std::string::npos);
  std::uint64_t drawn = 0;
  for (std::uint64_t chain = 0; chain < 7; ++chain) {
    const std::uint64_t first = first_row(options_.samples, 7, chain);
    for (std::uint64_t d = 0; d < chain_quota(options_.samples, 7, chain); ++d) {
      const std::vector<std::uint32_t>& row = kept.rows()[first + d];
      EXPECT_EQ(row.empty(), d >= result.state.samples[chain]);
      if (row.empty()) continue;
      ++drawn;
      EXPECT_EQ(row, free.rows()[first + d]);
    }
  }
  EXPECT_EQ(drawn, result.drawn);
  EXPECT_GT(drawn, 100U);

  for (const unsigned threads : {2U, 7U}) {
    Rows other(options_.samples, kHorizon);
    const SampleResult again = draw(other, most, threads);
    EXPECT_EQ(other.rows(), kept.rows());
    EXPECT_TRUE(test::same(again.state, result.state));
    EXPECT_TRUE(again.budget_spent);
  }
}

TEST_F(BudgetedSample, EnoughIsEnough) {
  Rows free(options_.samples, kHorizon);
  const SampleResult whole = draw(free, std::nullopt);
  Rows kept(options_.samples, kHorizon);
  const SampleResult result = draw(kept, 10 * whole.totals.queries);
  EXPECT_FALSE(result.partial);
  EXPECT_FALSE(result.budget_spent);
  EXPECT_EQ(kept.rows(), free.rows());
  EXPECT_EQ(result.guarantee.kind, whole.guarantee.kind);
}

// Less than the roots take: nothing is asked, nothing drawn, and the budget is what ended it.
TEST_F(BudgetedSample, MayNotEvenPayForTheRoots) {
  for (const Algorithm algorithm :
       {Algorithm::kJerrumSinclair, Algorithm::kLifted, Algorithm::kSequential}) {
    for (const Visits visits : {Visits::kProven, Visits::kMeasured, Visits::kFixed}) {
      options_.algorithm = algorithm;
      options_.visits = algorithm == Algorithm::kSequential ? Visits::kDefault : visits;
      for (const std::uint64_t most : {1U, 6U, 7U, 20U, 21U, 27U}) {
        Rows rows(options_.samples, kHorizon);
        const SampleResult result = draw(rows, most);
        EXPECT_EQ(result.drawn, 0U);
        EXPECT_TRUE(result.partial);
        EXPECT_TRUE(result.budget_spent);
        EXPECT_EQ(result.totals.queries, most < 21 ? 0U : 21U);
        EXPECT_LE(result.totals.queries, most);
        EXPECT_EQ(result.guarantee.kind, GuaranteeKind::kNone);
        EXPECT_EQ(result.state.chains(), 7U);
      }
    }
  }
}

}  // namespace
}  // namespace wend
