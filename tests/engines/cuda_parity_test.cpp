// The GPU draws the bytes that the CPU draws: records, chain states and the oracle's own count, for
// every view, walk and size of round, over stops, and when a run moves from one to the other and
// back. Needs a GPU.
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <ostream>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "host/engines/engine.hpp"
#include "host/oracles/walk_of.hpp"
#include "kernels/random/philox.hpp"
#include "kernels/walk/advance.hpp"
#include "tests/support/cuda_scale.hpp"
#include "tests/support/parity_oracles.hpp"
#include "wend/counters.hpp"

namespace wend {
namespace {

using kernels::RunLimits;

constexpr std::array kAlgorithms = {Algorithm::kJerrumSinclair, Algorithm::kLifted,
                                    Algorithm::kSequential};

struct Setting {
  std::uint64_t chains = 53;
  std::uint64_t samples = 53 * 9 + 20;  // the first 20 chains owe one more
  std::uint32_t first_visits = 7;
  std::uint32_t thin = 2;
  std::uint64_t first_chain = 3;

  [[nodiscard]] std::uint64_t most() const { return (samples + chains - 1) / chains; }
  [[nodiscard]] RunLimits limits(std::uint64_t round_begin, std::uint64_t round_size) const {
    return {0xFEDCBA9876543210ULL, first_chain,      kernels::kPurposeWalk, thin,
            samples / chains,      samples % chains, round_begin,           round_size,
            ~std::uint64_t{0}};
  }
};

using Make = std::unique_ptr<Engine> (*)(const Oracle&, kernels::Walk, ChainState);

std::unique_ptr<Engine> on_cpu(const Oracle& oracle, kernels::Walk walk, ChainState chains) {
  return make_cpu_engine(oracle, walk, std::move(chains), 1, Simd::kScalar);
}

/// Rounds from sample number `begin` to `end`. The buffers of all rounds, one after the other, are
/// appended to `records`; they begin as a pattern, which shows what no engine wrote.
void run_rounds(Engine& engine, const Oracle& oracle, const Setting& setting,
                std::uint64_t round_size, std::uint64_t begin, std::uint64_t end,
                std::vector<std::uint32_t>& records) {
  const std::atomic<bool> stop{false};
  for (std::uint64_t round = begin; round < end; round += round_size) {
    std::vector<std::uint32_t> buffer(setting.chains * round_size * record_words(oracle),
                                      0xA5A5A5A5U);
    engine.advance(setting.limits(round, round_size), buffer, stop);
    records.insert(records.end(), buffer.begin(), buffer.end());
  }
}

struct Outcome {
  std::vector<std::uint32_t> records;
  ChainState state;
  std::uint64_t queries = 0;
};

Outcome run(Make make, const Oracle& oracle, kernels::Walk walk, const Setting& setting,
            std::uint64_t round_size) {
  const auto engine =
      make(oracle, walk, chains_at_root(oracle, setting.chains, setting.first_visits));
  Outcome outcome;
  run_rounds(*engine, oracle, setting, round_size, 0, setting.most(), outcome.records);
  outcome.state = engine->save();
  outcome.queries = engine->oracle_queries();
  return outcome;
}

void expect_same(const Outcome& a, const Outcome& b) {
  EXPECT_EQ(a.records, b.records);
  EXPECT_TRUE(test::same(a.state, b.state));
  EXPECT_EQ(a.queries, b.queries);
}

class CudaParity : public testing::TestWithParam<test::OracleCase> {
 protected:
  void SetUp() override {
    if (!cuda_available()) GTEST_SKIP() << "no CUDA device";
  }
};

TEST_P(CudaParity, WalksAndRounds) {
  for (const Algorithm algorithm : kAlgorithms) {
    SCOPED_TRACE(to_string(algorithm));
    Setting setting;
    // Counters of the sequential sampler reconcile where every accepted proposal is a sample.
    if (algorithm == Algorithm::kSequential) setting.first_visits = setting.thin = 1;
    const Oracle oracle = GetParam().make(algorithm);
    for (const std::uint64_t round_size : {1U, 3U, 100U}) {
      SCOPED_TRACE(round_size);
      const Outcome gpu = run(make_cuda_engine, oracle, walk_of(algorithm), setting, round_size);
      expect_same(gpu, run(on_cpu, oracle, walk_of(algorithm), setting, round_size));
      EXPECT_NO_THROW(reconcile(gpu.state, algorithm, alphabet(oracle), gpu.queries));
    }
  }
}

// More chains than threads that run at once, so that threads take several.
TEST_P(CudaParity, ManyChains) {
  Setting setting;
  setting.chains = test::on_gpu(300'000, 5000);
  setting.samples = setting.chains + 7;
  setting.first_visits = 1;
  setting.thin = 1;
  const Oracle oracle = GetParam().make(Algorithm::kLifted);
  expect_same(run(make_cuda_engine, oracle, kernels::Walk::kLifted, setting, 2),
              run(on_cpu, oracle, kernels::Walk::kLifted, setting, 2));
}

// Records come back through page-locked memory in pieces of 2^20 words: here three, the last short.
TEST(CudaParityOfRecords, InSeveralPieces) {
  if (!cuda_available()) GTEST_SKIP() << "no CUDA device";
  Setting setting;
  setting.chains = 1000;
  setting.samples = setting.chains * 2500;
  setting.first_visits = setting.thin = 1;
  const Oracle oracle = test::tree_oracle(2, 1, Algorithm::kSequential);
  ASSERT_GT(setting.samples * record_words(oracle), std::uint64_t{2} << 20U);
  expect_same(run(make_cuda_engine, oracle, kernels::Walk::kSequential, setting, 2500),
              run(on_cpu, oracle, kernels::Walk::kSequential, setting, 2500));
}

TEST_P(CudaParity, ARunMovesToTheGpuAndBack) {
  const Setting setting;
  for (const Algorithm algorithm : kAlgorithms) {
    SCOPED_TRACE(to_string(algorithm));
    const Oracle oracle = GetParam().make(algorithm);
    const kernels::Walk walk = walk_of(algorithm);
    Outcome outcome;
    const auto cpu =
        on_cpu(oracle, walk, chains_at_root(oracle, setting.chains, setting.first_visits));
    run_rounds(*cpu, oracle, setting, 2, 0, 4, outcome.records);
    const auto gpu = make_cuda_engine(oracle, walk, cpu->save());
    run_rounds(*gpu, oracle, setting, 2, 4, 8, outcome.records);
    cpu->restore(gpu->save());
    run_rounds(*cpu, oracle, setting, 2, 8, setting.most(), outcome.records);
    outcome.state = cpu->save();
    outcome.queries = cpu->oracle_queries() + gpu->oracle_queries();
    expect_same(outcome, run(on_cpu, oracle, walk, setting, 2));
  }
}

// A run that is stopped again and again, wherever the chains happen to stand, and that changes
// engines within a round, ends the same.
TEST_P(CudaParity, StoppedRunsGoOn) {
  Setting setting;
  setting.first_visits = static_cast<std::uint32_t>(test::on_gpu(20'000, 1000));
  setting.thin = static_cast<std::uint32_t>(test::on_gpu(1000, 100));
  setting.samples = setting.chains * 3;
  const Oracle oracle = GetParam().make(Algorithm::kJerrumSinclair);
  const kernels::Walk walk = kernels::Walk::kJerrumSinclair;
  const auto gpu =
      make_cuda_engine(oracle, walk, chains_at_root(oracle, setting.chains, setting.first_visits));
  std::vector<std::uint32_t> records(setting.chains * 3 * record_words(oracle), 0xA5A5A5A5U);
  const RunLimits limits = setting.limits(0, 3);

  const std::atomic<bool> stopped{true};
  gpu->advance(limits, records, stopped);
  EXPECT_EQ(gpu->save().steps, std::vector<std::uint64_t>(setting.chains, 0));

  std::atomic<bool> stop{false};
  std::atomic<bool> done{false};
  std::thread stopper([&] {
    while (!done) {
      stop = !stop;
      std::this_thread::yield();
    }
  });
  const std::vector<std::uint64_t> goals(setting.chains, 3);
  const auto cpu = on_cpu(oracle, walk, gpu->save());
  ChainState state = gpu->save();
  std::uint64_t queries = 0;
  for (bool turn = true; state.samples != goals; turn = !turn) {
    Engine& engine = turn ? *gpu : *cpu;
    engine.restore(state);
    engine.advance(limits, records, stop);
    state = engine.save();
  }
  done = true;
  stopper.join();
  // Both engines were made with chains at the root, so both have counted the roots.
  queries = gpu->oracle_queries() + cpu->oracle_queries() - setting.chains * alphabet(oracle);
  expect_same({records, state, queries}, run(on_cpu, oracle, walk, setting, 3));
}

INSTANTIATE_TEST_SUITE_P(Views, CudaParity, testing::ValuesIn(test::oracle_cases()),
                         [](const auto& kind) { return kind.param.name; });

/// All chains of a run by the kernel's body, word w of chain c's path at c * chain_stride +
/// w * word_stride, in launches of `budget` steps. Returns the records.
std::vector<std::uint32_t> walk_on_host(const Oracle& oracle, const Setting& setting,
                                        std::uint64_t chain_stride, std::uint64_t word_stride,
                                        std::uint64_t budget, ChainState& state) {
  RunLimits limits = setting.limits(0, setting.most());
  limits.step_budget = budget;
  std::vector<std::uint32_t> records(setting.chains * setting.most() * record_words(oracle));
  kernels::ChainArrays arrays = arrays_of(state);
  arrays.path_chain_stride = chain_stride;
  arrays.path_word_stride = word_stride;
  const auto walk = [&](const auto& view) {
    for (bool unfinished = true; unfinished;) {
      unfinished = false;
      for (std::uint64_t chain = 0; chain < setting.chains; ++chain) {
        kernels::advance_chain<kernels::Walk::kLifted>(view, arrays, chain, limits, records.data());
        unfinished = unfinished || state.samples[chain] < kernels::sample_goal(limits, chain);
      }
    }
  };
  if (const auto* tree = std::get_if<TreeOracle>(&oracle))
    visit_view(*tree, tree->rows.words(), walk);
  if (const auto* states = std::get_if<StateOracle>(&oracle))
    visit_view(*states, states->rows.words(), states->next.data(), walk);
  if (const auto* knapsack = std::get_if<KnapsackOracle>(&oracle))
    walk(make_knapsack_view(*knapsack));
  return records;
}

class PathLayout : public testing::TestWithParam<test::OracleCase> {};

// The GPU's layout of paths, and its short launches, on the CPU: needs no device.
TEST_P(PathLayout, WordMajorDrawsTheSame) {
  const Setting setting;
  const Oracle oracle = GetParam().make(Algorithm::kLifted);
  const std::uint32_t words = path_words(oracle);
  ChainState by_chain = chains_at_root(oracle, setting.chains, setting.first_visits);
  ChainState by_word = by_chain;
  const auto expected = walk_on_host(oracle, setting, words, 1, ~std::uint64_t{0}, by_chain);
  EXPECT_EQ(walk_on_host(oracle, setting, 1, setting.chains, 13, by_word), expected);
  std::vector<std::uint32_t> turned(by_word.path.size());
  for (std::uint64_t chain = 0; chain < setting.chains; ++chain)
    for (std::uint64_t word = 0; word < words; ++word)
      turned[chain * words + word] = by_word.path[word * setting.chains + chain];
  // Every chain stands on a leaf, so that all of its path counts.
  by_word.path = turned;
  EXPECT_TRUE(test::same(by_word, by_chain));
}

INSTANTIATE_TEST_SUITE_P(Views, PathLayout, testing::ValuesIn(test::oracle_cases()),
                         [](const auto& kind) { return kind.param.name; });

}  // namespace
}  // namespace wend
