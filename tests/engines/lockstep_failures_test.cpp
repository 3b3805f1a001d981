// The oracle stops and fails in the middle of rounds, over and over: the same engine ends with the
// draws of a run without, whatever the memo holds and however it keeps rows.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

#include "host/engines/lockstep/engine.hpp"
#include "host/engines/lockstep/memo.hpp"
#include "host/engines/lockstep/memo_layout.hpp"
#include "host/engines/lockstep/oracle_failure.hpp"
#include "host/engines/lockstep/row_maker.hpp"
#include "host/oracles/oracle.hpp"
#include "host/oracles/walk_of.hpp"
#include "tests/support/engine_draws.hpp"
#include "tests/support/model_oracles.hpp"
#include "wend/counters.hpp"

namespace wend::test {
namespace {

constexpr std::uint32_t kHorizon = 3;
constexpr std::uint64_t kEach = 3;
constexpr Algorithm kWalks[] = {Algorithm::kJerrumSinclair, Algorithm::kLifted,
                                Algorithm::kSequential};

/// Throws or stops at a call that it is told, once.
class Failing final : public HashOracle {
 public:
  using HashOracle::HashOracle;
  void expand(std::uint32_t context, const OracleBatch& batch, const OracleRows& rows) override {
    const std::scoped_lock lock(mutex_);  // of the slots that are checked
    const std::uint64_t call = ++calls;
    if (call == throw_call) {
      ++thrown;
      throw std::runtime_error("out of tokens");
    }
    if (call == stop_call) {
      ++stopped;
      stop = true;
    }
    HashOracle::expand(context, batch, rows);
  }
  std::uint64_t calls = 0;
  std::uint64_t throw_call = 0;
  std::uint64_t stop_call = 0;
  std::uint64_t thrown = 0;
  std::uint64_t stopped = 0;
  std::atomic<bool> stop{false};

 private:
  std::mutex mutex_;
};

/// A run's chains and oracle, drawn at random.
struct Setting {
  std::uint32_t alphabet;
  std::uint32_t contexts;
  std::uint64_t chains;
  Algorithm algorithm;
  bool ends;

  [[nodiscard]] std::shared_ptr<Failing> make() const {
    auto oracle = std::make_shared<Failing>(
        alphabet, kHorizon, ends ? std::vector<std::uint32_t>{1} : std::vector<std::uint32_t>{});
    oracle->mutable_traits().contexts = contexts;
    return oracle;
  }
  [[nodiscard]] Oracle asked(const std::shared_ptr<Failing>& oracle) const {
    return make_model_oracle(oracle, walk_of(algorithm), Correction::kWeight, false);
  }
  [[nodiscard]] ChainState start(const Oracle& oracle) const {
    return chains_at_root(oracle, chains, algorithm == Algorithm::kSequential ? 1 : 2);
  }
};

struct Ran {
  std::vector<std::uint32_t> records;
  OracleUse use;
};

Ran run(const Setting& setting, const LockstepOptions& options) {
  const Oracle oracle = setting.asked(setting.make());
  LockstepEngine engine(std::get<ModelOracle>(oracle), walk_of(setting.algorithm),
                        setting.start(oracle), options);
  Ran ran;
  ran.records.resize(setting.chains * kEach * record_words(oracle));
  const std::atomic<bool> never{false};
  engine.advance(one_round(11, kEach), ran.records, never);
  ran.use = engine.use();
  return ran;
}

/// Goes on after each failure and each stop. Returns how many there were.
std::uint64_t run_with_failures(const Setting& setting, const LockstepOptions& options,
                                std::mt19937_64& random, std::vector<std::uint32_t>& records) {
  constexpr int kFailures = 200;
  const auto failing = setting.make();
  const Oracle oracle = setting.asked(failing);
  LockstepEngine engine(std::get<ModelOracle>(oracle), walk_of(setting.algorithm),
                        setting.start(oracle), options);
  for (int tries = 0;; ++tries) {
    failing->stop = false;
    failing->throw_call = failing->stop_call = 0;
    const std::uint64_t call = failing->calls + 1 + random() % 12;
    if (tries < kFailures) (random() % 2 == 0 ? failing->throw_call : failing->stop_call) = call;
    bool failed = false;
    try {
      engine.advance(one_round(11, kEach), records, failing->stop);
    } catch (const OracleFailure& failure) {
      EXPECT_NE(std::string(failure.what()).find("out of tokens"), std::string::npos);
      failed = true;
    }
    static_cast<void>(reconcile(engine.save(), setting.algorithm, setting.alphabet,
                                engine.oracle_queries(), std::nullopt));
    if (!failed && !failing->stop) return failing->thrown + failing->stopped;
  }
}

TEST(LockstepFailures, GoOnToTheSameDraws) {
  std::mt19937_64 random(1);
  std::uint64_t failures = 0;
  std::uint64_t hits = 0;
  for (int i = 0; i < 24; ++i) {
    Setting setting{};
    setting.alphabet = static_cast<std::uint32_t>((i % 3 == 0 ? 20 : 64) + random() % 40);
    setting.contexts = random() % 2 == 0 ? 1 : 3;
    setting.chains = 20 + random() % 60;
    setting.algorithm = kWalks[random() % 3];
    setting.ends = random() % 2 == 0;
    const std::string what = "setting " + std::to_string(i);
    LockstepOptions options;
    options.threads = 1;
    const Ran alone = run(setting, options);

    const Oracle oracle = setting.asked(setting.make());
    const auto& model = std::get<ModelOracle>(oracle);
    const kernels::Walk walk = walk_of(setting.algorithm);
    const MemoLayout layout = memo_layout(model, walk, 0);
    constexpr std::uint64_t kNodes[] = {1, 5, 40, 200, 100000};
    constexpr std::uint32_t kBatches[] = {0, 1, 7};
    options.memo_bytes =
        memo_bytes_for(layout, kNodes[random() % 5] * Memo::bytes_per_node(layout.words));
    options.path_bytes =
        (1 + random() % 3) * setting.chains * RowMaker::node_words(model, walk) * 4;
    const Ran one = run(setting, options);
    options.max_batch = kBatches[random() % 3];
    options.threads = random() % 2 == 0 ? 1 : 3;
    const Ran other = run(setting, options);
    EXPECT_TRUE(one.records == alone.records) << what;
    EXPECT_TRUE(other.records == alone.records) << what;
    EXPECT_EQ(other.use.evaluations, one.use.evaluations) << what;
    EXPECT_EQ(other.use.memo_hits, one.use.memo_hits) << what;
    EXPECT_EQ(other.use.path_hits, one.use.path_hits) << what;
    EXPECT_EQ(other.use.shared, one.use.shared) << what;
    EXPECT_EQ(other.use.repeats, one.use.repeats) << what;
    EXPECT_EQ(other.use.memo_rows, one.use.memo_rows) << what;
    hits += other.use.memo_hits;

    std::vector<std::uint32_t> records(alone.records.size());
    failures += run_with_failures(setting, options, random, records);
    EXPECT_TRUE(records == alone.records) << what;
  }
  EXPECT_GT(failures, 300U);
  EXPECT_GT(hits, 1000U);
}

// Every row is kept: a memo that is too small says how large it must be, round by round.
TEST(LockstepFailures, PinnedRowsOfManySymbolsSayHowMuchTheyNeed) {
  for (const Algorithm algorithm : kWalks) {
    const Setting setting{70, 1, 50, algorithm, false};
    const Oracle oracle = setting.asked(setting.make());
    const auto& model = std::get<ModelOracle>(oracle);
    LockstepOptions options;
    options.threads = 1;
    options.path_bytes = setting.chains * RowMaker::node_words(model, walk_of(algorithm)) * 4;
    const std::atomic<bool> never{false};
    bool done = false;
    int refused = 0;
    while (!done) {
      LockstepEngine engine(model, walk_of(algorithm), setting.start(oracle), options);
      engine.pin();
      std::vector<std::uint32_t> records(setting.chains * kEach * record_words(oracle));
      try {
        engine.advance(one_round(11, kEach), records, never);
        EXPECT_EQ(engine.use().memo_rows, engine.use().evaluations);
        done = true;
      } catch (const OracleFailure& failure) {
        const std::string text = failure.what();
        const std::size_t at = text.find("needs ");
        ASSERT_NE(at, std::string::npos) << text;
        const std::uint64_t needed = std::stoull(text.substr(at + 6));
        ASSERT_GT(needed, options.memo_bytes) << text;
        options.memo_bytes = needed;
        ++refused;
      }
    }
    EXPECT_GT(refused, 2);
  }
}

}  // namespace
}  // namespace wend::test
