// Oracles whose answers are no function of the prefix: refused with the largest difference, or
// pinned to the first answer for each prefix.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/kept_draws.hpp"
#include "tests/support/model_oracles.hpp"
#include "wend/error.hpp"
#include "wend/means.hpp"
#include "wend/sample.hpp"

namespace wend::test {
namespace {

/// Every answer is off by an amount of its own, of at most `most`. Keeps what it was asked, and the
/// first answer to it.
class DriftingOracle final : public HashOracle {
 public:
  explicit DriftingOracle(double most, std::uint32_t horizon = 6)
      : HashOracle(3, horizon), most_(most) {}

  void expand(std::uint32_t context, const OracleBatch& batch, const OracleRows& rows) override {
    HashOracle::expand(context, batch, rows);
    for (std::uint32_t i = 0; i < batch.size; ++i) {
      float* row = rows.log_ratio + std::size_t{i} * 3;
      for (std::uint32_t c = 0; c < 3; ++c)
        row[c] += static_cast<float>(most_ * unit_of(++numbers_));
      const std::vector<std::uint32_t> prefix(batch.prefix[i], batch.prefix[i] + batch.depth[i]);
      if (running_) ++asked_[prefix];
      if (running_) first_.try_emplace(prefix, row, row + 3);
    }
    calls_ += 1;
  }

  /// What was asked before counts no more.
  void begin() { running_ = true; }
  /// Of the first answers: what they say a sequence's mass is; the most often that one was asked.
  [[nodiscard]] double log_mass(const auto* symbols) const {
    double sum = 0;
    std::vector<std::uint32_t> prefix;
    for (std::uint32_t h = 0; h < traits().horizon; ++h) {
      sum += static_cast<double>(first_.at(prefix)[symbols[h]]);
      prefix.push_back(symbols[h]);
    }
    return sum;
  }
  [[nodiscard]] std::uint64_t most_often_asked() const {
    std::uint64_t most = 0;
    for (const auto& [prefix, times] : asked_) most = std::max(most, times);
    return most;
  }
  [[nodiscard]] std::uint64_t calls() const { return calls_; }

 private:
  double most_;
  bool running_ = false;
  std::uint64_t numbers_ = 0;
  std::uint64_t calls_ = 0;
  std::map<std::vector<std::uint32_t>, std::uint64_t> asked_;
  std::map<std::vector<std::uint32_t>, std::vector<float>> first_;
};

/// Of the same numbers as `inner`, whose answers count from its call number `first` on.
class Beginning final : public BatchOracle {
 public:
  Beginning(std::shared_ptr<DriftingOracle> inner, std::uint64_t first)
      : inner_(std::move(inner)), first_(first) {}
  [[nodiscard]] const OracleTraits& traits() const override { return inner_->traits(); }
  void expand(std::uint32_t context, const OracleBatch& batch, const OracleRows& rows) override {
    if (inner_->calls() == first_) inner_->begin();
    inner_->expand(context, batch, rows);
  }

 private:
  std::shared_ptr<DriftingOracle> inner_;
  std::uint64_t first_;
};

SampleOptions pinning() {
  SampleOptions options;
  options.algorithm = Algorithm::kLifted;
  options.samples = 600;
  options.chains = 20;
  options.seed = 20261126;
  options.threads = 1;
  options.visits = Visits::kFixed;
  options.fixed_visits = 5;
  options.memo_bytes = 1U << 20U;
  options.self_test = SelfTest::kPin;
  return options;
}

std::string refusal(const Instance& instance, const SampleOptions& options, ErrorKind kind) {
  try {
    const Ran ran(instance, options);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), kind);
    return error.what();
  }
  return "not refused";
}

TEST(SelfTest, SaysTheLargestDifferenceOfAll) {
  // Small differences first, the largest one in the last of the three tests alone.
  class Worse final : public HashOracle {
   public:
    Worse() : HashOracle(3, 9) {}
    void expand(std::uint32_t context, const OracleBatch& batch, const OracleRows& rows) override {
      HashOracle::expand(context, batch, rows);
      if (batch.size > 1) rows.log_ratio[0] += 0.001F;
      // Back from a longer one, after which nothing is new.
      const bool back =
          batch.size == 1 && batch.depth[0] > 0 && longer_ && batch.known[0] == batch.depth[0];
      if (back) rows.log_ratio[0] += 0.5F;
      longer_ = batch.depth[0] > 0 && batch.known[0] < batch.depth[0];
    }

   private:
    bool longer_ = false;
  };
  SampleOptions options = pinning();
  options.self_test = SelfTest::kRefuse;
  const std::string line =
      refusal(*make_oracle(std::make_shared<Worse>()), options, ErrorKind::kRuntime);
  EXPECT_NE(line.find("asked again after a longer one"), std::string::npos) << line;
  EXPECT_NE(line.find(" differ, by up to 0.5;"), std::string::npos) << line;
  EXPECT_NE(line.find("`self_test = pin`"), std::string::npos) << line;
  EXPECT_EQ(line.find('\n'), std::string::npos);
}

TEST(SelfTest, PinnedRowsAreAskedForOnceAndAreTheTarget) {
  for (const Algorithm algorithm :
       {Algorithm::kLifted, Algorithm::kJerrumSinclair, Algorithm::kSequential}) {
    const auto oracle = std::make_shared<DriftingOracle>(0.25);
    SampleOptions options = pinning();
    options.algorithm = algorithm;
    if (algorithm == Algorithm::kSequential) {
      options.visits = Visits::kDefault;
      options.correction = Correction::kWeight;
    }
    const auto instance = make_oracle(oracle);
    // The test's own questions do not count: how many they are, a run that is refused tells.
    options.self_test = SelfTest::kRefuse;
    EXPECT_NE(refusal(*instance, options, ErrorKind::kRuntime), "not refused");
    const std::uint64_t calls = oracle->calls();
    const auto begun = std::make_shared<DriftingOracle>(0.25);
    options.self_test = SelfTest::kPin;
    const Ran ran(*make_oracle(std::make_shared<Beginning>(begun, calls)), options);
    EXPECT_EQ(ran.result.failure, "");
    ASSERT_EQ(ran.result.drawn, 600U);
    EXPECT_EQ(begun->most_often_asked(), 1U) << to_string(algorithm);
    for (std::uint64_t i = 0; i < 600; ++i)
      ASSERT_NEAR(ran.draws.log_mass[i], begun->log_mass(&ran.draws.symbols[6 * i]), 1e-9);
    const OracleUse& use = *ran.result.oracle_use;
    EXPECT_TRUE(use.pinned);
    EXPECT_GT(use.largest_difference, 0.1);
    EXPECT_LT(use.largest_difference, 0.25);
    EXPECT_EQ(use.memo_rows, use.evaluations);
    EXPECT_EQ(ran.result.guarantee.kind, GuaranteeKind::kNone);
  }
}

// ln Z too, although the root is asked for its sum before the walks ask for its row.
TEST(SelfTest, PinnedMeansAreThoseOfTheFirstAnswers) {
  constexpr std::uint32_t kHorizon = 3;
  for (const Algorithm algorithm :
       {Algorithm::kLifted, Algorithm::kJerrumSinclair, Algorithm::kSequential}) {
    MeansOptions options;
    options.algorithm = algorithm;
    options.queries = 400000;
    options.seed = 20261126;
    options.threads = 1;
    options.memo_bytes = 1U << 20U;
    const std::atomic<bool> stop{false};
    const auto refused = std::make_shared<DriftingOracle>(2, kHorizon);
    EXPECT_THROW(static_cast<void>(estimate_means(*make_oracle(refused), options, stop)), Error);
    const auto oracle = std::make_shared<DriftingOracle>(2, kHorizon);
    options.self_test = SelfTest::kPin;
    const MeansResult result = estimate_means(
        *make_oracle(std::make_shared<Beginning>(oracle, refused->calls())), options, stop);
    EXPECT_TRUE(result.oracle_use->pinned);
    EXPECT_GT(result.oracle_use->largest_difference, 1);
    EXPECT_EQ(oracle->most_often_asked(), 1U) << to_string(algorithm);
    EXPECT_EQ(result.oracle_use->evaluations, 1U + 3U + 9U);
    double z = 0;
    std::vector<double> first_symbol(3, 0.0);
    for (std::uint32_t number = 0; number < 27; ++number) {
      const std::uint32_t leaf[kHorizon] = {number / 9, number / 3 % 3, number % 3};
      const double mass = std::exp(oracle->log_mass(leaf));
      z += mass;
      first_symbol[leaf[0]] += mass;
    }
    ASSERT_LT(result.log_z->standard_error, 0.01) << to_string(algorithm);
    EXPECT_NEAR(result.log_z->mean, std::log(z), 4.5 * result.log_z->standard_error)
        << to_string(algorithm);
    for (std::size_t c = 0; c < 3; ++c)
      EXPECT_NEAR(result.marginals[c].mean, first_symbol[c] / z,
                  4.5 * result.marginals[c].standard_error);
    options.memo_bytes = 0;
    EXPECT_THROW(static_cast<void>(estimate_means(*make_oracle(oracle), options, stop)), Error);
  }
}

TEST(SelfTest, AFullMemoEndsAPinnedRunAndSaysHowMuchItNeeds) {
  const auto instance = make_oracle(std::make_shared<DriftingOracle>(0.1, 8));
  SampleOptions options = pinning();
  const auto failure = [&](std::uint64_t bytes) {
    options.memo_bytes = bytes;
    const Ran ran(*instance, options);
    EXPECT_EQ(ran.result.partial, !ran.result.failure.empty());
    EXPECT_LE(ran.result.oracle_use->memo_rows, bytes / 30);
    if (!ran.result.failure.empty()) {
      EXPECT_LT(ran.result.drawn, 600U);
    }
    return ran.result.failure;
  };
  const std::string small = failure(5000);
  EXPECT_NE(small.find("the memo of 5000 bytes is full at "), std::string::npos) << small;
  EXPECT_NE(small.find("this round needs "), std::string::npos) << small;
  EXPECT_EQ(failure(1U << 21U), "");
  options.memo_bytes = 0;
  EXPECT_EQ(refusal(*instance, options, ErrorKind::kUsage),
            "memo: 0 has no room for what `self_test = pin` keeps");
}

/// Sets a stop at a call.
class StoppingOracle final : public HashOracle {
 public:
  explicit StoppingOracle(std::uint64_t stop_call) : HashOracle(3, 200), stop_call_(stop_call) {
    mutable_traits().kappa = 4;
  }
  void expand(std::uint32_t context, const OracleBatch& batch, const OracleRows& rows) override {
    HashOracle::expand(context, batch, rows);
    if (++calls == stop_call_) stop = true;
  }
  std::atomic<bool> stop{false};
  std::uint64_t calls = 0;

 private:
  std::uint64_t stop_call_;
};

TEST(SelfTest, AsksForNoMoreOnceItIsStopped) {
  // While it draws prefixes, asks for them again, has a batch, goes deeper and back.
  for (const std::uint64_t call : {1U, 2U, 100U, 700U, 803U, 806U, 810U, 815U, 830U}) {
    for (const Algorithm algorithm : {Algorithm::kAuto, Algorithm::kLifted}) {
      const auto oracle = std::make_shared<StoppingOracle>(call);
      const auto instance = make_oracle(oracle);
      SampleOptions options;
      options.samples = 100;
      options.algorithm = algorithm;
      const SampleResult result = sample(*instance, options, nullptr, oracle->stop);
      EXPECT_GE(oracle->calls, call);
      EXPECT_LE(oracle->calls, call + 2);  // of a way back and forth
      EXPECT_TRUE(result.partial);
      EXPECT_EQ(result.drawn, 0U);
    }
    const auto oracle = std::make_shared<StoppingOracle>(call);
    MeansOptions means;
    EXPECT_THROW(static_cast<void>(estimate_means(*make_oracle(oracle), means, oracle->stop)),
                 Error);
    EXPECT_LE(oracle->calls, call + 2);
  }
}

TEST(SelfTest, IsNotMadeWhereNoRowIsPaidFor) {
  for (const Algorithm algorithm : {Algorithm::kAuto, Algorithm::kLifted}) {
    const auto oracle = std::make_shared<StoppingOracle>(0);
    SampleOptions options;
    options.samples = 100;
    options.algorithm = algorithm;
    options.max_queries = 2;  // of an alphabet of 3
    const Ran ran(*make_oracle(oracle), options);
    EXPECT_EQ(oracle->calls, 0U);
    EXPECT_TRUE(ran.result.budget_spent);
  }
}

TEST(SelfTest, PinsNothingWhereAnswersAgree) {
  const auto instance = make_oracle(std::make_shared<HashOracle>(3, 8));
  SampleOptions options = pinning();
  options.memo_bytes = 5000;  // so that rows are dropped
  const Ran pinned(*instance, options);
  options.self_test = SelfTest::kRefuse;
  const Ran refusing(*instance, options);
  EXPECT_TRUE(pinned.draws == refusing.draws);
  EXPECT_EQ(pinned.result.oracle_use->evaluations, refusing.result.oracle_use->evaluations);
  EXPECT_FALSE(pinned.result.oracle_use->pinned);
  EXPECT_EQ(pinned.result.oracle_use->largest_difference, 0);
  EXPECT_GT(pinned.result.oracle_use->self_tested, 0U);
  options.self_test = SelfTest::kOff;
  EXPECT_EQ(Ran(*instance, options).result.oracle_use->self_tested, 0U);
}

}  // namespace
}  // namespace wend::test
