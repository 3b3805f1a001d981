// What the lockstep engine does in lanes comes to the words that one thread of the portable body
// makes: rows of every width, and runs.
#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <cstdint>
#include <exception>
#include <limits>
#include <memory>
#include <optional>
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
  std::uint64_t refused = 0;
  for (const std::uint32_t alphabet : {16U, 17U, 27U, 63U, 64U, 65U, 127U, 255U, 256U, 257U, 700U})
    for (const Algorithm algorithm :
         {Algorithm::kJerrumSinclair, Algorithm::kLifted, Algorithm::kSequential})
      for (const RowKind kind : {RowKind::kMass, RowKind::kLogRatio})
        for (const auto& [own_masses, bound] :
             {std::pair(false, 0.0), std::pair(true, 0.0), std::pair(false, 1.0)}) {
          OracleTraits traits;
          traits.alphabet = alphabet;
          traits.horizon = 3;
          traits.rows = kind;
          // Of some rows too small.
          if (bound > 0) traits.ratio_bound.assign(traits.horizon, bound);
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
                ++refused;
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
    EXPECT_GT(refused, 200U);
  }
}

/// Some nodes whose rows are made at once, each with masses of its own.
struct SomeNodes {
  RowKind kind;
  std::vector<double> masses;
  std::vector<double> own;
  std::vector<float> logs;
  std::vector<std::uint32_t> depths;

  SomeNodes(RowKind rows_are, std::uint32_t alphabet, std::mt19937_64& random) : kind(rows_are) {
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
      // Ratios to nearly the sum, to 1, or to what makes all of them large or small.
      const double scale = random() % 2 == 0 && sum > 0 ? std::log(sum) + uniform(random) : 0;
      for (const double mass : some)
        logs.push_back(static_cast<float>(std::log(mass) - (mass > 0 ? scale : 0)));
    }
  }
  [[nodiscard]] OracleRows rows() {
    OracleRows rows;
    if (kind == RowKind::kLogRatio) {
      rows.log_ratio = logs.data();
    } else {
      rows.mass = masses.data();
      rows.own = own.data();
    }
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

/// The same, made one by one; empty where one of them is wrong.
std::vector<std::uint32_t> made_one_by_one(RowMaker& maker, SomeNodes& nodes, std::uint64_t words) {
  std::vector<std::uint32_t> found(words * SmallRows::kRows, 7);
  try {
    for (std::uint32_t i = 0; i < SmallRows::kRows; ++i)
      maker.make(nodes.rows(), i, {0, nodes.depths[i]}, std::span(found).subspan(i * words, words));
  } catch (const std::exception&) {
    return {};
  }
  return found;
}

struct SmallRowsOf {
  std::uint32_t alphabet;
  Algorithm algorithm;
  RowKind kind;
  bool own_masses;
  std::optional<double> kappa;
  double bound = 0;  ///< of S/w, where it is stated
};

/// Compares `repeats` times, and counts how often one of the rows was wrong.
int compare_small_rows(const SmallRowsOf& of, int repeats, std::mt19937_64& random) {
  OracleTraits traits;
  traits.alphabet = of.alphabet;
  traits.horizon = 4;
  traits.rows = of.kind;
  traits.kappa = of.kappa;
  if (of.bound > 0) traits.ratio_bound.assign(traits.horizon, of.bound);
  const kernels::Walk walk = walk_of(of.algorithm);
  const ModelOracle oracle =
      make_model_oracle(std::make_shared<Named>(traits), walk, Correction::kNone, of.own_masses);
  const std::uint64_t words = RowMaker::node_words(oracle, walk);
  RowMaker portable(oracle, walk, Simd::kScalar);
  int refused = 0;
  for (int repeat = 0; repeat < repeats; ++repeat) {
    SomeNodes nodes(of.kind, of.alphabet, random);
    EXPECT_TRUE(made_at_once(portable, nodes, words).empty());
    const std::vector<std::uint32_t> expected = made_one_by_one(portable, nodes, words);
    refused += expected.empty() ? 1 : 0;
    // One that is wrong leaves all of them to whoever says what is wrong.
    SomeNodes wrong = nodes;
    const double bad = repeat % 4 < 2 ? -1.0 : std::nan("");
    (repeat % 2 == 0 ? wrong.masses : wrong.own)[3] = bad;
    wrong.logs[3] = repeat % 2 == 0 ? std::numeric_limits<float>::infinity() : std::nanf("");
    wrong.depths[3] = 1;
    SomeNodes dead = nodes;
    dead.depths[2] = 0;
    for (std::uint32_t c = 0; c < of.alphabet; ++c) {
      dead.masses[2 * of.alphabet + c] = 0;
      dead.logs[2 * of.alphabet + c] = -std::numeric_limits<float>::infinity();
    }
    for (const Simd simd : kWide) {
      if (!cpu_has(simd)) continue;
      RowMaker wide(oracle, walk, simd);
      EXPECT_EQ(made_at_once(wide, nodes, words), expected) << "A " << of.alphabet;
      EXPECT_TRUE(made_at_once(wide, wrong, words).empty()) << "A " << of.alphabet;
      EXPECT_TRUE(made_at_once(wide, dead, words).empty()) << "A " << of.alphabet;
    }
  }
  return refused;
}

TEST(LockstepLanes, RowsOfFewSymbolsMadeAtOnceHaveTheWordsOfThePortableBody) {
  std::mt19937_64 random(2);
  for (const std::uint32_t alphabet : {2U, 3U, 4U})
    for (const Algorithm algorithm :
         {Algorithm::kJerrumSinclair, Algorithm::kLifted, Algorithm::kSequential}) {
      using enum RowKind;
      EXPECT_EQ(compare_small_rows({alphabet, algorithm, kMass, true, {}}, 200, random), 0);
      EXPECT_EQ(compare_small_rows({alphabet, algorithm, kLogRatio, true, {}}, 200, random), 0);
      EXPECT_EQ(compare_small_rows({alphabet, algorithm, kLogRatio, false, {}}, 200, random), 0);
      // Of a kappa that is now and then one row's too small.
      const int refused =
          compare_small_rows({alphabet, algorithm, kLogRatio, false, 1e300}, 200, random);
      EXPECT_GT(refused, 20);
      EXPECT_LT(refused, 200);
      // And of a bound.
      for (const RowKind kind : {kMass, kLogRatio}) {
        const int beyond =
            compare_small_rows({alphabet, algorithm, kind, true, {}, 40}, 200, random);
        EXPECT_GT(beyond, 20);
        EXPECT_LT(beyond, 200);
      }
    }
}

struct Ran {
  std::vector<std::uint32_t> records;
  ChainState state;
  OracleUse use;
};

/// HashOracle, and one symbol more, without mass, that ends a sequence: the same draws, by the walk
/// that special cases need, which has branches and keeps sums along the paths.
class WithDeadEnd final : public BatchOracle {
 public:
  WithDeadEnd(std::uint32_t alphabet, std::uint32_t horizon) : rows_(alphabet, horizon) {
    traits_ = rows_.traits();
    traits_.end = {alphabet};
    ++traits_.alphabet;
  }
  [[nodiscard]] const OracleTraits& traits() const override { return traits_; }
  void expand(std::uint32_t, const OracleBatch& batch, const OracleRows& rows) override {
    for (std::uint32_t i = 0; i < batch.size; ++i) {
      float* row = rows.log_ratio + std::size_t{i} * traits_.alphabet;
      rows_.row({batch.prefix[i], batch.prefix[i] + batch.depth[i]}, row);
      row[traits_.alphabet - 1] = -std::numeric_limits<float>::infinity();
    }
  }

 private:
  HashOracle rows_;
  OracleTraits traits_;
};

struct RunOf {
  Algorithm algorithm;
  std::uint32_t thin;  ///< visits from sample to sample
  std::uint64_t step_budget;
  std::uint64_t expansion_limit;  ///< of a chain; all bits: none
};

/// In rounds of three.
Ran run(const Oracle& oracle, const RunOf& of, Simd simd) {
  constexpr std::uint64_t kChains = 37;
  LockstepOptions options;
  options.threads = 1;
  options.simd = simd;
  LockstepEngine engine(std::get<ModelOracle>(oracle), walk_of(of.algorithm),
                        chains_at_root(oracle, kChains, of.thin), options);
  kernels::RunLimits limits = one_round(5, 9);
  limits.thin = of.thin;
  limits.round_size = 3;
  limits.step_budget = of.step_budget;
  limits.expansion_limit = of.expansion_limit;
  limits.expansion_limit_remainder = kChains / 2;
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

/// Runs of the walk without branches, at each width, and one of the walk with them.
void expect_same_runs(const Oracle& oracle, const Oracle& with_branches, const RunOf& of,
                      const std::string& name) {
  const Ran branching = run(with_branches, of, Simd::kScalar);
  for (const Simd simd : {Simd::kScalar, Simd::kAvx2, Simd::kAvx512}) {
    if (!cpu_has(simd)) continue;
    const Ran found = run(oracle, of, simd);
    const std::string what = std::string(to_string(simd)) + " thin " + std::to_string(of.thin) +
                             " budget " + std::to_string(of.step_budget) + " limit " +
                             std::to_string(of.expansion_limit) + " " +
                             std::string(to_string(of.algorithm)) + " " + name;
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

// Few symbols are walked in lanes, and sums are added up at the leaves, where the instance does not
// tell a sequence's mass by itself.
TEST(LockstepLanes, RunsAreThoseOfTheWalkWithBranches) {
  constexpr std::uint64_t kNoLimit = ~std::uint64_t{0};
  for (const std::uint32_t alphabet : {2U, 3U, 4U, 9U, 40U})
    for (const std::uint32_t horizon : {1U, 2U, 9U})
      for (const Algorithm algorithm :
           {Algorithm::kJerrumSinclair, Algorithm::kLifted, Algorithm::kSequential})
        for (const bool own_masses : {false, true}) {
          const kernels::Walk walk = walk_of(algorithm);
          const Oracle oracle = make_model_oracle(std::make_shared<HashOracle>(alphabet, horizon),
                                                  walk, Correction::kNone, own_masses);
          // Rows of two and three, of nine and forty have room for a symbol more. Those of four are
          // held against the walk without lanes.
          std::shared_ptr<BatchOracle> other = std::make_shared<WithDeadEnd>(alphabet, horizon);
          if (alphabet == 4) other = std::make_shared<HashOracle>(alphabet, horizon);
          const Oracle with_branches =
              make_model_oracle(other, walk, Correction::kNone, own_masses);
          const std::string name = "A " + std::to_string(alphabet) + " H " +
                                   std::to_string(horizon) + (own_masses ? " without sums" : "");
          for (const std::uint32_t thin : {1U, 3U})
            for (const std::uint64_t budget : {1ULL, 7ULL, 25ULL, 1ULL << 20U})
              expect_same_runs(oracle, with_branches, {algorithm, thin, budget, kNoLimit}, name);
          for (const std::uint64_t limit : {3ULL, 20ULL, 61ULL, 150ULL, 1ULL << 40U})
            expect_same_runs(oracle, with_branches, {algorithm, 3, 1ULL << 20U, limit}, name);
        }
}

}  // namespace
}  // namespace wend::test
