// Oracles of a user's own: the law of the draws, sequences that end early, the masses and weights
// that come with them, what an oracle is told, and what is said of one that cannot be right.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <functional>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "tests/support/chi_square.hpp"
#include "tests/support/kept_draws.hpp"
#include "tests/support/model_oracles.hpp"
#include "wend/error.hpp"
#include "wend/sample.hpp"

namespace wend::test {
namespace {

// Each of the tests below makes at most 20 comparisons at this level: one false alarm in 50,000.
constexpr double kLevel = 1e-6;

SampleOptions options_of(Algorithm algorithm, std::uint64_t samples) {
  SampleOptions options;
  options.algorithm = algorithm;
  options.samples = samples;
  options.chains = algorithm == Algorithm::kSequential ? 200 : samples;
  options.seed = 20261126;
  options.threads = 2;
  options.memo_bytes = 1U << 20U;
  if (algorithm != Algorithm::kSequential) {
    options.visits = Visits::kFixed;
    options.fixed_visits = 40;
  }
  return options;
}

struct Law {
  std::vector<std::vector<std::uint32_t>> leaves;
  std::vector<double> masses;

  explicit Law(const HashOracle& oracle) {
    for (const auto& [leaf, mass] : oracle.law()) {
      leaves.push_back(leaf);
      masses.push_back(mass);
    }
  }
  [[nodiscard]] std::size_t number(const std::uint32_t* symbols, std::uint32_t horizon) const {
    const std::vector<std::uint32_t> leaf(symbols, symbols + horizon);
    const auto found = std::ranges::lower_bound(leaves, leaf);
    if (found == leaves.end() || *found != leaf) return leaves.size();
    return static_cast<std::size_t>(found - leaves.begin());
  }
};

std::vector<std::uint64_t> counts_of(const Law& law, const KeptDraws& draws, std::uint64_t drawn,
                                     std::uint32_t horizon) {
  std::vector<std::uint64_t> counts(law.leaves.size());
  for (std::uint64_t i = 0; i < drawn; ++i)
    ++counts.at(law.number(&draws.symbols[i * horizon], horizon));
  return counts;
}

struct Shape {
  std::uint32_t alphabet;
  std::uint32_t horizon;
  std::vector<std::uint32_t> end;
};
const Shape kShapes[] = {{2, 5, {}}, {3, 4, {2}}, {4, 4, {0, 3}}, {6, 3, {5}}, {3, 5, {1}}};

TEST(ModelOracle, WalksDrawTheLawWithItsMasses) {
  for (const Algorithm algorithm : {Algorithm::kJerrumSinclair, Algorithm::kLifted}) {
    for (const auto& [alphabet, horizon, end] : kShapes) {
      const auto oracle = std::make_shared<HashOracle>(alphabet, horizon, end);
      const Law law(*oracle);
      const auto instance = make_oracle(oracle);
      const Ran ran(*instance, options_of(algorithm, 20'000));
      const std::string what = std::to_string(alphabet) + ", " + std::to_string(horizon) + ", " +
                               std::string(to_string(algorithm));
      EXPECT_GT(chi_square_p(counts_of(law, ran.draws, 20'000, horizon), law.masses), kLevel)
          << what;
      for (std::uint64_t i = 0; i < 2000; ++i) {
        const std::uint32_t* symbols = &ran.draws.symbols[i * horizon];
        EXPECT_NEAR(ran.draws.log_mass[i], std::log(law.masses[law.number(symbols, horizon)]), 1e-9)
            << what;
        if (i < 20) {
          EXPECT_NEAR(ran.draws.log_mass[i], log_mass(*instance, symbols), 1e-12) << what;
        }
      }
      // All leaves of the reversible walk lie at one parity, so that it is positive semidefinite.
      if (algorithm == Algorithm::kJerrumSinclair) {
        for (const std::uint32_t depth : ran.result.state.depth) {
          EXPECT_EQ(depth % 2, horizon % 2) << what;
        }
      }
      if (!end.empty() && algorithm == Algorithm::kJerrumSinclair) {
        EXPECT_GT(*std::ranges::max_element(ran.result.state.dummy_moves), 0U);
      }
    }
  }
}

TEST(ModelOracle, SequentialDrawsWithEachCorrection) {
  for (const auto& [alphabet, horizon, end] : kShapes) {
    const auto oracle = std::make_shared<HashOracle>(alphabet, horizon, end);
    oracle->mutable_traits().ratio_bound.assign(horizon, 4.0);  // e^(1 + some)
    const Law law(*oracle);
    const auto instance = make_oracle(oracle);
    const std::string what = std::to_string(alphabet) + ", " + std::to_string(horizon);

    const Ran rejected(*instance, options_of(Algorithm::kSequential, 20'000));
    EXPECT_GT(chi_square_p(counts_of(law, rejected.draws, 20'000, horizon), law.masses), kLevel)
        << what;
    EXPECT_GT(rejected.result.totals.rejected, 0U) << what;

    SampleOptions weighted = options_of(Algorithm::kSequential, 20'000);
    weighted.correction = Correction::kWeight;
    const Ran ran(*instance, weighted);
    // g / q, whose mean is Z, and which with the counts tells the law.
    double total = 0;
    for (const double mass : law.masses) total += mass;
    double sum = 0;
    double squares = 0;
    for (const double weight : ran.draws.log_weight) {
      sum += std::exp(weight);
      squares += std::exp(2 * weight);
    }
    const double mean = sum / 20'000;
    const double error = std::sqrt((squares / 20'000 - mean * mean) / 20'000);
    EXPECT_NEAR(mean, total, 6 * error + 1e-9) << what;
    EXPECT_NEAR(
        ran.draws.log_weight[7],
        [&] {
          SampleOptions none = weighted;
          none.engine = EngineKind::kLockstep;
          return Ran(*instance, none).draws.log_weight[7];
        }(),
        0)
        << what;
  }
}

TEST(ModelOracle, NothingButTheMemosSizeChangesEvaluations) {
  const auto oracle = [] { return std::make_shared<HashOracle>(5, 7, std::vector{4U}); };
  SampleOptions options = options_of(Algorithm::kLifted, 400);
  options.chains = 57;
  options.memo_bytes = 0;
  const Ran first(*make_oracle(oracle()), options);
  for (const auto& [threads, batch, contexts] :
       {std::tuple{1U, 1U, 1U}, {3U, 7U, 1U}, {2U, 0U, 4U}, {1U, 3U, 3U}}) {
    const auto other = oracle();
    other->mutable_traits().contexts = contexts;
    other->mutable_traits().max_batch = batch;
    SampleOptions again = options;
    again.threads = threads == 2 ? 1 : threads;  // HashOracle's checks are not for threads
    const Ran ran(*make_oracle(other), again);
    EXPECT_TRUE(ran.draws == first.draws);
    EXPECT_EQ(ran.result.oracle_use->evaluations, first.result.oracle_use->evaluations);
    if (batch == 1) {
      EXPECT_EQ(ran.result.oracle_use->batches, ran.result.oracle_use->evaluations);
    }
  }
  options.memo_bytes = 1U << 22U;
  const Ran remembered(*make_oracle(oracle()), options);
  EXPECT_TRUE(remembered.draws == first.draws);
  EXPECT_LT(remembered.result.oracle_use->evaluations, first.result.oracle_use->evaluations / 2);
  EXPECT_GT(remembered.result.oracle_use->memo_hits, 0U);
}

/// An oracle with something wrong from its `good`-th call on.
class SpoiltOracle final : public HashOracle {
 public:
  using Spoil = std::function<void(const OracleBatch&, const OracleRows&)>;
  SpoiltOracle(std::uint64_t good, Spoil spoil)
      : HashOracle(3, 6), good_(good), spoil_(std::move(spoil)) {}
  void expand(std::uint32_t context, const OracleBatch& batch, const OracleRows& rows) override {
    HashOracle::expand(context, batch, rows);
    if (calls_++ >= good_) spoil_(batch, rows);
  }

 private:
  std::uint64_t good_;
  Spoil spoil_;
  std::uint64_t calls_ = 0;
};

TEST(ModelOracle, WhatNoEstimateCanBeEndsTheRunAndLosesNothing) {
  struct Case {
    SpoiltOracle::Spoil spoil;
    std::vector<std::string> words;
  };
  const Case cases[] = {
      {[](const OracleBatch&, const OracleRows& rows) { rows.log_ratio[1] = NAN; },
       {"chain", "depth", "symbol 1", "nan"}},
      {[](const OracleBatch&, const OracleRows& rows) { rows.log_ratio[2] = INFINITY; },
       {"chain", "depth", "symbol 2", "inf"}},
      {[](const OracleBatch&, const OracleRows&) { throw std::runtime_error("out of tokens"); },
       {"hash", "out of tokens"}},
      {[](const OracleBatch&, const OracleRows&) { throw 7; }, {"no exception"}}};
  for (const auto& [spoil, words] : cases) {
    const auto instance = make_oracle(std::make_shared<SpoiltOracle>(400, spoil));
    SampleOptions options = options_of(Algorithm::kLifted, 3000);
    options.chains = 5;
    options.memo_bytes = 0;
    options.fixed_visits = 2;
    const Ran ran(*instance, options);
    EXPECT_TRUE(ran.result.partial);
    EXPECT_GT(ran.result.drawn, 20U);
    EXPECT_LT(ran.result.drawn, 3000U);
    for (const std::string& word : words)
      EXPECT_NE(ran.result.failure.find(word), std::string::npos) << ran.result.failure;
  }
}

TEST(ModelOracle, ABrokenKappaIsNamed) {
  const auto oracle = std::make_shared<HashOracle>(4, 5);
  oracle->mutable_traits().kappa = 1.01;
  SampleOptions options = options_of(Algorithm::kLifted, 100);
  const Ran ran(*make_oracle(oracle), options);
  EXPECT_NE(ran.result.failure.find("breaks kappa 1.01"), std::string::npos) << ran.result.failure;
  EXPECT_EQ(ran.result.drawn, 0U);
}

TEST(ModelOracle, ARootWithoutChildrenIsRefused) {
  const auto instance = make_oracle(
      std::make_shared<SpoiltOracle>(0, [](const OracleBatch& batch, const OracleRows& rows) {
        for (std::uint32_t i = 0; i < batch.size; ++i)
          if (batch.depth[i] == 0) std::fill_n(rows.log_ratio + i * 3, 3, kNothing);
      }));
  const Ran ran(*instance, options_of(Algorithm::kLifted, 100));
  EXPECT_NE(ran.result.failure.find("no child of the root"), std::string::npos);
}

TEST(ModelOracle, DeadEndsAreNoError) {
  // Every second node of depth 2 has no children at all.
  class DeadEnds final : public HashOracle {
   public:
    DeadEnds() : HashOracle(2, 4) {}
    void expand(std::uint32_t context, const OracleBatch& batch, const OracleRows& rows) override {
      HashOracle::expand(context, batch, rows);
      for (std::uint32_t i = 0; i < batch.size; ++i)
        if (batch.depth[i] == 2 && batch.prefix[i][1] == 1)
          std::fill_n(rows.log_ratio + i * 2, 2, kNothing);
    }
  };
  for (const Algorithm algorithm :
       {Algorithm::kJerrumSinclair, Algorithm::kLifted, Algorithm::kSequential}) {
    SampleOptions options = options_of(algorithm, 500);
    if (algorithm == Algorithm::kSequential) options.correction = Correction::kWeight;
    const Ran ran(*make_oracle(std::make_shared<DeadEnds>()), options);
    EXPECT_EQ(ran.result.failure, "");
    for (std::uint64_t i = 0; i < 500; ++i) EXPECT_EQ(ran.draws.symbols[i * 4 + 1], 0);
  }
}

/// The estimates of one slot, or of one size of batch, are others.
TEST(ModelOracle, TheSelfTestSeesWhatIsNoFunctionOfThePrefix) {
  const SpoiltOracle::Spoil spoils[] = {
      [](const OracleBatch& batch, const OracleRows& rows) {
        for (std::uint32_t i = 0; i < batch.size; ++i)
          if (batch.slot[i] == 1) rows.log_ratio[i * 3] += 1e-6F;
      },
      [](const OracleBatch& batch, const OracleRows& rows) {
        if (batch.size > 1) rows.log_ratio[0] += 1e-6F;
      },
      [](const OracleBatch& batch, const OracleRows& rows) {
        if (batch.known[0] > 0 && batch.known[0] == batch.depth[0]) rows.log_ratio[0] += 1e-6F;
      }};
  for (const auto& spoil : spoils) {
    const auto instance = make_oracle(std::make_shared<SpoiltOracle>(0, spoil));
    SampleOptions options = options_of(Algorithm::kLifted, 100);
    try {
      const Ran ran(*instance, options);
      ADD_FAILURE() << "not seen";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kRuntime);
      EXPECT_NE(std::string(error.what()).find("a function of the prefix alone"),
                std::string::npos);
    }
    options.self_test = SelfTest::kOff;
    EXPECT_EQ(Ran(*instance, options).result.drawn, 100U);
  }
}

TEST(ModelOracle, TraitsThatDoNotFitAreRefused) {
  struct Case {
    std::function<void(OracleTraits&)> change;
    std::string words;
  };
  const Case cases[] = {
      {[](OracleTraits& t) { t.alphabet = 1; }, "alphabet: must be 2 to 262144, is 1"},
      {[](OracleTraits& t) { t.horizon = 0; }, "horizon: must be 1 to 65535, is 0"},
      {[](OracleTraits& t) { t.end = {9}; }, "end: 9 is no symbol of an alphabet of 3"},
      {[](OracleTraits& t) { t.kappa = 0.5; }, "kappa: must be a finite number of at least 1"},
      {[](OracleTraits& t) { t.kappa_by_depth = {1.0}; }, "kappa_by_depth has 1 numbers"},
      {[](OracleTraits& t) { t.kappa_by_depth.assign(6, 2.0); },
       "ends with 2, but leaves are exact"},
      {[](OracleTraits& t) { t.ratio_bound.assign(6, NAN); }, "ratio_bound: nan"},
      {[](OracleTraits& t) { t.contexts = 0; }, "contexts: must be at least 1"},
      {[](OracleTraits& t) { t.symbol_names = {"a"}; }, "symbol_names: 1 names for 3 symbols"}};
  for (const auto& [change, words] : cases) {
    const auto oracle = std::make_shared<HashOracle>(3, 6);
    change(oracle->mutable_traits());
    try {
      static_cast<void>(make_oracle(oracle));
      ADD_FAILURE() << words;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kUsage);
      EXPECT_NE(std::string(error.what()).find(words), std::string::npos) << error.what();
    }
  }
}

TEST(ModelOracle, WhatCannotBeDoneIsRefused) {
  const auto oracle = std::make_shared<HashOracle>(3, 6);
  oracle->mutable_traits().most_slots = 10;
  const auto instance = make_oracle(oracle);
  const auto refused = [&](const SampleOptions& options) {
    try {
      const Ran ran(*instance, options);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kUsage);
      return std::string(error.what());
    }
    return std::string("not refused");
  };
  SampleOptions options = options_of(Algorithm::kLifted, 100);
  EXPECT_EQ(refused(options), "chains: 100, but the oracle \"hash\" keeps no more than 10 apart");
  options.chains = 10;
  SampleOptions other = options;
  other.engine = EngineKind::kFused;
  EXPECT_EQ(refused(other), "engine = fused: the oracle \"hash\" has no tables");
  other = options;
  other.visits = Visits::kProven;
  EXPECT_NE(refused(other).find("nothing is known of how fast the walk mixes"), std::string::npos);
  other = options_of(Algorithm::kSequential, 100);
  other.chains = 10;
  EXPECT_EQ(refused(other),
            "correction = reject: the oracle \"hash\" states no ratio_bound to reject by");
}

/// Rows as large and as peaked as a language model's: most of the mass on a few of 49,152
/// symbols, the rest by a power law.
class PeakedOracle final : public BatchOracle {
 public:
  PeakedOracle() {
    traits_.name = "peaked";
    traits_.alphabet = 49'152;
    traits_.horizon = 12;
    double sum = 0;
    for (std::uint32_t rank = 0; rank < traits_.alphabet; ++rank) sum += mass(rank);
    for (std::uint32_t rank = 0; rank < traits_.alphabet; ++rank)
      by_rank_.push_back(static_cast<float>(std::log(mass(rank) / sum)));
  }
  [[nodiscard]] const OracleTraits& traits() const override { return traits_; }
  void expand(std::uint32_t, const OracleBatch& batch, const OracleRows& rows) override {
    for (std::uint32_t i = 0; i < batch.size; ++i) {
      std::uint64_t hash = 0;
      for (std::uint32_t h = 0; h < batch.depth[i]; ++h)
        hash = kernels::extend_prefix(hash, batch.prefix[i][h]);
      const auto shift = static_cast<std::uint32_t>(hash % traits_.alphabet);
      float* row = rows.log_ratio + std::size_t{i} * traits_.alphabet;
      std::ranges::rotate_copy(by_rank_, by_rank_.end() - shift, row);
    }
  }

 private:
  static double mass(std::uint32_t rank) { return std::pow(rank + 1.0, -5.0); }
  OracleTraits traits_;
  std::vector<float> by_rank_;
};

TEST(ModelOracle, TheMemoAnswersMostOfWhatAPeakedModelIsAsked) {
  // 32 chains, twelve draws each; then four times as many.
  const auto use_of = [](std::uint64_t draws) {
    SampleOptions options = options_of(Algorithm::kLifted, 32 * draws);
    options.chains = 32;
    options.fixed_visits = 1;
    options.memo_bytes = std::uint64_t{1} << 30U;
    options.self_test = SelfTest::kOff;
    return Ran(*make_oracle(std::make_shared<PeakedOracle>()), options).result;
  };
  const SampleResult few = use_of(12);
  const SampleResult many = use_of(48);
  const auto more = static_cast<double>(many.oracle_use->evaluations - few.oracle_use->evaluations);
  const auto visits = static_cast<double>(many.totals.leaf_visits - few.totals.leaf_visits);
  EXPECT_LT(more / visits, 1.2) << many.oracle_use->evaluations << " evaluations";
}

TEST(ModelOracle, AStatedKappaIsAProvenGuarantee) {
  // Ratios of exactly 1/2: the estimate is exact.
  class Halves final : public HashOracle {
   public:
    Halves() : HashOracle(2, 8) { mutable_traits().kappa = 1; }
    void expand(std::uint32_t, const OracleBatch& batch, const OracleRows& rows) override {
      std::fill_n(rows.log_ratio, 2 * batch.size, std::log(0.5F));
    }
  };
  SampleOptions options = options_of(Algorithm::kLifted, 2000);
  options.visits = Visits::kDefault;
  const Ran ran(*make_oracle(std::make_shared<Halves>()), options);
  EXPECT_EQ(ran.result.guarantee.kind, GuaranteeKind::kProven);
  EXPECT_LT(ran.result.guarantee.tv.value(), 0.0101);
}

}  // namespace
}  // namespace wend::test
