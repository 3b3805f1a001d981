// Products of a base oracle and potentials: the law of the draws by enumeration, what is known of
// the product, and parts that do not fit.
#include "host/oracles/guided.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "host/instances/instance.hpp"
#include "tests/support/chi_square.hpp"
#include "tests/support/kept_draws.hpp"
#include "tests/support/potentials.hpp"
#include "tests/support/temporary_folder.hpp"
#include "wend/automaton.hpp"
#include "wend/error.hpp"
#include "wend/sample.hpp"

namespace wend::test {
namespace {

using testing::error_of;
using Leaf = decltype(KeptDraws::symbols);
using Potentials = std::vector<std::shared_ptr<Potential>>;

// Each of the tests below makes at most 40 comparisons at this level: one false alarm in 25,000.
constexpr double kLevel = 1e-6;
constexpr std::uint64_t kDraws = 10'000;

/// A base of S <= w: rows that come to more than 1 are shared out.
class BoundedOracle final : public HashOracle {
 public:
  BoundedOracle(std::uint32_t alphabet, std::uint32_t horizon, std::vector<std::uint32_t> end = {})
      : HashOracle(alphabet, horizon, std::move(end)) {
    mutable_traits().ratio_bound.assign(horizon, 1.0);
  }
  void expand(std::uint32_t context, const OracleBatch& batch, const OracleRows& rows) override {
    HashOracle::expand(context, batch, rows);
    const std::uint32_t alphabet = traits().alphabet;
    for (std::uint32_t i = 0; i < batch.size; ++i) {
      const std::span<float> row(rows.log_ratio + i * alphabet, alphabet);
      float sum = 0;
      for (const float ratio : row) sum += std::exp(ratio);
      for (float& ratio : row) ratio -= std::max(0.0F, std::log(sum) + 1e-6F);
    }
  }
};

/// A reward that never rises, 1 at the root; a quarter of the leaves' factors are 0. `falls`: else
/// it goes up and down.
std::shared_ptr<Potential> make_reward(const Leaves& leaves, std::uint64_t salt, bool falls) {
  PotentialTraits traits;
  traits.name = "reward";
  traits.alphabet = leaves.alphabet;
  traits.horizon = leaves.horizon;
  traits.never_rises = falls;
  return std::make_shared<FunctionPotential>(traits, [leaves, salt, falls](const Prefix& prefix) {
    std::uint64_t hash = salt;
    float value = 0;
    for (const std::uint32_t symbol : prefix) {
      hash = kernels::extend_prefix(hash, symbol);
      const auto step = static_cast<float>(unit_of(hash));
      value = falls ? value - 0.4F * step : step - 0.5F;
    }
    if (!prefix.empty() && leaves.complete(prefix) && unit_of(hash ^ 5U) < 0.25) return kNothing;
    return value;
  });
}

/// The product by its definition: masses of leaves, and of all that is below each node.
struct ProductLaw {
  std::map<Leaf, double> leaves;      // padded, with mass or without
  std::map<Prefix, double> mass;      // of all nodes
  std::map<Prefix, double> estimate;  // of all nodes that are ever stood on

  ProductLaw(BatchOracle& base, const Potentials& potentials, const Leaves& shape) : shape_(shape) {
    const Prefix root;
    gather(base, potentials, root, 0.0, 0.0);
  }

 private:
  // `log_base` of the prefix, `log_value` of the potentials there.
  double gather(BatchOracle& base, const Potentials& potentials, const Prefix& prefix,
                double log_base, double log_value) {
    estimate[prefix] = std::exp(log_base + log_value);
    if (shape_.complete(prefix)) {
      Leaf leaf(prefix.begin(), prefix.end());
      leaf.resize(shape_.horizon, leaf.back());
      leaves[leaf] = estimate[prefix];
      return mass[prefix] = estimate[prefix];
    }
    const std::uint32_t zero = 0;
    const auto depth = static_cast<std::uint32_t>(prefix.size());
    const std::uint32_t last = prefix.empty() ? 0 : prefix.back();
    const std::uint32_t* symbols = prefix.data();
    std::vector<float> ratios(shape_.alphabet);
    OracleRows rows;
    rows.log_ratio = ratios.data();
    base.expand(0, {1, &zero, &depth, &last, &zero, &symbols}, rows);
    std::vector<double> values(shape_.alphabet, 0.0);
    for (const auto& potential : potentials) {
      const Answer answer = ask(*potential, shape_.alphabet, prefix);
      for (std::uint32_t c = 0; c < shape_.alphabet; ++c)
        values[c] += static_cast<double>(answer.children[c]);
    }
    double sum = 0;
    Prefix child = prefix;
    child.push_back(0);
    for (std::uint32_t c = 0; c < shape_.alphabet; ++c) {
      child.back() = c;
      sum += gather(base, potentials, child, log_base + static_cast<double>(ratios[c]), values[c]);
    }
    return mass[prefix] = sum;
  }

  Leaves shape_;
};

SampleOptions options_of(Algorithm algorithm, Correction correction = Correction::kReject) {
  SampleOptions options;
  options.algorithm = algorithm;
  options.correction = correction;
  options.samples = kDraws;
  options.chains = algorithm == Algorithm::kSequential ? 200 : kDraws;
  options.seed = 20261126;
  options.threads = 2;
  options.memo_bytes = 1U << 20U;
  if (algorithm != Algorithm::kSequential) {
    options.visits = Visits::kFixed;
    options.fixed_visits = 30;
  }
  return options;
}

SampleOptions options_for(const ProductLaw& law, Algorithm algorithm, Correction correction) {
  SampleOptions options = options_of(algorithm, correction);
  const auto possible = [](const auto& leaf) { return leaf.second > 0; };
  if (std::ranges::count_if(law.leaves, possible) == 1) {  // it takes long, and is always the same
    options.fixed_visits = 1;
    options.samples = 200;
    options.chains = 100;
  }
  return options;
}

void expect_law(const Instance& instance, const ProductLaw& law, Algorithm algorithm,
                const std::string& what) {
  SampleOptions options = options_for(law, algorithm, Correction::kReject);
  // Where w is nowhere less than S, visits of the lifted walk are independent, and few are enough.
  if (!facts(instance).kappa_by_depth.empty() && options.fixed_visits > 1)
    options.fixed_visits = algorithm == Algorithm::kLifted ? 2 : 12;
  const Ran ran(instance, options);
  ASSERT_EQ(ran.result.failure, "") << what;
  ASSERT_EQ(ran.result.drawn, options.samples) << what;
  const std::uint32_t horizon = facts(instance).horizon;
  std::map<Leaf, std::uint64_t> drawn;
  for (std::uint64_t i = 0; i < options.samples; ++i) {
    const auto* symbols = &ran.draws.symbols[i * horizon];
    const Leaf leaf(symbols, symbols + horizon);
    ++drawn[leaf];
    if (i < 1000) {
      EXPECT_NEAR(ran.draws.log_mass[i], std::log(law.leaves.at(leaf)), 1e-5) << what;
    }
  }
  std::vector<std::uint64_t> counts;
  std::vector<double> masses;
  for (const auto& [leaf, mass] : law.leaves) {
    counts.push_back(drawn.contains(leaf) ? drawn[leaf] : 0);
    masses.push_back(mass);
  }
  EXPECT_GT(chi_square_p(counts, masses), kLevel) << what << ", " << to_string(algorithm);
}

void expect_weights(const Instance& instance, const ProductLaw& law, const std::string& what) {
  const Ran ran(instance, options_for(law, Algorithm::kSequential, Correction::kWeight));
  double sum = 0;
  double squares = 0;
  for (const double weight : ran.draws.log_weight) {
    sum += std::exp(weight);
    squares += std::exp(2 * weight);
  }
  // What ran into a dead end weighs nothing.
  const auto proposals = static_cast<double>(ran.result.totals.proposals);
  const double mean = sum / proposals;
  const double error = std::sqrt((squares / proposals - mean * mean) / proposals);
  EXPECT_NEAR(mean, law.mass.at({}), 6 * error + 1e-9) << what;
}

// What the product states of itself, at every node.
void expect_claims(const Instance& instance, const ProductLaw& law, const Leaves& leaves,
                   double least_gap) {
  const std::vector<double>& bounds = facts(instance).kappa_by_depth;
  ASSERT_EQ(bounds.size(), leaves.horizon);
  double tightest = 0;
  for (const auto& [node, mass] : law.mass) {
    if (node.empty() || law.estimate.at(node) == 0) {
      if (!node.empty()) {
        EXPECT_EQ(mass, 0.0);
      }
      continue;
    }
    const double ratio = mass / law.estimate.at(node) / bounds[node.size() - 1];
    EXPECT_LE(ratio, 1 + 1e-6);
    if (!leaves.complete(node)) tightest = std::max(tightest, ratio);
  }
  EXPECT_GT(tightest, least_gap);  // it says something
}

struct Case {
  std::string name;
  Leaves leaves;
  Potentials potentials;
};

std::vector<Case> cases() {
  const Leaves plain{3, 5, {}};
  const Leaves ended{4, 5, {3}};
  const Leaves two_ends{5, 4, {0, 3}};
  const SequenceShape plain_shape{3, 5, {}, {}};
  const SequenceShape ended_shape{4, 5, {3}, {"a", "ab", "b", ""}};
  const SequenceShape two_shape{5, 4, {0, 3}, {}};
  const auto one_leaf = [](const Leaves& leaves, const Prefix& leaf) {
    PotentialTraits traits;
    traits.name = "one leaf";
    traits.alphabet = leaves.alphabet;
    traits.never_rises = true;
    // It does not look ahead: every node but that leaf is possible.
    return std::make_shared<FunctionPotential>(traits, [leaves, leaf](const Prefix& prefix) {
      return !leaves.complete(prefix) || prefix == leaf ? 0.0F : kNothing;
    });
  };
  return {
      {"none", plain, {}},
      {"reward", plain, {make_reward(plain, 1, true)}},
      {"substrings",
       plain,
       {make_automaton_potential(substring_automaton(3, {{0, 0}, {2, 1}}, {{1, 2}}), plain_shape)}},
      {"one leaf", ended, {one_leaf(ended, {1, 0, 3})}},
      {"lengths", two_ends, {make_length_potential(two_shape, 1, 2)}},
      {"lengths to the horizon", ended, {make_length_potential(ended_shape, 2, 5)}},
      {"three",
       ended,
       {make_automaton_potential(substring_automaton({"aab"}, {"b"}), ended_shape),
        make_length_potential(ended_shape, 2, 4), make_reward(ended, 2, true)}}};
}

TEST(Guided, TheLawIsBaseTimesFactors) {
  for (const auto& [name, leaves, potentials] : cases()) {
    const auto base = std::make_shared<BoundedOracle>(leaves.alphabet, leaves.horizon, leaves.end);
    const auto again = std::make_shared<BoundedOracle>(leaves.alphabet, leaves.horizon, leaves.end);
    const ProductLaw law(*again, potentials, leaves);
    const auto instance = make_guided(base, potentials);
    for (const Algorithm algorithm :
         {Algorithm::kJerrumSinclair, Algorithm::kLifted, Algorithm::kSequential})
      expect_law(*instance, law, algorithm, name);
    expect_weights(*instance, law, name);
    if (!potentials.empty())
      expect_claims(*instance, law, leaves, name == "one leaf" ? 1e-6 : 0.01);
  }
}

TEST(Guided, ValuesThatGoUpAndDownGuideAllTheSame) {
  const Leaves leaves{3, 5, {1}};
  const Potentials potentials{make_reward(leaves, 3, false), make_reward(leaves, 4, true)};
  const auto again = std::make_shared<BoundedOracle>(3, 5, leaves.end);
  const ProductLaw law(*again, potentials, leaves);
  const auto base = std::make_shared<BoundedOracle>(3, 5, leaves.end);
  base->mutable_traits().kappa_by_depth = {3, 3, 3, 3, 1};
  const auto instance = make_guided(base, potentials);
  EXPECT_TRUE(facts(*instance).kappa_by_depth.empty());
  for (const Algorithm algorithm : {Algorithm::kJerrumSinclair, Algorithm::kLifted})
    expect_law(*instance, law, algorithm, "up and down");
  expect_weights(*instance, law, "up and down");
  EXPECT_NE(error_of(ErrorKind::kUsage, [&] { Ran(*instance, options_of(Algorithm::kSequential)); })
                .find("states no ratio_bound"),
            std::string::npos);
}

// The largest mu/w of a base by depth, stated, is the product's bound, and no less will do.
TEST(Guided, ABoundOfTheBaseFromAboveHolds) {
  const Leaves leaves{3, 5, {0}};
  HashOracle again(3, 5, leaves.end);
  const ProductLaw own(again, {}, leaves);
  std::vector<double> bounds(5, 0.0);
  double kappa = 1;
  for (const auto& [node, mass] : own.mass) {
    if (node.empty() || own.estimate.at(node) == 0) continue;
    bounds[node.size() - 1] = std::max(bounds[node.size() - 1], mass / own.estimate.at(node));
    if (mass > 0)
      kappa = std::max({kappa, mass / own.estimate.at(node), own.estimate.at(node) / mass});
  }
  bounds.back() = 1;
  EXPECT_GT(*std::ranges::max_element(bounds), 1.2);
  HashOracle for_law(3, 5, leaves.end);
  const Potentials potentials{make_reward(leaves, 6, true),
                              make_length_potential({3, 5, {0}, {}}, 1, 4)};
  const ProductLaw law(for_law, potentials, leaves);
  const auto base = std::make_shared<HashOracle>(3, 5, leaves.end);
  base->mutable_traits().kappa_by_depth = bounds;
  const auto instance = make_guided(base, potentials);
  EXPECT_FALSE(facts(*instance).kappa);
  EXPECT_EQ(facts(*instance).kappa_by_depth, bounds);
  expect_claims(*instance, law, leaves, 0.01);
  // Of an accuracy both ways the one is left.
  const auto both = std::make_shared<HashOracle>(3, 5, leaves.end);
  both->mutable_traits().kappa = kappa;
  const auto product = make_guided(both, potentials);
  EXPECT_FALSE(facts(*product).kappa);
  EXPECT_EQ(facts(*product).kappa_by_depth, (std::vector<double>{kappa, kappa, kappa, kappa, 1}));
  expect_claims(*product, law, leaves, 0.01);
  EXPECT_EQ(facts(*make_guided(both, {})).kappa, kappa);
  // S <= w and a bound below 1: the less of the two.
  const auto less = std::make_shared<BoundedOracle>(3, 5, leaves.end);
  less->mutable_traits().kappa_by_depth = {0.5, 2, 2, 0.75, 1};
  EXPECT_EQ(facts(*make_guided(less, potentials)).kappa_by_depth,
            (std::vector<double>{0.5, 1, 1, 0.75, 1}));
  // S <= w but at one depth: nothing follows; the root's is of no matter.
  less->mutable_traits().kappa_by_depth.clear();
  less->mutable_traits().ratio_bound = {9, 1, 1.01, 1, 1};
  EXPECT_TRUE(facts(*make_guided(less, potentials)).kappa_by_depth.empty());
  less->mutable_traits().ratio_bound = {9, 1, 1, 1, 1};
  EXPECT_EQ(facts(*make_guided(less, potentials)).kappa_by_depth, std::vector<double>(5, 1.0));
}

TEST(Guided, APotentialThatRisesThoughItNeverDoesEndsTheRun) {
  const Leaves leaves{3, 5, {}};
  PotentialTraits traits;
  traits.name = "liar";
  traits.never_rises = true;
  traits.alphabet = 3;
  const auto liar = std::make_shared<FunctionPotential>(traits, [](const Prefix& prefix) {
    return prefix.size() == 3 && prefix[2] == 1 ? 0.125F : 0.0F;
  });
  const auto instance = make_guided(std::make_shared<BoundedOracle>(3, 5), {liar});
  SampleOptions options = options_of(Algorithm::kLifted);
  options.self_test = SelfTest::kOff;
  const Ran ran(*instance, options);
  EXPECT_EQ(ran.result.failure.find("oracle \"hash\": potential \"liar\", which never rises, rises "
                                    "from 0 to 0.125 (ln) at symbol 1"),
            0U)
      << ran.result.failure;
}

TEST(Guided, WhatHasNoMassIsNoNumberOfAnyOtherKind) {
  // Along sequences that are refused early, where every part says 0: -inf, not NaN.
  const Leaves leaves{3, 5, {}};
  const Potentials potentials{
      make_automaton_potential(substring_automaton(3, {{0, 0}}, {}), {3, 5, {}, {}}),
      make_automaton_potential(substring_automaton(3, {{0, 0, 1}, {2}}, {}), {3, 5, {}, {}})};
  const auto instance = make_guided(std::make_shared<BoundedOracle>(3, 5), potentials);
  BoundedOracle again(3, 5);
  const ProductLaw law(again, potentials, leaves);
  std::size_t without = 0;
  for (const auto& [leaf, mass] : law.leaves) {
    const double found = log_mass(*instance, leaf.data());
    if (mass > 0) {
      EXPECT_NEAR(found, std::log(mass), 1e-5);
    } else {
      EXPECT_EQ(found, -std::numeric_limits<double>::infinity());
      ++without;
    }
  }
  EXPECT_GT(without, 100U);
  EXPECT_LT(without, law.leaves.size());
}

TEST(Guided, ContextsAndThreadsChangeNothing) {
  const Leaves leaves{4, 6, {3}};
  class Pure final : public BatchOracle {
   public:
    explicit Pure(std::uint32_t contexts) : hash_(4, 6, {3}) {
      hash_.mutable_traits().contexts = contexts;
      hash_.mutable_traits().max_batch = contexts == 1 ? 0 : 5;
    }
    [[nodiscard]] const OracleTraits& traits() const override { return hash_.traits(); }
    void expand(std::uint32_t, const OracleBatch& batch, const OracleRows& rows) override {
      for (std::uint32_t i = 0; i < batch.size; ++i)
        hash_.row({batch.prefix[i], batch.prefix[i] + batch.depth[i]}, rows.log_ratio + i * 4);
    }

   private:
    HashOracle hash_;
  };
  const Potentials potentials{make_automaton_potential(substring_automaton(4, {{0, 1}}, {{2, 2}}),
                                                       {4, 6, {3}, {}}, "rows", 16),
                              make_reward(leaves, 9, false)};
  SampleOptions options = options_of(Algorithm::kLifted);
  options.samples = 3000;
  options.chains = 300;
  options.fixed_visits = 5;
  const Ran first(*make_guided(std::make_shared<Pure>(1), potentials), options);
  EXPECT_EQ(first.result.failure, "");
  for (const unsigned threads : {1U, 3U}) {
    options.threads = threads;
    const Ran other(*make_guided(std::make_shared<Pure>(3), potentials), options);
    EXPECT_TRUE(other.draws == first.draws) << threads;
  }
}

TEST(Guided, TellsItsParts) {
  const auto base = std::make_shared<BoundedOracle>(3, 5);
  const Potentials potentials{
      make_automaton_potential(substring_automaton(3, {{0, 0}}, {}), {3, 5, {}, {}})};
  const auto instance = make_guided(base, potentials);
  ASSERT_NE(instance->guided(), nullptr);
  EXPECT_EQ(instance->guided()->base, base);
  EXPECT_EQ(instance->guided()->potentials, potentials);
  EXPECT_EQ(make_oracle(base)->guided(), nullptr);
  EXPECT_EQ(facts(*instance).kind, "oracle");
  EXPECT_EQ(facts(*instance).estimate, "hash");
}

TEST(Guided, PartsThatDoNotFitAreRefused) {
  const auto base = std::make_shared<BoundedOracle>(3, 5, std::vector{2U});
  const auto refusal = [&](const std::shared_ptr<BatchOracle>& oracle,
                           const std::shared_ptr<Potential>& potential) {
    return error_of(ErrorKind::kUsage, [&] { make_guided(oracle, {potential}); });
  };
  EXPECT_EQ(refusal(base, make_length_potential({4, 5, {2}, {}}, 1, 2)),
            "potential \"length\": its alphabet is 4, that of the oracle \"hash\" is 3");
  EXPECT_EQ(refusal(base, make_length_potential({3, 6, {2}, {}}, 1, 2)),
            "potential \"length\": its horizon is 6, that of the oracle \"hash\" is 5");
  EXPECT_EQ(refusal(base, make_length_potential({3, 5, {2, 1}, {}}, 1, 2)),
            "potential \"length\": its end symbols are [1, 2], those of the oracle \"hash\" are "
            "[2]");
  EXPECT_EQ(refusal(base, nullptr), "a potential that is null");
  EXPECT_EQ(refusal(nullptr, nullptr), "a product without a base");
  base->mutable_traits().rows = RowKind::kMass;
  EXPECT_EQ(refusal(base, make_length_potential({3, 5, {2}, {}}, 1, 2)),
            "oracle \"hash\": its rows are masses; a base must answer with log ratios");
  base->mutable_traits().rows = RowKind::kLogRatio;
  base->mutable_traits().contexts = 0;
  EXPECT_EQ(refusal(base, make_length_potential({3, 5, {2}, {}}, 1, 2)),
            "oracle \"hash\": contexts: must be at least 1");
}

}  // namespace
}  // namespace wend::test
