// What the lockstep engine does in lanes comes to the words that one thread of the portable body
// makes: rows of every width, and runs.
#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <cstdint>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "host/base/simd.hpp"
#include "host/engines/lockstep/engine.hpp"
#include "host/engines/lockstep/row_maker.hpp"
#include "host/engines/lockstep/small_rows.hpp"
#include "host/oracles/oracle.hpp"
#include "host/oracles/walk_of.hpp"
#include "tests/support/engine_draws.hpp"
#include "tests/support/model_oracles.hpp"

namespace wend::test {
namespace {

constexpr Simd kWide[] = {Simd::kAvx2, Simd::kAvx512};

class Named final : public BatchOracle {
 public:
  explicit Named(OracleTraits traits) : traits_(std::move(traits)) {}
  [[nodiscard]] const OracleTraits& traits() const override { return traits_; }
  void expand(std::uint32_t, const OracleBatch&, const OracleRows&) override {}

 private:
  OracleTraits traits_;
};

/// Rows with what is hard: zeros, ties, one that has nearly all, numbers far apart.
std::vector<double> hard_masses(std::uint32_t alphabet, std::mt19937_64& random) {
  std::uniform_real_distribution<double> uniform(0, 1);
  const std::uint64_t kind = random() % 7;
  std::vector<double> masses(alphabet);
  for (double& mass : masses) {
    mass = uniform(random);
    if (kind == 1 && uniform(random) < 0.9) mass = 0;
    if (kind == 2) mass = std::exp(-700 * mass);
    if (kind == 3) mass = 0.25 * static_cast<double>(random() % 3);
    if (kind == 4) mass *= 1e300 / alphabet;
    if (kind == 5) mass *= 1e-310;
  }
  if (kind == 6) masses[random() % alphabet] = 1e12;
  if (kind == 3) masses[random() % alphabet] = 0.5;
  return masses;
}

/// But for those between a row's units and its sums, and behind an odd number of ratios.
void expect_same_words(const std::vector<std::uint32_t>& found,
                       const std::vector<std::uint32_t>& expected, std::uint32_t alphabet,
                       std::uint64_t rows_end) {
  const std::uint32_t outcomes = alphabet + 1;
  const std::uint64_t row = kernels::UnitRows::words_per_row(outcomes);
  for (std::uint64_t at = 0; at < found.size() && at < rows_end + alphabet + 2; ++at) {
    const std::uint64_t word = at % row;
    if (at < rows_end && word >= outcomes && word < kernels::UnitRows::sums_at(outcomes)) continue;
    ASSERT_EQ(found[at], expected[at]) << "A " << alphabet << ", word " << at;
  }
}

TEST(LockstepLanes, RowsHaveTheWordsOfThePortableBody) {
  std::mt19937_64 random(1);
  std::uint64_t compared = 0;
  for (const std::uint32_t alphabet : {16U, 17U, 27U, 63U, 64U, 65U, 127U, 255U, 256U, 257U, 700U})
    for (const Algorithm algorithm :
         {Algorithm::kJerrumSinclair, Algorithm::kLifted, Algorithm::kSequential})
      for (const RowKind kind : {RowKind::kMass, RowKind::kLogRatio})
        for (const bool own_masses : {false, true}) {
          OracleTraits traits;
          traits.alphabet = alphabet;
          traits.horizon = 3;
          traits.rows = kind;
          const ModelOracle oracle = make_model_oracle(
              std::make_shared<Named>(traits), walk_of(algorithm), Correction::kNone, own_masses);
          const kernels::Walk walk = walk_of(algorithm);
          const std::uint64_t words = RowMaker::node_words(oracle, walk);
          RowMaker portable(oracle, walk, Simd::kScalar);
          for (int i = 0; i < 60; ++i) {
            std::vector<double> masses = hard_masses(alphabet, random);
            double sum = 0;
            for (const double mass : masses) sum += mass;
            double own = sum * (random() % 3 == 0 ? 1.0 : 2.0 * static_cast<double>(i) / 60);
            std::vector<float> logs;
            for (const double mass : masses) logs.push_back(static_cast<float>(std::log(mass)));
            OracleRows rows;
            rows.mass = kind == RowKind::kMass ? masses.data() : nullptr;
            rows.own = kind == RowKind::kMass ? &own : nullptr;
            rows.log_ratio = kind == RowKind::kMass ? nullptr : logs.data();
            const NodePlace place{0, static_cast<std::uint32_t>(i % 3)};
            std::vector<std::uint32_t> expected(words, 7);
            bool fault = false;
            try {
              portable.make(rows, 0, place, expected);
            } catch (const std::exception&) {
              fault = true;
            }
            for (const Simd simd : kWide) {
              if (!cpu_has(simd)) continue;
              RowMaker wide(oracle, walk, simd);
              std::vector<std::uint32_t> found(words, 7);
              if (fault) {
                EXPECT_ANY_THROW(wide.make(rows, 0, place, found));
                continue;
              }
              wide.make(rows, 0, place, found);
              expect_same_words(found, expected, alphabet, RowMaker::rows_words(oracle, walk));
              ++compared;
            }
          }
        }
  if (cpu_has(Simd::kAvx2)) {
    EXPECT_GT(compared, 1000U);
  }
}

/// Some nodes whose rows are made at once, each with masses of its own.
struct SomeNodes {
  std::vector<double> masses;
  std::vector<double> own;
  std::vector<std::uint32_t> depths;

  SomeNodes(std::uint32_t alphabet, std::mt19937_64& random) {
    std::uniform_real_distribution<double> uniform(0, 1.5);
    for (std::uint32_t i = 0; i < SmallRows::kRows; ++i) {
      depths.push_back(static_cast<std::uint32_t>(random() % 4));
      std::vector<double> some = hard_masses(alphabet, random);
      if (depths.back() == 0) some[random() % alphabet] += 1e-3;  // a root has children
      if (random() % 16 == 0) some.assign(alphabet, depths.back() == 0 ? 1 : 0);
      double sum = 0;
      for (const double mass : some) sum += mass;
      own.push_back(random() % 4 == 0 ? sum : sum * uniform(random));
      masses.insert(masses.end(), some.begin(), some.end());
    }
  }
  [[nodiscard]] OracleRows rows() {
    OracleRows rows;
    rows.mass = masses.data();
    rows.own = own.data();
    return rows;
  }
};

/// Every node's words, all nodes made at once; empty where they are not.
std::vector<std::uint32_t> made_at_once(RowMaker& maker, SomeNodes& nodes, std::uint64_t words) {
  std::vector<std::uint32_t> found(words * SmallRows::kRows, 7);
  const bool made = maker.make_some(
      nodes.rows(), 0, [&](std::uint64_t i) { return nodes.depths[i]; },
      [&](std::uint64_t i) { return found.data() + i * words; });
  if (made) return found;
  EXPECT_EQ(found, std::vector<std::uint32_t>(found.size(), 7));
  return {};
}

TEST(LockstepLanes, RowsOfFewSymbolsMadeAtOnceHaveTheWordsOfThePortableBody) {
  std::mt19937_64 random(2);
  for (const std::uint32_t alphabet : {2U, 3U, 4U})
    for (const Algorithm algorithm :
         {Algorithm::kJerrumSinclair, Algorithm::kLifted, Algorithm::kSequential}) {
      OracleTraits traits;
      traits.alphabet = alphabet;
      traits.horizon = 4;
      traits.rows = RowKind::kMass;
      const kernels::Walk walk = walk_of(algorithm);
      const ModelOracle oracle =
          make_model_oracle(std::make_shared<Named>(traits), walk, Correction::kNone, true);
      const std::uint64_t words = RowMaker::node_words(oracle, walk);
      RowMaker portable(oracle, walk, Simd::kScalar);
      for (int repeat = 0; repeat < 200; ++repeat) {
        SomeNodes nodes(alphabet, random);
        EXPECT_TRUE(made_at_once(portable, nodes, words).empty());
        std::vector<std::uint32_t> expected(words * SmallRows::kRows);
        for (std::uint32_t i = 0; i < SmallRows::kRows; ++i)
          portable.make(nodes.rows(), i, {0, nodes.depths[i]},
                        std::span(expected).subspan(i * words, words));
        for (const Simd simd : kWide) {
          if (!cpu_has(simd)) continue;
          RowMaker wide(oracle, walk, simd);
          EXPECT_EQ(made_at_once(wide, nodes, words), expected) << "A " << alphabet;
        }
        // One that is wrong leaves all of them to whoever says what is wrong.
        SomeNodes wrong = nodes;
        (repeat % 2 == 0 ? wrong.masses : wrong.own)[3] = repeat % 4 < 2 ? -1.0 : std::nan("");
        wrong.depths[3] = 1;
        for (const Simd simd : kWide) {
          if (!cpu_has(simd)) continue;
          RowMaker wide(oracle, walk, simd);
          EXPECT_TRUE(made_at_once(wide, wrong, words).empty()) << "A " << alphabet;
        }
      }
    }
}

struct Ran {
  std::vector<std::uint32_t> records;
  ChainState state;
  OracleUse use;
};

/// `thin` visits from sample to sample, in rounds of three. With a limit of queries the engine
/// takes the walk that special cases need, which has branches.
Ran run(const Oracle& oracle, Algorithm algorithm, std::uint32_t thin, Simd simd, bool limited,
        std::uint64_t step_budget) {
  constexpr std::uint64_t kChains = 37;
  LockstepOptions options;
  options.threads = 1;
  options.simd = simd;
  LockstepEngine engine(std::get<ModelOracle>(oracle), walk_of(algorithm),
                        chains_at_root(oracle, kChains, thin), options);
  kernels::RunLimits limits = one_round(5, 9);
  limits.thin = thin;
  limits.round_size = 3;
  limits.step_budget = step_budget;
  // A limit that none comes to.
  if (limited) limits.expansion_limit = 1ULL << 40U;
  const std::atomic<bool> stop{false};
  Ran all;
  for (; limits.round_begin < limits.quota; limits.round_begin += limits.round_size) {
    std::vector<std::uint32_t> records(kChains * limits.round_size * record_words(oracle));
    engine.advance(limits, records, stop);
    all.records.insert(all.records.end(), records.begin(), records.end());
  }
  all.state = engine.save();
  all.use = engine.use();
  return all;
}

/// A run of the walk without branches, at each width, and that of the walk with them.
void expect_same_runs(const Oracle& oracle, Algorithm algorithm, std::uint32_t thin,
                      std::uint64_t budget, const std::string& name) {
  const Ran branching = run(oracle, algorithm, thin, Simd::kScalar, true, budget);
  for (const Simd simd : {Simd::kScalar, Simd::kAvx2, Simd::kAvx512}) {
    if (!cpu_has(simd)) continue;
    const Ran found = run(oracle, algorithm, thin, simd, false, budget);
    const std::string what = std::string(to_string(simd)) + " thin " + std::to_string(thin) +
                             " budget " + std::to_string(budget) + " " +
                             std::string(to_string(algorithm)) + " " + name;
    EXPECT_EQ(found.records, branching.records) << what;
    for_each_column([&](const auto& a, const auto& b,
                        const char* column) { EXPECT_EQ(a, b) << what << " " << column; },
                    found.state, branching.state, kColumnNames);
    EXPECT_EQ(found.state.path, branching.state.path) << what;
    EXPECT_EQ(found.use.evaluations, branching.use.evaluations) << what;
    EXPECT_EQ(found.use.shared, branching.use.shared) << what;
    EXPECT_EQ(found.use.repeats, branching.use.repeats) << what;
    EXPECT_EQ(found.use.path_hits, branching.use.path_hits) << what;
    EXPECT_EQ(found.use.batches, branching.use.batches) << what;
  }
}

// Where the instance tells a sequence's mass by itself no sums are kept along the paths, and few
// symbols are walked in lanes.
TEST(LockstepLanes, RunsAreThoseOfTheWalkWithBranches) {
  for (const std::uint32_t alphabet : {2U, 3U, 4U, 7U, 40U})
    for (const std::uint32_t horizon : {1U, 2U, 9U})
      for (const Algorithm algorithm :
           {Algorithm::kJerrumSinclair, Algorithm::kLifted, Algorithm::kSequential})
        for (const bool own_masses : {false, true}) {
          const Oracle oracle =
              make_model_oracle(std::make_shared<HashOracle>(alphabet, horizon), walk_of(algorithm),
                                Correction::kNone, own_masses);
          for (const std::uint32_t thin : {1U, 3U})
            for (const std::uint64_t budget : {1ULL, 7ULL, 25ULL, 1ULL << 20U})
              expect_same_runs(oracle, algorithm, thin, budget,
                               "A " + std::to_string(alphabet) + " H " + std::to_string(horizon) +
                                   (own_masses ? " without sums" : ""));
        }
}

}  // namespace
}  // namespace wend::test
