// Walks over rows that are computed on the way, against exact laws by chi-square at fixed seeds:
// the alarm is raised at p < 1e-6, and a wrong law must give p < 1e-12.
#include "host/oracles/prefix_oracle.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kernels/elimination/member_oracle.hpp"
#include "kernels/elimination/members.hpp"
#include "tests/support/chi_square.hpp"
#include "tests/support/engine_draws.hpp"
#include "tests/support/parity_oracles.hpp"
#include "wend/bounds.hpp"
#include "wend/error.hpp"

namespace wend {
namespace {

using kernels::PrefixNoise;
using test::leaf_counts;

constexpr double kAlarm = 1e-6;
constexpr double kWrong = 1e-12;
constexpr double kKappa = 2;
constexpr std::uint64_t kTruth = 1;

PrefixNoise noise(PrefixNoise::Model model) { return {model, kKappa, std::log2(kKappa), 77}; }

// Independent symbols; members differ in the levels at which they prefer the last symbol.
ProductMembers product(std::uint32_t horizon) {
  ProductMembers members{
      .alphabet = 3, .horizon = horizon, .count = 3, .signs = {}, .up = {}, .down = {}};
  const std::uint64_t words = (horizon + 63) / 64;
  members.signs = TableMemory<std::uint64_t>(words * padded_members(members.count));
  for (std::uint64_t w = 0; w < words; ++w)
    for (std::uint64_t i = 0; i < members.count; ++i)
      members.signs[w * padded_members(members.count) + i] = 0x5A5A5A5A5A5A5A5AULL >> i;
  members.up = {0.5, 0.375, 0.125};
  members.down = {0.25, 0.0625, 0.6875};
  return members;
}

NeedleMembers needle() {
  NeedleMembers members{.alphabet = 2,
                        .horizon = 6,
                        .count = 3,
                        .needle_depth = 3,
                        .symbol_bits = 1,
                        .needle = std::vector<std::uint64_t>(padded_members(3), 0),
                        .follow = {0.75, 0.875, 0.9375},
                        .leave = {0.25, 0.125, 0.0625}};
  members.needle[0] = 1;
  members.needle[1] = 5;
  members.needle[2] = 6;
  return members;
}

// Contexts: the root and the last symbol. A symbol is never followed by the one after it.
TableMembers table() {
  constexpr std::uint32_t kAlphabet = 5;
  TableMembers members{.alphabet = kAlphabet, .horizon = 3, .count = 2, .next = {}, .table = {}};
  const std::uint64_t stride = padded_members(members.count);
  members.table = TableMemory<double>((kAlphabet + 1) * kAlphabet * stride);
  for (std::uint32_t context = 0; context <= kAlphabet; ++context) {
    for (std::uint32_t c = 0; c < kAlphabet; ++c) {
      members.next.push_back(c + 1);
      const bool forbidden = context > 0 && c == context % kAlphabet;
      for (std::uint64_t i = 0; i < members.count; ++i)
        members.table[(context * kAlphabet + c) * stride + i] =
            context == 0 ? 0.2 : (forbidden ? 0.0 : 0.25);
    }
    if (context == 0) continue;
    // The truth moves mass from the symbol before to the symbol itself.
    const std::uint64_t own = context - 1;
    const std::uint64_t before = (own + kAlphabet - 1) % kAlphabet;
    members.table[(context * kAlphabet + own) * stride + kTruth] = 0.4375;
    members.table[(context * kAlphabet + before) * stride + kTruth] = 0.0625;
  }
  return members;
}

// Rows 1 and 2 are the truth's: at most one 1 may come before a 0, which row 0 enforces.
PoolMembers pool() {
  PoolMembers members{.alphabet = 2,
                      .horizon = 5,
                      .count = 2,
                      .start = std::vector<std::uint32_t>(padded_members(2), 0),
                      .next = {0, 0, 1, 2, 0, 2, 3, 3},
                      .table = {0, 0, 0.625, 0.375, 0, 1, 0.5, 0.5}};
  members.start[0] = 3;
  members.start[kTruth] = 1;
  return members;
}

struct Case {
  std::string_view name;
  ClassMembers members;
};

std::vector<Case> cases() {
  std::vector<Case> all;
  all.push_back({"product", product(4)});
  all.push_back({"needle", needle()});
  all.push_back({"table", table()});
  all.push_back({"pool", pool()});
  return all;
}

std::vector<double> target(const ClassMembers& members) {
  std::vector<double> law(leaves(alphabet(members), horizon(members)));
  std::vector<std::uint32_t> symbols(horizon(members));
  for (std::uint64_t leaf = 0; leaf < law.size(); ++leaf) {
    std::uint64_t rest = leaf;
    for (std::size_t h = symbols.size(); h-- > 0; rest /= alphabet(members))
      symbols[h] = static_cast<std::uint32_t>(rest % alphabet(members));
    law[leaf] = std::exp(log_prefix_mass(members, kTruth, symbols.data(), horizon(members)));
  }
  return law;
}

// Law of forward sampling in proportion to what class-elimination's own oracle answers.
std::vector<double> forward_law(const ClassMembers& members, const PrefixNoise& error) {
  const std::uint32_t symbols = alphabet(members);
  const std::uint32_t length = horizon(members);
  std::vector<double> law(leaves(symbols, length), 1.0);
  std::visit(
      [&](const auto& own) {
        const auto view = view_of(own);
        for (std::uint64_t leaf = 0; leaf < law.size(); ++leaf) {
          kernels::MemberOracle oracle(view, kTruth, error);
          oracle.begin();
          kernels::ClassNode node;
          std::uint64_t place = law.size();
          for (std::uint32_t h = 0; h < length; ++h) {
            std::vector<double> answers;
            double sum = 0;
            for (std::uint32_t c = 0; c < symbols; ++c) {
              answers.push_back(h + 1 < length ? oracle.interior(node, c) : oracle.leaf(node, c));
              sum += answers.back();
            }
            place /= symbols;
            const auto symbol = static_cast<std::uint32_t>(leaf / place % symbols);
            if (answers[symbol] <= 0) {
              law[leaf] = 0;
              break;
            }
            law[leaf] *= answers[symbol] / sum;
            oracle.descend(node, symbol, 1.0, 0);
            node = view.descend(node, symbol);
          }
        }
      },
      members);
  return law;
}

class PrefixWalk : public testing::TestWithParam<Algorithm> {};

TEST_P(PrefixWalk, FollowsTheMember) {
  for (const Case& example : cases()) {
    const test::Draws draws{
        2500, 1, proven_visits(relaxation_bound(kKappa, horizon(example.members)), 1e-3)};
    const std::vector<double> law = target(example.members);
    for (const auto model : {PrefixNoise::Model::kIid, PrefixNoise::Model::kSign}) {
      const Oracle oracle =
          make_prefix_oracle(example.members, kTruth, noise(model), Correction::kReject);
      EXPECT_GT(test::chi_square_p(leaf_counts(oracle, GetParam(), draws), law), kAlarm)
          << example.name;
    }
    // Another member's draws are seen to be so.
    const Oracle other = make_prefix_oracle(example.members, 0, noise(PrefixNoise::Model::kIid),
                                            Correction::kReject);
    EXPECT_LT(test::chi_square_p(leaf_counts(other, GetParam(), draws), law), kWrong)
        << example.name;
  }
}

INSTANTIATE_TEST_SUITE_P(Algorithms, PrefixWalk,
                         testing::Values(Algorithm::kJerrumSinclair, Algorithm::kLifted),
                         [](const auto& instance) {
                           std::string name(to_string(instance.param));
                           std::erase(name, '-');
                           return name;
                         });

TEST(PrefixSequential, UncorrectedDrawsFollowTheAnswers) {
  for (const Case& example : cases()) {
    for (const auto model :
         {PrefixNoise::Model::kNone, PrefixNoise::Model::kIid, PrefixNoise::Model::kSign}) {
      const Oracle oracle =
          make_prefix_oracle(example.members, kTruth, noise(model), Correction::kWeight);
      const auto counts = leaf_counts(oracle, Algorithm::kSequential, {50, 400, 1});
      EXPECT_GT(test::chi_square_p(counts, forward_law(example.members, noise(model))), kAlarm)
          << example.name;
      if (model == PrefixNoise::Model::kNone) {
        EXPECT_GT(test::chi_square_p(counts, target(example.members)), kAlarm) << example.name;
      } else if (model == PrefixNoise::Model::kSign && example.name == "product") {
        EXPECT_LT(test::chi_square_p(counts, target(example.members)), kWrong);
      }
    }
  }
}

TEST(PrefixSequential, RejectIsRefused) {
  const ClassMembers members = product(4);
  const Oracle oracle =
      make_prefix_oracle(members, kTruth, noise(PrefixNoise::Model::kIid), Correction::kReject);
  try {
    make_cpu_engine(oracle, kernels::Walk::kSequential, chains_at_root(oracle, 1, 1), 1);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    EXPECT_EQ(error.field(), "correction");
    EXPECT_NE(std::string(error.what()).find("`correction = weight`"), std::string::npos);
  }
}

constexpr std::uint64_t kChains = 5;

struct DrawnRun {
  std::vector<std::uint32_t> records;
  ChainState state;
};

// `each` draws of 5 chains in rounds of `round`, a new engine taking over after every round.
DrawnRun run(const Oracle& oracle, Algorithm algorithm, unsigned threads, std::uint64_t each,
             std::uint64_t round, std::uint64_t expansion_limit = ~std::uint64_t{0}) {
  const std::uint32_t words = record_words(oracle);
  DrawnRun all{std::vector<std::uint32_t>(kChains * each * words),
               chains_at_root(oracle, kChains, 3)};
  std::vector<std::uint32_t> records(kChains * round * words);
  kernels::RunLimits limits{};
  limits.seed = 4;
  limits.purpose = kernels::kPurposeWalk;
  limits.thin = 2;
  limits.quota = each;
  limits.round_size = round;
  limits.step_budget = ~std::uint64_t{0};
  limits.expansion_limit = expansion_limit;
  const std::atomic<bool> stop{false};
  for (; limits.round_begin < each; limits.round_begin += round) {
    const auto engine = make_cpu_engine(oracle, walk_of(algorithm), all.state, threads);
    engine->advance(limits, records, stop);
    all.state = engine->save();
    for (std::uint64_t chain = 0; chain < kChains; ++chain)
      std::copy_n(&records[chain * round * words], round * words,
                  &all.records[(chain * each + limits.round_begin) * words]);
  }
  return all;
}

TEST(PrefixEngine, ThreadsAndRoundsDoNotMatter) {
  for (const Case& example : cases()) {
    const Oracle oracle = make_prefix_oracle(example.members, kTruth,
                                             noise(PrefixNoise::Model::kSign), Correction::kNone);
    for (const auto algorithm :
         {Algorithm::kJerrumSinclair, Algorithm::kLifted, Algorithm::kSequential}) {
      const DrawnRun one = run(oracle, algorithm, 1, 60, 60);
      for (const auto& [threads, round] : {std::pair{3U, 60U}, {1U, 1U}, {2U, 5U}}) {
        const DrawnRun other = run(oracle, algorithm, threads, 60, round);
        EXPECT_EQ(other.records, one.records) << example.name;
        EXPECT_TRUE(test::same(other.state, one.state)) << example.name;
      }
    }
  }
}

TEST(PrefixEngine, StopsWithinAQueryLimit) {
  constexpr std::uint64_t kEach = 60;
  constexpr std::uint64_t kLimit = 70;
  for (const Case& example : cases()) {
    const Oracle oracle = make_prefix_oracle(example.members, kTruth,
                                             noise(PrefixNoise::Model::kIid), Correction::kReject);
    const DrawnRun free = run(oracle, Algorithm::kLifted, 1, kEach, kEach);
    const DrawnRun limited = run(oracle, Algorithm::kLifted, 1, kEach, kEach, kLimit);
    const std::uint64_t words = record_words(oracle);
    for (std::uint64_t chain = 0; chain < kChains; ++chain) {
      EXPECT_LE(limited.state.expansions[chain], kLimit);
      EXPECT_GT(limited.state.expansions[chain] + 4, kLimit);
      EXPECT_LT(limited.state.samples[chain], kEach);
      EXPECT_TRUE(
          std::equal(&free.records[chain * kEach * words],
                     &free.records[chain * kEach * words] + limited.state.samples[chain] * words,
                     &limited.records[chain * kEach * words]))
          << example.name;
    }
    EXPECT_TRUE(
        test::same(run(oracle, Algorithm::kLifted, 3, kEach, 4, kLimit).state, limited.state))
        << example.name;
  }
}

// Masses of 4096 symbols are far below the least double. Without noise the lifted walk goes down
// to its first leaf as forward sampling does: independent symbols of known probabilities.
TEST(PrefixEngine, LongHorizonsDoNotUnderflow) {
  constexpr std::uint32_t kHorizon = 4096;
  const ProductMembers own = product(kHorizon);
  const std::uint64_t stride = padded_members(own.count);
  const std::array<std::vector<double>, 2> laws = {own.down, own.up};
  std::vector<bool> up;
  for (std::uint32_t h = 0; h < kHorizon; ++h)
    up.push_back((own.signs[h / 64 * stride + kTruth] >> (h % 64) & 1U) != 0);
  const ClassMembers members = product(kHorizon);
  const Oracle oracle = make_prefix_oracle(members, kTruth, {}, Correction::kReject);
  const auto engine =
      make_cpu_engine(oracle, kernels::Walk::kLifted, chains_at_root(oracle, 2, 1), 1);
  kernels::RunLimits limits{};
  limits.seed = 9;
  limits.thin = 1;
  limits.quota = 1;
  limits.round_size = 1;
  limits.step_budget = ~std::uint64_t{0};
  std::vector<std::uint32_t> records(2 * record_words(oracle));
  const std::atomic<bool> stop{false};
  engine->advance(limits, records, stop);
  const Counters totals =
      reconcile(engine->save(), Algorithm::kLifted, 3, engine->oracle_queries(), kHorizon);
  EXPECT_EQ(totals.moves_down, 2 * kHorizon);
  std::vector<std::uint32_t> symbols(kHorizon);
  std::array<std::array<std::uint64_t, 3>, 2> counts{};
  for (std::uint64_t record = 0; record < 2; ++record) {
    decode(oracle, &records[record * kHorizon], symbols);
    for (std::uint32_t h = 0; h < kHorizon; ++h) ++counts.at(up[h] ? 1 : 0).at(symbols[h]);
  }
  for (const std::size_t sign : {std::size_t{0}, std::size_t{1}})
    EXPECT_GT(test::chi_square_p(counts.at(sign), laws.at(sign)), kAlarm);
}

}  // namespace
}  // namespace wend
