// Draws under trained estimates: the target's law, whatever was trained; the same draws on any
// threads, batches and memos; counters with scouts apart.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "host/instances/instance.hpp"
#include "tests/support/chi_square.hpp"
#include "tests/support/kept_draws.hpp"
#include "tests/support/model_oracles.hpp"
#include "wend/error.hpp"
#include "wend/sample.hpp"

namespace wend::test {
namespace {

// All of this file make some 60 comparisons at this level: one false alarm in 16,000.
constexpr double kLevel = 1e-6;
constexpr std::uint64_t kDraws = 10'000;

using Law = std::map<std::vector<std::uint32_t>, double>;

/// Of all sequences, by what the instance says of their masses.
Law law_of(const Instance& instance) {
  const InstanceFacts& about = facts(instance);
  Law law;
  std::vector<std::uint32_t> leaf(about.horizon, 0);
  for (;;) {
    const double log = log_mass(instance, leaf.data());
    if (!std::isinf(log)) law[leaf] = std::exp(log);
    std::size_t at = leaf.size();
    while (at-- > 0) {
      if (++leaf[at] < about.alphabet) break;
      leaf[at] = 0;
      if (at == 0) return law;
    }
  }
}

double p_of(const Law& law, const KeptDraws& draws, std::uint64_t drawn, std::uint32_t horizon) {
  std::vector<std::uint64_t> counts(law.size());
  std::vector<double> masses;
  for (const auto& [leaf, mass] : law) masses.push_back(mass);
  for (std::uint64_t i = 0; i < drawn; ++i) {
    const auto first = draws.symbols.begin() + static_cast<std::ptrdiff_t>(i * horizon);
    const auto found = law.find({first, first + horizon});
    if (found == law.end()) return 0;
    ++counts[static_cast<std::size_t>(std::distance(law.begin(), found))];
  }
  return chi_square_p(counts, masses);
}

SampleOptions options_of(Algorithm algorithm, Adapt adapt) {
  SampleOptions options;
  options.algorithm = algorithm;
  options.adapt = adapt;
  options.samples = kDraws;
  options.chains = kDraws;  // independent of each other
  options.seed = 20261127;
  options.threads = 2;
  options.memo_bytes = 1U << 22U;
  return options;
}

struct Target {
  std::string name;
  std::shared_ptr<const Instance> instance;
  Law law;
};

Target asked(const std::string& name, std::uint32_t alphabet, std::uint32_t horizon,
             std::vector<std::uint32_t> end, double spread, std::uint32_t buckets) {
  /// Names buckets of its own: the sum of a prefix's symbols.
  class Bucketed final : public HashOracle {
   public:
    using HashOracle::HashOracle;
    void expand(std::uint32_t context, const OracleBatch& batch, const OracleRows& rows) override {
      HashOracle::expand(context, batch, rows);
      if (rows.bucket == nullptr) return;
      for (std::uint32_t i = 0; i < batch.size; ++i) {
        std::uint32_t sum = 0;
        for (std::uint32_t h = 0; h < batch.depth[i]; ++h) sum += batch.prefix[i][h];
        rows.own_bucket[i] = sum % traits().buckets;
        for (std::uint32_t c = 0; c < traits().alphabet; ++c)
          rows.bucket[i * traits().alphabet + c] = (sum + c) % traits().buckets;
      }
    }
    // Of symbols where it names no buckets.
    [[nodiscard]] std::vector<double> bucket_features() const override {
      const OracleTraits& traits = this->traits();
      std::vector<double> features;
      for (std::uint32_t b = 0; b < (traits.buckets == 0 ? traits.alphabet : traits.buckets); ++b)
        for (const double feature : {b / 3.0, b * b / 10.0}) features.push_back(feature);
      return features;
    }
  };
  const auto oracle = std::make_shared<Bucketed>(alphabet, horizon, std::move(end), spread);
  oracle->mutable_traits().buckets = buckets;
  const Law law = oracle->law();
  return {name, make_oracle(oracle), law};
}

Target in_memory(const std::string& name, const std::string& json) {
  // Rows of three symbols.
  static const std::vector<double> kWeights = {1, 3, 2, 4, 1, 1, 2, 2, 5};
  InstanceDocument document;
  document.json = json;
  document.arrays["t"] = {InstanceArray::Type::kF8, {3, 3}, kWeights.data()};
  auto instance = make_instance(document);
  Law law = law_of(*instance);
  return {name, std::move(instance), std::move(law)};
}

std::vector<Target> targets() {
  std::vector<Target> all;
  all.push_back(asked("asked", 3, 5, {}, 6, 0));
  all.push_back(asked("with ends", 4, 6, {1}, 5, 0));
  all.push_back(asked("with buckets", 2, 8, {}, 7, 5));
  all.push_back(in_memory("tree", R"({"wend": 1, "kind": "tree", "alphabet": 2, "horizon": 4,
      "leaf_mass": [1, 2, 3, 0, 5, 0, 0, 8, 9, 1, 0.5, 12, 3, 4, 0, 6],
      "estimate": {"kind": "noise", "model": "sign", "kappa": 3, "seed": 2}})"));
  all.push_back(in_memory("rounded", R"({"wend": 1, "kind": "knapsack",
      "weights": [3, 5, 7, 4, 2, 6, 8], "capacity": 16, "values": [1, 2, 3, 1, 0.5, 2, 2],
      "temperature": 1.5, "estimate": {"kind": "rounded", "kappa": 1000}})"));
  all.push_back(in_memory("exact knapsack", R"({"wend": 1, "kind": "knapsack",
      "weights": [3, 5, 7, 4, 2, 6, 8], "capacity": 16,
      "estimate": {"kind": "noise", "model": "iid", "kappa": 8, "seed": 5}})"));
  all.push_back(in_memory("ngram", R"({"wend": 1, "kind": "ngram", "order": 2, "horizon": 7,
      "transition": {"array": "t"}, "forbid": [[0, 1]], "require": [[2, 2]],
      "estimate": {"kind": "lookahead", "depth": 1}})"));
  return all;
}

const std::vector<Target>& all_targets() {
  static const std::vector<Target> kTargets = targets();
  return kTargets;
}

using Case = std::tuple<std::size_t, Algorithm, Adapt>;

class AdaptedLawOf : public testing::TestWithParam<Case> {};

TEST_P(AdaptedLawOf, IsTheTarget) {
  const auto& [number, algorithm, adapt] = GetParam();
  const Target& target = all_targets()[number];
  const std::uint32_t horizon = facts(*target.instance).horizon;
  if (target.name == "tree" && adapt == Adapt::kBucket) return;  // below: last symbols
  if (adapt == Adapt::kFeatures && target.name != "with buckets" && target.name != "rounded")
    return;
  SampleOptions options = options_of(algorithm, adapt);
  // As many as are enough for all of these; what is proven or measured of some is far more.
  options.visits = Visits::kFixed;
  options.fixed_visits = 200;
  const Ran ran(*target.instance, options);
  ASSERT_TRUE(ran.result.adaptation);
  EXPECT_GE(ran.result.adaptation->stages, 1U);
  EXPECT_GT(ran.result.adaptation->queries, 0U);
  EXPECT_GT(p_of(target.law, ran.draws, kDraws, horizon), kLevel)
      << target.name << ", by " << ran.result.adaptation->family << ", " << ran.result.first_visits
      << " visits: " << ran.result.guarantee.why;
}

INSTANTIATE_TEST_SUITE_P(All, AdaptedLawOf,
                         testing::Combine(testing::Range<std::size_t>(0, 7),
                                          testing::Values(Algorithm::kJerrumSinclair,
                                                          Algorithm::kLifted),
                                          testing::Values(Adapt::kAuto, Adapt::kDepth,
                                                          Adapt::kBucket, Adapt::kFeatures)));

// That the test would see it: draws by the trained estimate alone, forward, are not the target's.
TEST(AdaptedLaw, OfTooFewVisitsIsSeen) {
  const Target& target = all_targets()[0];
  SampleOptions options = options_of(Algorithm::kLifted, Adapt::kDepth);
  options.visits = Visits::kFixed;
  options.fixed_visits = 1;
  options.scouts = 4;
  const Ran ran(*target.instance, options);
  EXPECT_LT(p_of(target.law, ran.draws, kDraws, 5), kLevel);
}

// Rows under training are masses on a scale of their own, the root's too.
TEST(AdaptedLaw, MassesOfDrawsAreTheTargets) {
  for (const std::size_t number :
       {std::size_t{0}, std::size_t{1}, std::size_t{2}, std::size_t{4}}) {
    const Target& target = all_targets()[number];
    const Instance& instance = *target.instance;
    const std::uint32_t horizon = facts(instance).horizon;
    double log_z = 0;
    for (const auto& [leaf, mass] : target.law) log_z += std::exp(log_mass(instance, leaf.data()));
    log_z = std::log(log_z);
    SampleOptions options = options_of(Algorithm::kLifted, Adapt::kDepth);
    options.samples = options.chains.emplace(500);
    options.visits = Visits::kFixed;
    options.fixed_visits = 3;
    for (const std::uint64_t scouts : {std::uint64_t{5}, std::uint64_t{2000}}) {
      options.scouts = scouts;
      const Ran ran(instance, options);
      for (std::uint64_t i = 0; i < options.samples; ++i)
        EXPECT_NEAR(ran.draws.log_mass[i], log_mass(instance, &ran.draws.symbols[i * horizon]),
                    1e-5)
            << target.name << ", " << scouts;
      const std::optional<double> drawn = ran.result.adaptation->log_mass_drawn;
      ASSERT_EQ(drawn.has_value(), facts(instance).asked);
      if (!drawn) continue;
      std::map<std::vector<std::uint32_t>, double> held;
      for (std::uint64_t i = 0; i < options.samples; ++i) {
        const std::uint32_t* leaf = &ran.draws.symbols[i * horizon];
        held[{leaf, leaf + horizon}] = std::exp(log_mass(instance, leaf));
      }
      double sum = 0;
      for (const auto& [leaf, mass] : held) sum += mass;
      EXPECT_LE(*drawn, std::log(sum));
      EXPECT_NEAR(*drawn, std::log(sum), 1e-4);
      EXPECT_LT(*drawn, log_z);
    }
  }
}

TEST(AdaptedLaw, FamiliesOfFeaturesAreTried) {
  SampleOptions options = options_of(Algorithm::kLifted, Adapt::kFeatures);
  options.samples = 2000;
  options.chains = 2000;
  const auto names = [&](const Target& target) {
    const Ran ran(*target.instance, options);
    EXPECT_NE(ran.result.adaptation->family.find("features of"), std::string::npos)
        << ran.result.adaptation->family;
    std::set<std::string> found;
    for (const AdaptedFamily& family : ran.result.adaptation->families) found.insert(family.name);
    return found;
  };
  EXPECT_EQ(
      names(all_targets()[2]),
      (std::set<std::string>{"untrained", "explored, depth and features of the oracle's buckets",
                             "explored, depth and a network of features of the oracle's buckets"}));
  EXPECT_EQ(
      names(all_targets()[4]),
      (std::set<std::string>{"untrained", "depth and features of remaining capacity",
                             "depth and features of remaining capacity, tilted",
                             "depth and a network of features of remaining capacity",
                             "depth and a network of features of remaining capacity, tilted"}));
}

TEST(AdaptedLaw, DoesNotDependOnThreadsBatchesOrMemo) {
  for (const std::size_t number : {std::size_t{1}, std::size_t{4}, std::size_t{6}}) {
    const Target& target = all_targets()[number];
    SampleOptions options = options_of(Algorithm::kLifted, Adapt::kAuto);
    options.samples = 500;
    options.chains = 50;
    options.threads = 1;
    const Ran one(*target.instance, options);
    for (const unsigned threads : {2U, 7U}) {
      options.threads = threads;
      options.max_batch = threads;
      options.memo_bytes = std::uint64_t{1} << (18U + threads);
      const Ran other(*target.instance, options);
      EXPECT_EQ(one.draws, other.draws) << target.name << ", " << threads << " threads";
      EXPECT_EQ(one.result.adaptation->family, other.result.adaptation->family);
      EXPECT_EQ(one.result.adaptation->queries, other.result.adaptation->queries);
      EXPECT_EQ(one.result.totals.queries, other.result.totals.queries);
    }
  }
}

TEST(AdaptedLaw, CountsWhatScoutsExploredApart) {
  SampleOptions options = options_of(Algorithm::kLifted, Adapt::kDepth);
  options.samples = 2000;
  options.chains = 100;
  const Ran ran(*all_targets()[1].instance, options);
  const OracleUse& use = *ran.result.oracle_use;
  EXPECT_EQ(use.evaluations + use.scouted + use.memo_hits + use.path_hits + use.shared,
            ran.result.totals.expansions + use.repeats);
  EXPECT_GT(use.scouted, 0U);
  const Adaptation& found = *ran.result.adaptation;
  EXPECT_GE(found.queries, found.evaluations * 4);
  double total = 0;
  for (const auto& [leaf, mass] : all_targets()[1].law) total += mass;
  ASSERT_TRUE(found.log_mass_known);
  EXPECT_LE(*found.log_mass_known, std::log(total) + 1e-6);
  EXPECT_GT(*found.log_mass_known, std::log(total) - 3);
}

TEST(AdaptedLaw, ScoutsTakeAnEighthOfABudget) {
  for (const std::size_t number : {std::size_t{0}, std::size_t{4}, std::size_t{6}}) {
    for (const std::uint64_t most :
         std::initializer_list<std::uint64_t>{1, 60, 1000, 5000, 20'000, 400'000}) {
      SampleOptions options = options_of(Algorithm::kLifted, Adapt::kAuto);
      options.samples = 1'000'000;
      options.chains = 100;
      options.max_queries = most;
      const Ran ran(*all_targets()[number].instance, options);
      EXPECT_TRUE(ran.result.budget_spent);
      const SampleResult& result = ran.result;
      const std::string name = fmt::format("{}, {}", all_targets()[number].name, most);
      EXPECT_LE(result.adaptation->queries, most / 8) << name;
      // The roots of all chains are asked for in any case.
      const std::uint64_t roots =
          100 * std::uint64_t{facts(*all_targets()[number].instance).alphabet};
      EXPECT_LE(result.adaptation->queries + result.pilot_queries + result.totals.queries,
                std::max(most, roots + most / 4))
          << name;
      if (most > 10'000) {
        EXPECT_GT(result.totals.queries, most / 2) << name;
      }
    }
  }
}

/// Symbols are even, but that the root hides mass: its last child has 2,000 times the 4e-4 that it
/// is taken for, which a walk finds once in some thousand tours, to stay for as many visits.
class HidingOracle final : public BatchOracle {
 public:
  static constexpr double kTaken = 4e-4;
  static constexpr double kFactor = 2000;
  static constexpr double kShare = kFactor * kTaken / (kFactor * kTaken + 1 - kTaken);

  HidingOracle() {
    traits_.name = "hiding";
    traits_.alphabet = 16;
    traits_.horizon = 4;
    traits_.kappa_by_depth = {kFactor, 1, 1, 1};
    traits_.kappa_why = "it is made so";
  }
  [[nodiscard]] const OracleTraits& traits() const override { return traits_; }
  void expand(std::uint32_t /*context*/, const OracleBatch& batch,
              const OracleRows& rows) override {
    for (std::uint32_t i = 0; i < batch.size; ++i) {
      const bool hidden = batch.depth[i] == 1 && batch.symbol[i] == 15;
      for (std::uint32_t c = 0; c < 16; ++c) {
        const double even = batch.depth[i] > 0 ? (hidden ? kFactor : 1) / 16
                            : c < 15           ? (1 - kTaken) / 15
                                               : kTaken;
        rows.log_ratio[i * 16 + c] = static_cast<float>(std::log(even));
      }
    }
  }

 private:
  OracleTraits traits_;
};

// A claim holds though the first tours of a pilot show nothing, or there is none.
TEST(AdaptedLaw, WhatAPilotHasNotMetIsNotClaimed) {
  const auto instance = make_oracle(std::make_shared<HidingOracle>());
  for (const std::uint64_t seed : std::initializer_list<std::uint64_t>{1, 4, 7, 11}) {
    SampleOptions options = options_of(Algorithm::kLifted, Adapt::kAuto);
    options.seed = seed;
    options.samples = 2000;
    options.chains = 125;
    options.scouts = 100;
    const Ran ran(*instance, options);
    if (ran.result.guarantee.kind == GuaranteeKind::kNone) continue;
    double hidden = 0;
    for (std::uint64_t i = 0; i < options.samples; ++i)
      hidden += ran.draws.symbols[4 * i] == 15 ? 1 : 0;
    const double share = hidden / static_cast<double>(options.samples);
    // Six standard deviations of 125 chains, were all draws of each alike.
    EXPECT_NEAR(share, HidingOracle::kShare, *ran.result.guarantee.tv + 0.27)
        << seed << ": " << ran.result.adaptation->family << ", " << ran.result.guarantee.why;
  }
}

void expect_refused(const SampleOptions& options, const std::string& message) {
  const std::atomic<bool> stop{false};
  try {
    sample(*all_targets()[0].instance, options, nullptr, stop);
    FAIL() << "not refused: " << message;
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    EXPECT_NE(std::string(error.what()).find(message), std::string::npos) << error.what();
  }
}

TEST(AdaptedLaw, OptionsThatDoNotFitAreRefused) {
  const SampleOptions plain = options_of(Algorithm::kLifted, Adapt::kNone);
  SampleOptions options = plain;
  options.adapt_floor = 0.5;
  expect_refused(options, "adapt_floor: needs `adapt`");
  options = plain;
  options.scouts = 10;
  expect_refused(options, "scouts: needs `adapt`");
  options = options_of(Algorithm::kLifted, Adapt::kAuto);
  options.adapt_floor = 0.5;
  expect_refused(options, "adapt_floor: proves nothing");
  options.adapt_floor = 1.5;
  expect_refused(options, "adapt_floor: must be greater than 0 and at most 1, is 1.5");
  options = options_of(Algorithm::kLifted, Adapt::kAuto);
  options.kappa = 2;
  expect_refused(options, "kappa: is said of the untrained estimate");
  options = options_of(Algorithm::kLifted, Adapt::kAuto);
  options.self_test = SelfTest::kPin;
  expect_refused(options, "adapt = auto: needs an oracle");
  options = options_of(Algorithm::kSequential, Adapt::kDepth);
  options.correction = Correction::kWeight;
  expect_refused(options,
                 "adapt = depth: does not go with `algorithm = sequential`: it trains estimates "
                 "for the walks");
}

}  // namespace
}  // namespace wend::test
