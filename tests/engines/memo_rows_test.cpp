// What the memo keeps of a node, and that a chain walks on alike from there: rows of many symbols
// are kept as their logarithms and made again.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "host/engines/lockstep/engine.hpp"
#include "host/engines/lockstep/made_nodes.hpp"
#include "host/engines/lockstep/memo.hpp"
#include "host/engines/lockstep/memo_layout.hpp"
#include "host/engines/lockstep/row_maker.hpp"
#include "host/oracles/oracle.hpp"
#include "host/oracles/walk_of.hpp"
#include "tests/support/engine_draws.hpp"
#include "tests/support/model_oracles.hpp"
#include "wend/counters.hpp"

namespace wend::test {
namespace {

constexpr std::uint32_t kHorizon = 3;
constexpr std::uint64_t kChains = 300;
constexpr std::uint64_t kEach = 4;
constexpr Algorithm kWalks[] = {Algorithm::kJerrumSinclair, Algorithm::kLifted,
                                Algorithm::kSequential};

Oracle oracle_of(std::uint32_t alphabet, Algorithm algorithm, bool thinned = false) {
  const auto hash = std::make_shared<HashOracle>(alphabet, kHorizon, std::vector<std::uint32_t>{1});
  hash->mutable_traits().ratio_bound.assign(kHorizon, 4.0);
  return make_model_oracle(hash, walk_of(algorithm),
                           thinned ? Correction::kReject : Correction::kWeight, false);
}

struct Ran {
  std::vector<std::uint32_t> records;
  OracleUse use;
};

Ran run(const Oracle& oracle, Algorithm algorithm, const LockstepOptions& options) {
  const auto& model = std::get<ModelOracle>(oracle);
  LockstepEngine engine(
      model, walk_of(algorithm),
      chains_at_root(oracle, kChains, algorithm == Algorithm::kSequential ? 1 : 2), options);
  Ran ran;
  ran.records.resize(kChains * kEach * record_words(oracle));
  const std::atomic<bool> never{false};
  engine.advance(one_round(11, kEach), ran.records, never);
  static_cast<void>(
      reconcile(engine.save(), algorithm, model.alphabet, engine.oracle_queries(), std::nullopt));
  ran.use = engine.use();
  return ran;
}

TEST(MemoRows, ChainsWalkOnAlikeFromWhatTheMemoKept) {
  for (const std::uint32_t alphabet : {63U, 64U, 130U}) {
    for (const Algorithm algorithm : kWalks) {
      for (const bool thinned : {false, true}) {
        if (thinned && algorithm != Algorithm::kSequential) continue;
        const kernels::Walk walk = walk_of(algorithm);
        const Oracle oracle = oracle_of(alphabet, algorithm, thinned);
        const auto& model = std::get<ModelOracle>(oracle);
        const std::string what = std::to_string(alphabet) + " " + std::string(to_string(algorithm));
        LockstepOptions options;
        options.threads = 1;
        const Ran alone = run(oracle, algorithm, options);
        const MemoLayout layout = memo_layout(model, walk, 0);
        const std::uint64_t node = Memo::bytes_per_node(layout.words);
        const std::uint64_t level = kChains * RowMaker::node_words(model, walk) * 4;
        for (const std::uint64_t nodes : {1ULL, 40ULL, 100000ULL}) {
          for (const std::uint64_t levels : {1ULL, 3ULL}) {
            for (const unsigned threads : {1U, 3U}) {
              options.memo_bytes = memo_bytes_for(layout, nodes * node);
              options.path_bytes = levels * level;
              options.threads = threads;
              const Ran ran = run(oracle, algorithm, options);
              EXPECT_TRUE(ran.records == alone.records)
                  << what << " nodes " << nodes << " levels " << levels << " threads " << threads;
              EXPECT_LE(ran.use.memo_rows, nodes) << what;
              if (nodes == 40) {
                EXPECT_EQ(ran.use.memo_rows, nodes) << what;
              }
              if (nodes > 40) {
                EXPECT_GT(ran.use.memo_hits, 200U) << what;
              }
            }
          }
        }
      }
    }
  }
}

TEST(MemoRows, LogarithmsAloneOfManySymbolsWhereARowIsMadeOfThem) {
  for (const Algorithm algorithm : kWalks) {
    const kernels::Walk walk = walk_of(algorithm);
    for (const std::uint32_t alphabet : {5U, 63U, 64U, 1000U}) {
      const Oracle oracle = oracle_of(alphabet, algorithm);
      const auto& model = std::get<ModelOracle>(oracle);
      const std::uint64_t whole = RowMaker::node_words(model, walk);
      const MemoLayout layout = memo_layout(model, walk, 4000);
      EXPECT_EQ(layout.logs, alphabet >= 64);
      EXPECT_EQ(layout.words, layout.logs ? alphabet : whole);
      EXPECT_EQ(layout.bytes, layout.logs ? 3000U : 4000U);
      EXPECT_EQ(layout.bytes + layout.made_bytes, 4000U);
    }
  }
  // What keeps proposals is no part of a node.
  const Oracle thinned = oracle_of(64, Algorithm::kSequential, true);
  const kernels::Walk walk = walk_of(Algorithm::kSequential);
  const auto& model = std::get<ModelOracle>(thinned);
  EXPECT_EQ(memo_layout(model, walk, 4000).words, RowMaker::node_words(model, walk));
}

TEST(MemoRows, MemoryIsTheLeastThatHoldsThem) {
  const Oracle oracle = oracle_of(64, Algorithm::kLifted);
  const auto& model = std::get<ModelOracle>(oracle);
  const kernels::Walk walk = walk_of(Algorithm::kLifted);
  const MemoLayout layout = memo_layout(model, walk, 0);
  for (std::uint64_t bytes = 0; bytes < 50; ++bytes) {
    const std::uint64_t all = memo_bytes_for(layout, bytes);
    EXPECT_GE(memo_layout(model, walk, all).bytes, bytes);
    if (all != 0) {
      EXPECT_LT(memo_layout(model, walk, all - 1).bytes, bytes);
    }
  }
}

}  // namespace
}  // namespace wend::test
