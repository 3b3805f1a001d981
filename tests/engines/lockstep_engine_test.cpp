// The lockstep engine by itself: rows of a few levels alone, chains that go on from a saved state,
// stops between two batches.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

#include "host/engines/lockstep/engine.hpp"
#include "host/engines/lockstep/oracle_failure.hpp"
#include "host/engines/lockstep/row_maker.hpp"
#include "host/oracles/oracle.hpp"
#include "host/oracles/walk_of.hpp"
#include "tests/support/engine_draws.hpp"
#include "tests/support/model_oracles.hpp"
#include "wend/counters.hpp"
#include "wend/error.hpp"

namespace wend::test {
namespace {

constexpr std::uint64_t kChains = 17;
constexpr std::uint64_t kEach = 9;

/// HashOracle's ratios as masses, on a scale of each row's own; stops after so many calls.
class MassOracle final : public BatchOracle {
 public:
  MassOracle(std::uint32_t alphabet, std::uint32_t horizon) : ratios_(alphabet, horizon) {
    traits_ = ratios_.traits();
    traits_.rows = RowKind::kMass;
  }
  [[nodiscard]] const OracleTraits& traits() const override { return traits_; }
  void expand(std::uint32_t, const OracleBatch& batch, const OracleRows& rows) override {
    std::vector<float> logs(traits_.alphabet);
    for (std::uint32_t i = 0; i < batch.size; ++i) {
      ratios_.row({batch.prefix[i], batch.prefix[i] + batch.depth[i]}, logs.data());
      rows.own[i] = std::exp2(batch.depth[i]);
      for (std::uint32_t c = 0; c < traits_.alphabet; ++c)
        rows.mass[i * traits_.alphabet + c] = rows.own[i] * std::exp(static_cast<double>(logs[c]));
    }
    if (stop_after != 0 && ++calls_ >= stop_after) {
      if (throws) throw std::runtime_error("no more");
      stop = true;
    }
  }
  std::atomic<bool> stop{false};
  std::uint64_t stop_after = 0;
  bool throws = false;  ///< instead

 private:
  HashOracle ratios_;
  OracleTraits traits_;
  std::uint64_t calls_ = 0;
};

struct Ran {
  std::vector<std::uint32_t> records;
  ChainState state;
  OracleUse use;
};

ChainState new_chains(const Oracle& oracle, Algorithm algorithm) {
  return chains_at_root(oracle, kChains, algorithm == Algorithm::kSequential ? 1 : 2);
}

void expect_counted(LockstepEngine& engine, const ModelOracle& oracle, Algorithm algorithm) {
  const ChainState state = engine.save();
  const Counters totals =
      reconcile(state, algorithm, oracle.alphabet, engine.oracle_queries(), std::nullopt);
  const OracleUse use = engine.use();
  EXPECT_EQ(use.evaluations + use.path_hits + use.memo_hits + use.shared - use.repeats +
                engine.unanswered(),
            totals.expansions);
}

Ran run(const Oracle& oracle, Algorithm algorithm, const LockstepOptions& options) {
  const auto& model = std::get<ModelOracle>(oracle);
  LockstepEngine engine(model, walk_of(algorithm), new_chains(oracle, algorithm), options);
  Ran ran;
  ran.records.resize(kChains * kEach * record_words(oracle));
  const std::atomic<bool> stop{false};
  // In rounds of one draw, so that chains begin rounds where they stand on leaves.
  kernels::RunLimits limits = one_round(5, kEach);
  for (std::uint64_t draw = 0; draw < kEach; ++draw) {
    limits.round_begin = draw;
    limits.round_size = 1;
    std::vector<std::uint32_t> records(kChains * record_words(oracle));
    engine.advance(limits, records, stop);
    for (std::uint64_t chain = 0; chain < kChains; ++chain)
      std::copy_n(&records[chain * record_words(oracle)], record_words(oracle),
                  &ran.records[(chain * kEach + draw) * record_words(oracle)]);
    expect_counted(engine, model, algorithm);
  }
  ran.state = engine.save();
  ran.use = engine.use();
  return ran;
}

bool same_chains(const ChainState& a, const ChainState& b) {
  bool same = a.dummy_moves == b.dummy_moves;
  for_each_column([&](const auto& of_a, const auto& of_b) { same = same && of_a == of_b; }, a, b);
  return same;
}

TEST(LockstepEngine, RowsOfAFewLevelsGiveTheSameDraws) {
  std::uint64_t repeats = 0;
  for (const std::vector<std::uint32_t>& end : {std::vector<std::uint32_t>{}, {2}}) {
    for (const Algorithm algorithm :
         {Algorithm::kJerrumSinclair, Algorithm::kLifted, Algorithm::kSequential}) {
      constexpr std::uint32_t kHorizon = 7;
      const kernels::Walk walk = walk_of(algorithm);
      const Oracle oracle = make_model_oracle(std::make_shared<HashOracle>(3, kHorizon, end), walk,
                                              Correction::kWeight, false);
      const auto& model = std::get<ModelOracle>(oracle);
      LockstepOptions options;
      options.threads = 1;
      const Ran whole = run(oracle, algorithm, options);
      EXPECT_EQ(whole.use.repeats, 0U);
      const std::uint64_t level = kChains * RowMaker::node_words(model, walk) * 4;
      for (std::uint32_t levels = 1; levels <= kHorizon; ++levels) {
        for (const std::uint64_t memo : {0ULL, 3000ULL, 1ULL << 20U}) {
          options.path_bytes = levels * level;
          options.memo_bytes = memo;
          EXPECT_EQ(lockstep_memory(model, walk, kChains, options).levels, levels);
          const Ran few = run(oracle, algorithm, options);
          EXPECT_EQ(few.records, whole.records) << levels << " " << to_string(algorithm);
          EXPECT_TRUE(same_chains(few.state, whole.state)) << levels;
          repeats += few.use.repeats;
        }
      }
    }
  }
  EXPECT_GT(repeats, 1000U);
}

TEST(LockstepEngine, GoesOnFromASavedState) {
  for (const Algorithm algorithm :
       {Algorithm::kJerrumSinclair, Algorithm::kLifted, Algorithm::kSequential}) {
    for (const std::uint64_t memo : {0ULL, 1ULL << 20U}) {
      const kernels::Walk walk = walk_of(algorithm);
      const auto mass = std::make_shared<MassOracle>(3, 8);
      const Oracle oracle = make_model_oracle(mass, walk, Correction::kWeight, true);
      const auto& model = std::get<ModelOracle>(oracle);
      LockstepOptions options;
      options.threads = 1;
      options.memo_bytes = memo;
      const std::uint64_t words = kChains * kEach * record_words(oracle);
      const kernels::RunLimits limits = one_round(5, kEach);
      const std::atomic<bool> never{false};
      std::vector<std::uint32_t> whole(words);
      LockstepEngine straight(model, walk, new_chains(oracle, algorithm), options);
      straight.advance(limits, whole, never);

      // Stopped after some calls, wherever the chains stand then; on by restore() and by a new one.
      for (const std::uint64_t calls : {1U, 3U, 6U, 10U, 25U}) {
        std::vector<std::uint32_t> records(words);
        LockstepOptions small = options;
        small.max_batch = 5;  // so that a stop comes between the batches of a round, too
        LockstepEngine first(model, walk, new_chains(oracle, algorithm), small);
        const auto stopping = std::make_shared<MassOracle>(3, 8);
        stopping->stop_after = calls;
        const Oracle other = make_model_oracle(stopping, walk, Correction::kWeight, true);
        LockstepEngine stopped(std::get<ModelOracle>(other), walk, new_chains(oracle, algorithm),
                               small);
        stopped.advance(limits, records, stopping->stop);
        expect_counted(stopped, model, algorithm);
        const ChainState state = stopped.save();
        LockstepEngine made(model, walk, state, options);
        std::vector<std::uint32_t> on = records;
        made.advance(limits, on, never);
        EXPECT_EQ(on, whole) << calls << " " << to_string(algorithm);
        EXPECT_TRUE(same_chains(made.save(), straight.save()));

        std::vector<std::uint32_t> scratch(words);
        first.advance(limits, scratch, never);  // so that it has other rows, and a memo
        first.restore(state);
        on = records;
        first.advance(limits, on, never);
        EXPECT_EQ(on, whole) << calls << " restored " << to_string(algorithm);
        // And the one that was stopped just goes on.
        stopping->stop_after = 0;
        stopped.advance(limits, records, never);
        EXPECT_EQ(records, whole) << calls;

        // Nor does the memo keep rows that an oracle which failed did not give.
        const auto failing = std::make_shared<MassOracle>(3, 8);
        failing->stop_after = calls;
        failing->throws = true;
        const Oracle weak = make_model_oracle(failing, walk, Correction::kWeight, true);
        LockstepEngine failed(std::get<ModelOracle>(weak), walk, new_chains(oracle, algorithm),
                              small);
        std::vector<std::uint32_t> drawn(words);
        EXPECT_THROW(failed.advance(limits, drawn, never), OracleFailure);
        failing->stop_after = 0;
        failed.advance(limits, drawn, never);
        EXPECT_EQ(drawn, whole) << calls << " after a failure";
      }
    }
  }
}

/// Counts how often each prefix is asked for.
class CountingOracle final : public HashOracle {
 public:
  CountingOracle() : HashOracle(3, 7, {2}) {}
  void expand(std::uint32_t context, const OracleBatch& batch, const OracleRows& rows) override {
    HashOracle::expand(context, batch, rows);
    for (std::uint32_t i = 0; i < batch.size; ++i)
      ++times_[{batch.prefix[i], batch.prefix[i] + batch.depth[i]}];
  }
  [[nodiscard]] std::uint64_t most() const {
    std::uint64_t most = 0;
    for (const auto& [prefix, times] : times_) most = std::max(most, times);
    return most;
  }

 private:
  std::map<std::vector<std::uint32_t>, std::uint64_t> times_;
};

TEST(LockstepEngine, PinnedRowsThatAPathHasLostAreNotAskedForAgain) {
  for (const std::uint32_t levels : {1U, 3U, 7U}) {
    const auto counting = std::make_shared<CountingOracle>();
    const Oracle oracle =
        make_model_oracle(counting, kernels::Walk::kLifted, Correction::kNone, false);
    const auto& model = std::get<ModelOracle>(oracle);
    LockstepOptions options;
    options.memo_bytes = 1U << 20U;
    options.path_bytes =
        levels * kChains *
        lockstep_memory(model, kernels::Walk::kLifted, kChains, options).node_bytes;
    LockstepEngine engine(model, kernels::Walk::kLifted, new_chains(oracle, Algorithm::kLifted),
                          options);
    engine.pin();
    const kernels::RunLimits limits = one_round(5, kEach);
    std::vector<std::uint32_t> records(kChains * kEach * record_words(oracle));
    const std::atomic<bool> stop{false};
    engine.advance(limits, records, stop);
    expect_counted(engine, model, Algorithm::kLifted);
    EXPECT_EQ(counting->most(), 1U) << levels;
    EXPECT_EQ(engine.use().repeats > 0, levels < 7) << levels;
    EXPECT_EQ(engine.use().memo_rows, engine.use().evaluations);
    EXPECT_THROW(engine.restore(engine.save()), Error);
  }
}

/// HashOracle, asked for a round's nodes in one call: tells whether one was there twice.
class OnceARound final : public BatchOracle {
 public:
  OnceARound(std::uint32_t alphabet, std::uint32_t horizon) : rows_(alphabet, horizon) {}
  [[nodiscard]] const OracleTraits& traits() const override { return rows_.traits(); }
  void expand(std::uint32_t context, const OracleBatch& batch, const OracleRows& rows) override {
    std::map<std::vector<std::uint32_t>, int> asked;
    for (std::uint32_t i = 0; i < batch.size; ++i)
      if (++asked[{batch.prefix[i], batch.prefix[i] + batch.depth[i]}] == 2) ++twice;
    rows_.expand(context, batch, rows);
  }
  std::uint64_t twice = 0;

 private:
  HashOracle rows_;
};

// The hash by which a node is found again is that of its parent and a symbol: it must be the
// parent's on the path of today, also with rows of few levels and after answers of the memo.
TEST(LockstepEngine, ARoundAsksForEachNodeOnce) {
  for (const Algorithm algorithm :
       {Algorithm::kJerrumSinclair, Algorithm::kLifted, Algorithm::kSequential})
    for (const std::uint64_t path_bytes : {~std::uint64_t{0}, std::uint64_t{1} << 14U})
      for (const std::uint64_t memo : {std::uint64_t{0}, std::uint64_t{2000}}) {
        const auto model = std::make_shared<OnceARound>(2, 9);
        const Oracle oracle =
            make_model_oracle(model, walk_of(algorithm), Correction::kNone, false);
        LockstepOptions options;
        options.threads = 1;
        options.path_bytes = path_bytes;
        options.memo_bytes = memo;
        constexpr std::uint64_t kMany = 100;
        LockstepEngine engine(std::get<ModelOracle>(oracle), walk_of(algorithm),
                              chains_at_root(oracle, kMany, 1), options);
        std::vector<std::uint32_t> records(kMany * 40 * record_words(oracle));
        const std::atomic<bool> stop{false};
        engine.advance(one_round(3, 40), records, stop);
        EXPECT_EQ(model->twice, 0U);
        EXPECT_GT(engine.use().shared, 1000U);
      }
}

}  // namespace
}  // namespace wend::test
