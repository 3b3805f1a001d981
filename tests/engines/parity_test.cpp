// Every engine draws the same bytes: lane widths, threads, sizes of rounds, stops, and engines that
// go on where others were saved. The reference is kernels::advance_chain, the CUDA thread's body.
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cmath>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "host/base/simd.hpp"
#include "host/engines/engine.hpp"
#include "host/instances/knapsack/compile.hpp"
#include "host/instances/knapsack/rounded.hpp"
#include "host/instances/tree/masses.hpp"
#include "host/oracles/state_graph.hpp"
#include "host/oracles/walk_of.hpp"
#include "kernels/walk/advance.hpp"
#include "tests/support/parity_oracles.hpp"
#include "wend/counters.hpp"
#include "wend/error.hpp"

namespace wend {
namespace {

using kernels::RunLimits;
using kernels::Walk;
using test::knapsack_oracle;
using test::state_oracle;
using test::tree_oracle;
using test::unit;

constexpr std::uint64_t kSeed = 0x123456789ABCDEFULL;

/// Weights and capacity beyond 2^40, Gibbs weights, symbols in three words of path.
Oracle huge_knapsack_oracle(Algorithm algorithm) {
  KnapsackProblem problem;
  for (std::uint64_t item = 0; item < 70; ++item) {
    problem.weights.push_back(static_cast<std::uint64_t>(0x1p44 * unit(8, item)));
    problem.log_values.push_back(2 * unit(9, item) - 1);
  }
  problem.capacity = std::uint64_t{1} << 48U;
  return compile_knapsack_oracle(RoundedKnapsack(problem, 2.0, "test"), walk_of(algorithm),
                                 Correction::kReject);
}

/// The steps of the small items crowd in the buckets that the large ones leave wide.
Oracle crowded_knapsack_oracle(Algorithm algorithm) {
  KnapsackProblem problem;
  for (std::uint64_t item = 0; item < 32; ++item)
    problem.weights.push_back(item % 4 == 0 ? (std::uint64_t{1} << 40U) + item : 1 + item * item);
  problem.capacity = (std::uint64_t{5} << 40U) + 3000;
  problem.log_values.assign(problem.weights.size(), 0.0);
  return compile_knapsack_oracle(RoundedKnapsack(problem, 1.2, "test"), walk_of(algorithm),
                                 Correction::kReject);
}

Oracle one_item_oracle(Algorithm algorithm) {
  return compile_knapsack_oracle(RoundedKnapsack({{7}, 7, {1.0}}, 2.0, "test"), walk_of(algorithm),
                                 Correction::kReject);
}

struct Setting {
  std::uint64_t chains = 53;
  std::uint64_t samples = 53 * 9 + 20;  // the first 20 chains owe one more
  std::uint32_t first_visits = 7;
  std::uint32_t thin = 2;
  std::uint64_t first_chain = 0;

  [[nodiscard]] std::uint64_t most() const { return (samples + chains - 1) / chains; }
  [[nodiscard]] RunLimits limits(std::uint64_t round_begin, std::uint64_t round_size) const {
    return {kSeed,       first_chain,      kernels::kPurposeWalk,
            thin,        samples / chains, samples % chains,
            round_begin, round_size,       1U << 20U};
  }
};

struct Outcome {
  std::vector<std::uint32_t> records;  ///< chain after chain, most() records each
  ChainState state;
  std::uint64_t queries = 0;
};

/// Puts a round's records where they belong in a run's.
void collect(std::span<const std::uint32_t> round, std::uint64_t round_begin,
             std::uint64_t round_size, const Setting& setting, std::uint32_t words,
             std::vector<std::uint32_t>& all) {
  all.resize(setting.chains * setting.most() * words);
  for (std::uint64_t chain = 0; chain < setting.chains; ++chain) {
    const std::uint64_t quota =
        setting.samples / setting.chains + (chain < setting.samples % setting.chains ? 1 : 0);
    for (std::uint64_t d = round_begin; d < std::min(quota, round_begin + round_size); ++d)
      std::copy_n(round.begin() +
                      static_cast<std::ptrdiff_t>((chain * round_size + d - round_begin) * words),
                  words,
                  all.begin() + static_cast<std::ptrdiff_t>((chain * setting.most() + d) * words));
  }
}

template <class View>
std::uint64_t advance_one(const View& view, Walk walk, const kernels::ChainArrays& chains,
                          std::uint64_t chain, const RunLimits& limits, std::uint32_t* records) {
  switch (walk) {
    case Walk::kJerrumSinclair:
      return kernels::advance_chain<Walk::kJerrumSinclair>(view, chains, chain, limits, records);
    case Walk::kLifted:
      return kernels::advance_chain<Walk::kLifted>(view, chains, chain, limits, records);
    case Walk::kSequential:
      return kernels::advance_chain<Walk::kSequential>(view, chains, chain, limits, records);
  }
  return 0;
}

template <class Visitor>
void visit(const Oracle& oracle, Visitor&& visitor) {
  if (const auto* tree = std::get_if<TreeOracle>(&oracle))
    visit_view(*tree, tree->rows.words(), visitor);
  if (const auto* states = std::get_if<StateOracle>(&oracle))
    visit_view(*states, states->rows.words(), states->next.data(), visitor);
  if (const auto* knapsack = std::get_if<KnapsackOracle>(&oracle))
    visitor(make_knapsack_view(*knapsack));
}

/// One chain after the other, in one round, by the body of the CUDA kernel, in legs of `budget`.
Outcome reference(const Oracle& oracle, Walk walk, const Setting& setting, std::uint64_t budget) {
  Outcome outcome;
  outcome.state = chains_at_root(oracle, setting.chains, setting.first_visits);
  std::uint64_t expansions = setting.chains;
  RunLimits limits = setting.limits(0, setting.most());
  limits.step_budget = budget;
  outcome.records.resize(setting.chains * setting.most() * record_words(oracle));
  const kernels::ChainArrays chains = arrays_of(outcome.state);
  visit(oracle, [&](const auto& view) {
    for (std::uint64_t chain = 0; chain < setting.chains; ++chain)
      while (chains.samples[chain] < kernels::sample_goal(limits, chain))
        expansions += advance_one(view, walk, chains, chain, limits, outcome.records.data());
  });
  outcome.queries = expansions * alphabet(oracle);
  return outcome;
}

/// The sequential sampler draws at every leaf.
Setting setting_for(Algorithm algorithm, Setting setting = {}) {
  if (algorithm == Algorithm::kSequential) setting.first_visits = setting.thin = 1;
  return setting;
}

/// Rounds from number `begin` of samples to `end`.
void run_rounds(Engine& engine, const Oracle& oracle, const Setting& setting,
                std::uint64_t round_size, std::uint64_t begin, std::uint64_t end,
                std::vector<std::uint32_t>& records) {
  const std::atomic<bool> stop{false};
  const std::uint32_t words = record_words(oracle);
  for (std::uint64_t round = begin; round < end; round += round_size) {
    std::vector<std::uint32_t> buffer(setting.chains * round_size * words);
    engine.advance(setting.limits(round, round_size), buffer, stop);
    collect(buffer, round, round_size, setting, words, records);
  }
}

Outcome run(const Oracle& oracle, Walk walk, const Setting& setting, Simd simd, unsigned threads,
            std::uint64_t round_size) {
  const auto engine = make_cpu_engine(
      oracle, walk, chains_at_root(oracle, setting.chains, setting.first_visits), threads, simd);
  Outcome outcome;
  run_rounds(*engine, oracle, setting, round_size, 0, setting.most(), outcome.records);
  outcome.state = engine->save();
  outcome.queries = engine->oracle_queries();
  return outcome;
}

void expect_same(const ChainState& a, const ChainState& b) {
  for_each_column(
      [](const char* name, const auto& of_a, const auto& of_b) { EXPECT_EQ(of_a, of_b) << name; },
      kColumnNames, a, b);
  EXPECT_EQ(a.path, b.path);
}

void expect_same(const Outcome& a, const Outcome& b) {
  EXPECT_EQ(a.records, b.records);
  expect_same(a.state, b.state);
  EXPECT_EQ(a.queries, b.queries);
}

/// The lane widths that this CPU has.
std::vector<Simd> widths() {
  std::vector<Simd> found{Simd::kScalar};
  if (cpu_has(Simd::kAvx2)) found.push_back(Simd::kAvx2);
  if (cpu_has(Simd::kAvx512)) found.push_back(Simd::kAvx512);
  return found;
}

constexpr std::array kAlgorithms = {Algorithm::kJerrumSinclair, Algorithm::kLifted,
                                    Algorithm::kSequential};

struct Kind {
  std::string name;
  Oracle (*make)(Algorithm);
};

void PrintTo(const Kind& kind, std::ostream* out) { *out << kind.name; }

class Parity : public testing::TestWithParam<Kind> {};

TEST_P(Parity, WidthsThreadsAndRounds) {
  for (const Algorithm algorithm : kAlgorithms) {
    SCOPED_TRACE(to_string(algorithm));
    const Setting setting = setting_for(algorithm);
    const Oracle oracle = GetParam().make(algorithm);
    const Walk walk = walk_of(algorithm);
    const Outcome expected = reference(oracle, walk, setting, 1U << 20U);
    expect_same(reference(oracle, walk, setting, 37), expected);
    EXPECT_NO_THROW(reconcile(expected.state, algorithm, alphabet(oracle), expected.queries));
    for (const Simd simd : widths())
      for (const unsigned threads : {1U, 2U, 7U})
        for (const std::uint64_t round_size : {1U, 3U, 100U}) {
          SCOPED_TRACE(testing::Message() << static_cast<int>(simd) << " threads " << threads
                                          << " round " << round_size);
          expect_same(run(oracle, walk, setting, simd, threads, round_size), expected);
        }
  }
}

TEST_P(Parity, ManyChainsRefillTheLanes) {
  Setting many;
  many.chains = 1500;
  many.samples = 2 * many.chains + 1;
  many.thin = 1;
  for (const Algorithm algorithm : kAlgorithms) {
    SCOPED_TRACE(to_string(algorithm));
    const Setting setting = setting_for(algorithm, many);
    const Oracle oracle = GetParam().make(algorithm);
    const Outcome expected = reference(oracle, walk_of(algorithm), setting, 1U << 20U);
    for (const Simd simd : widths())
      expect_same(run(oracle, walk_of(algorithm), setting, simd, 2, 2), expected);
  }
}

TEST_P(Parity, AnotherEngineGoesOn) {
  for (const Algorithm algorithm : kAlgorithms) {
    SCOPED_TRACE(to_string(algorithm));
    const Setting setting = setting_for(algorithm);
    const Oracle oracle = GetParam().make(algorithm);
    const Walk walk = walk_of(algorithm);
    const Outcome expected = reference(oracle, walk, setting, 1U << 20U);
    for (const Simd from : widths())
      for (const Simd to : widths()) {
        const auto first = make_cpu_engine(
            oracle, walk, chains_at_root(oracle, setting.chains, setting.first_visits), 2, from);
        Outcome outcome;
        run_rounds(*first, oracle, setting, 4, 0, 4, outcome.records);
        const auto second = make_cpu_engine(oracle, walk, first->save(), 1, to);
        run_rounds(*second, oracle, setting, 3, 4, 7, outcome.records);
        first->restore(second->save());
        run_rounds(*first, oracle, setting, 5, 7, setting.most(), outcome.records);
        outcome.state = first->save();
        outcome.queries = first->oracle_queries() + second->oracle_queries();
        expect_same(outcome, expected);
      }
  }
}

TEST_P(Parity, FirstChainShiftsTheStreams) {
  Setting all;
  all.samples = all.chains * 5;
  Setting last = all;
  last.first_chain = 40;
  last.chains = all.chains - last.first_chain;
  last.samples = last.chains * 5;
  const Oracle oracle = GetParam().make(Algorithm::kLifted);
  const std::uint64_t skipped = last.first_chain * 5 * record_words(oracle);
  for (const Simd simd : widths()) {
    const Outcome outcome = run(oracle, Walk::kLifted, all, simd, 1, 5);
    const std::vector<std::uint32_t> tail(
        outcome.records.begin() + static_cast<std::ptrdiff_t>(skipped), outcome.records.end());
    EXPECT_EQ(run(oracle, Walk::kLifted, last, simd, 1, 5).records, tail);
  }
}

// A run that is stopped again and again, wherever the chains happen to stand, ends the same.
TEST_P(Parity, StoppedRunsGoOn) {
  Setting setting;
  setting.first_visits = 2000;
  setting.samples = setting.chains * 2;
  setting.thin = 500;
  const Oracle oracle = GetParam().make(Algorithm::kJerrumSinclair);
  const Outcome expected = reference(oracle, Walk::kJerrumSinclair, setting, 1U << 20U);
  for (const Simd simd : widths()) {
    const auto engine =
        make_cpu_engine(oracle, Walk::kJerrumSinclair,
                        chains_at_root(oracle, setting.chains, setting.first_visits), 2, simd);
    std::vector<std::uint32_t> records(expected.records.size());
    const RunLimits limits = setting.limits(0, setting.most());
    std::atomic<bool> stop{true};
    engine->advance(limits, records, stop);
    EXPECT_EQ(engine->save().samples, std::vector<std::uint64_t>(setting.chains, 0));
    std::atomic<bool> done{false};
    std::thread stopper([&] {
      while (!done) {
        stop = !stop;
        std::this_thread::sleep_for(std::chrono::microseconds(200));
      }
    });
    const std::vector<std::uint64_t> goals(setting.chains, 2);
    while (engine->save().samples != goals) engine->advance(limits, records, stop);
    done = true;
    stopper.join();
    expect_same({records, engine->save(), engine->oracle_queries()}, expected);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, Parity,
    testing::Values(
        Kind{"Tree2", [](Algorithm a) { return tree_oracle(2, 9, a); }},
        Kind{"Tree2Depth1", [](Algorithm a) { return tree_oracle(2, 1, a); }},
        Kind{"Tree3", [](Algorithm a) { return tree_oracle(3, 5, a); }},
        Kind{"Tree4", [](Algorithm a) { return tree_oracle(4, 4, a); }},
        Kind{"Tree5", [](Algorithm a) { return tree_oracle(5, 4, a); }},
        Kind{"Tree27", [](Algorithm a) { return tree_oracle(27, 2, a); }},
        Kind{"States2", [](Algorithm a) { return state_oracle(2, 12, 40, false, a); }},
        Kind{"States3Shared", [](Algorithm a) { return state_oracle(3, 9, 30, true, a); }},
        Kind{"States4", [](Algorithm a) { return state_oracle(4, 6, 30, false, a); }},
        Kind{"States27Shared", [](Algorithm a) { return state_oracle(27, 7, 50, true, a); }},
        Kind{"Knapsack", [](Algorithm a) { return knapsack_oracle(a); }},
        Kind{"KnapsackHuge", [](Algorithm a) { return huge_knapsack_oracle(a); }},
        Kind{"KnapsackCrowded", [](Algorithm a) { return crowded_knapsack_oracle(a); }},
        Kind{"KnapsackOneItem", [](Algorithm a) { return one_item_oracle(a); }}),
    [](const auto& kind) { return kind.param.name; });

}  // namespace
}  // namespace wend
