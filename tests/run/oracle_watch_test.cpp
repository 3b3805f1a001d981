// A call of an oracle that does not return is told of while it lasts. No verdict depends on time:
// the oracle returns once it has been told of.
#include "host/run/oracle_watch.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "tests/support/kept_draws.hpp"
#include "tests/support/model_oracles.hpp"
#include "wend/sample.hpp"

namespace wend::test {
namespace {

/// Does not return from its calls once closed, until it is opened.
class HeldOracle final : public HashOracle {
 public:
  explicit HeldOracle(std::uint64_t free_calls) : HashOracle(3, 6), free_(free_calls) {}
  void expand(std::uint32_t context, const OracleBatch& batch, const OracleRows& rows) override {
    HashOracle::expand(context, batch, rows);
    std::unique_lock lock(mutex_);
    if (calls_++ < free_) return;
    held_size_ = batch.size;
    opened_.wait(lock, [&] { return open_; });
  }
  void open() {
    const std::scoped_lock lock(mutex_);
    open_ = true;
    opened_.notify_all();
  }
  [[nodiscard]] std::uint32_t held_size() {
    const std::scoped_lock lock(mutex_);
    return held_size_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable opened_;
  std::uint64_t free_;
  std::uint64_t calls_ = 0;
  std::uint32_t held_size_ = 0;
  bool open_ = false;
};

SampleOptions options() {
  SampleOptions options;
  options.algorithm = Algorithm::kLifted;
  options.samples = 200;
  options.chains = 10;
  options.threads = 2;
  options.visits = Visits::kFixed;
  options.fixed_visits = 3;
  return options;
}

TEST(OracleWatch, TellsOfACallOfTheRunThatLasts) {
  const auto oracle = std::make_shared<HeldOracle>(100);
  const auto instance = make_oracle(oracle);
  std::vector<OracleWait> waits;
  std::uint64_t told_after_all_was_over = 0;
  bool over = false;
  const std::atomic<bool> stop{false};
  const SampleResult result = sample(
      *instance, options(), nullptr, stop,
      [&](std::uint64_t, std::uint64_t) { over = !waits.empty(); },
      [&](const OracleWait& wait) {
        if (over) ++told_after_all_was_over;
        waits.push_back(wait);
        oracle->open();
      });
  EXPECT_EQ(result.drawn, 200U);
  EXPECT_TRUE(over);
  ASSERT_FALSE(waits.empty());
  EXPECT_EQ(waits[0].oracle, "hash");
  EXPECT_EQ(waits[0].nodes, oracle->held_size());
  EXPECT_LE(waits[0].least_depth, waits[0].most_depth);
  EXPECT_LT(waits[0].most_depth, 6U);
  EXPECT_GE(waits[0].seconds, 1);
}

TEST(OracleWatch, TellsOfTheSelfTestsCallsToo) {
  const auto oracle = std::make_shared<HeldOracle>(3);
  const auto instance = make_oracle(oracle);
  std::uint64_t told = 0;
  const std::atomic<bool> stop{false};
  const SampleResult result =
      sample(*instance, options(), nullptr, stop, {}, [&](const OracleWait& wait) {
        ++told;
        EXPECT_EQ(wait.nodes, 1U);
        oracle->open();
      });
  EXPECT_EQ(result.drawn, 200U);
  EXPECT_GT(told, 0U);
}

TEST(OracleWatch, TellsOnWhileTheRunIsToStop) {
  const auto oracle = std::make_shared<HeldOracle>(100);
  const auto instance = make_oracle(oracle);
  std::atomic<bool> stop{false};
  double after = -1;
  const SampleResult result =
      sample(*instance, options(), nullptr, stop, {}, [&](const OracleWait& wait) {
        if (stop.exchange(true)) {  // told again, as of a run that ends once the call returns
          after = wait.seconds;
          oracle->open();
        }
      });
  EXPECT_TRUE(result.partial);
  EXPECT_GT(after, 0);
}

TEST(OracleWatch, OfSeveralCallsTheLongestIsToldOf) {
  // Two contexts: the first call is held while others come and go.
  const auto oracle = std::make_shared<HashOracle>(3, 4);
  oracle->mutable_traits().contexts = 2;
  class Nested final : public BatchOracle {
   public:
    explicit Nested(std::shared_ptr<HashOracle> inner) : inner_(std::move(inner)) {}
    [[nodiscard]] const OracleTraits& traits() const override { return inner_->traits(); }
    void expand(std::uint32_t context, const OracleBatch& batch, const OracleRows& rows) override {
      if (within) within(context);
      inner_->expand(context, batch, rows);
    }
    std::function<void(std::uint32_t)> within;

   private:
    std::shared_ptr<HashOracle> inner_;
  };
  const auto nested = std::make_shared<Nested>(oracle);
  WatchedOracle watched(nested);
  const std::uint32_t slots[] = {0, 1};
  const std::uint32_t depths[] = {1, 0};
  const std::uint32_t symbols[] = {2, 0};
  const std::uint32_t known[] = {0, 0};
  const std::uint32_t path[] = {2};
  const std::uint32_t* const prefixes[] = {path, path};
  const OracleBatch two{2, slots, depths, symbols, known, prefixes};
  const std::uint32_t other_slot[] = {2};
  const OracleBatch one{1, other_slot, depths + 1, symbols + 1, known, prefixes};
  float logs[6];
  float other_logs[3];
  std::uint32_t nodes = 0;
  nested->within = [&](std::uint32_t context) {
    if (context == 1) {
      const auto longest = watched.longest_wait();
      ASSERT_TRUE(longest);
      nodes = longest->nodes;
      EXPECT_EQ(longest->least_depth, 0U);
      EXPECT_EQ(longest->most_depth, 1U);
      return;
    }
    watched.expand(1, one, {.log_ratio = other_logs});
    EXPECT_EQ(watched.longest_wait()->nodes, 2U);  // the other one has returned
  };
  EXPECT_FALSE(watched.longest_wait());
  watched.expand(0, two, {.log_ratio = logs});
  EXPECT_EQ(nodes, 2U);
  EXPECT_FALSE(watched.longest_wait());
}

}  // namespace
}  // namespace wend::test
