// Instances of kind "class": reading, masses, estimates and weights; and log_estimate of
// the other kinds, which oracles of a class answer with.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "host/instances/class/instance.hpp"
#include "tests/support/class_keys.hpp"
#include "tests/support/temporary_folder.hpp"
#include "wend/instance.hpp"

namespace wend {
namespace {

using testing::kExact;
using testing::kMarkov;
using testing::kNoise;
using testing::kTree;
using testing::TemporaryFolder;
using Symbols = std::vector<std::uint32_t>;

constexpr double kNoMass = -std::numeric_limits<double>::infinity();

Symbols digits(std::uint64_t number, std::uint32_t alphabet, std::uint32_t length) {
  Symbols symbols(length);
  for (std::uint32_t h = length; h-- > 0; number /= alphabet)
    symbols[h] = static_cast<std::uint32_t>(number % alphabet);
  return symbols;
}

std::uint64_t power(std::uint32_t alphabet, std::uint32_t length) {
  std::uint64_t result = 1;
  for (std::uint32_t h = 0; h < length; ++h) result *= alphabet;
  return result;
}

// Exact normalised mass of a prefix: the sum over its leaves.
double exact_mass(const Instance& instance, const Symbols& prefix) {
  const InstanceFacts& facts = instance.facts();
  double total = 0;
  double below = 0;
  for (std::uint64_t i = 0; i < power(facts.alphabet, facts.horizon); ++i) {
    const Symbols leaf = digits(i, facts.alphabet, facts.horizon);
    const double mass = std::exp(instance.log_mass(leaf.data()));
    total += mass;
    if (std::equal(prefix.begin(), prefix.end(), leaf.begin())) below += mass;
  }
  return below / total;
}

double estimate(const Instance& instance, const Symbols& prefix) {
  return std::exp(
      instance.log_estimate(prefix.data(), static_cast<std::uint32_t>(prefix.size())).value());
}

// Estimates within kappa of the exact masses, exact at leaves, and importance weights that follow
// from them. Returns the largest factor met, either way.
double expect_lawful(const Instance& instance, double kappa) {
  const InstanceFacts& facts = instance.facts();
  double largest = 1;
  for (std::uint32_t depth = 1; depth <= facts.horizon; ++depth) {
    for (std::uint64_t i = 0; i < power(facts.alphabet, depth); ++i) {
      const Symbols prefix = digits(i, facts.alphabet, depth);
      const double exact = exact_mass(instance, prefix);
      const double answer = estimate(instance, prefix);
      if (exact == 0) {
        EXPECT_EQ(answer, 0.0);
        continue;
      }
      const double factor = std::max(answer / exact, exact / answer);
      EXPECT_LE(factor, (depth == facts.horizon ? 1 : kappa) * (1 + 1e-12));
      largest = std::max(largest, factor);
    }
  }
  double offset = std::nan("");  // of ln g against the normalised mass: the same for all leaves
  for (std::uint64_t i = 0; i < power(facts.alphabet, facts.horizon); ++i) {
    const Symbols leaf = digits(i, facts.alphabet, facts.horizon);
    double weight = std::log(exact_mass(instance, leaf));
    if (weight == kNoMass) {
      EXPECT_EQ(instance.log_mass(leaf.data()), kNoMass);
      EXPECT_EQ(instance.log_weight(leaf.data()), kNoMass);
      continue;
    }
    for (std::uint32_t h = 0; h < facts.horizon; ++h) {
      Symbols child(leaf.begin(), leaf.begin() + h + 1);
      const double drawn = estimate(instance, child);
      double sum = 0;
      for (std::uint32_t c = 0; c < facts.alphabet; ++c) {
        child[h] = static_cast<std::uint32_t>(c);
        sum += estimate(instance, child);
      }
      weight -= std::log(drawn / sum);
    }
    if (std::isnan(offset)) offset = instance.log_weight(leaf.data()) - weight;
    EXPECT_NEAR(instance.log_weight(leaf.data()) - weight, offset, 1e-10);
  }
  return largest;
}

class ClassInstanceTest : public ::testing::Test {
 protected:
  // `keys` as they stand in the file after "wend" and "kind".
  [[nodiscard]] std::shared_ptr<const Instance> load(const std::string& keys) const {
    return load_instance(folder_.add("c.json", R"({"wend": 1, "kind": "class", )" + keys + "}"));
  }

  TemporaryFolder folder_;
};

TEST_F(ClassInstanceTest, FamiliesHaveLawfulOracles) {
  (void)folder_.add("w.txt", "ab\nba\naab\n");
  (void)folder_.add("v.txt", "b\nbb\n");
  for (const std::string family : {
           R"({"kind": "product", "count": 5, "seed": 1, "gamma": 0.4})",
           R"({"kind": "product", "count": 5, "seed": 1, "gamma": 0.4, "alphabet": 5})",
           R"({"kind": "markov", "count": 5, "seed": 1})",
           R"({"kind": "needle", "count": 5, "seed": 1, "alphabet": 3, "mass": 0.7, "depth": 2})",
           R"({"kind": "needle", "count": 5, "seed": 1})",
           R"({"kind": "adapters", "count": 5, "seed": 1, "rank": 1, "scale": 0.5,
               "base": {"corpus": "w.txt", "order": 2, "smoothing": 0.5}})",
           R"({"kind": "adapters", "count": 5, "seed": 1,
               "base": {"alphabet": 3, "order": 2, "seed": 8}})",
           R"({"kind": "corpora", "corpora": ["w.txt", "v.txt"], "order": 2})",
       }) {
    SCOPED_TRACE(family);
    const auto keys = R"("horizon": 4, "truth": 1, "family": )" + family;
    EXPECT_LT(expect_lawful(*load(keys + kExact), 1.0), 1 + 1e-12);
    EXPECT_GT(expect_lawful(*load(keys + kNoise), 1.5), 1.01);
  }
}

TEST_F(ClassInstanceTest, SignNoiseIsAtItsBounds) {
  const auto instance = load(kMarkov + R"(, "truth": 2,
          "estimate": {"kind": "noise", "model": "sign", "kappa": 3, "seed": 1})");
  expect_lawful(*instance, 3.0);
  bool above = false;
  bool below = false;
  for (std::uint64_t i = 0; i < 9; ++i) {
    const Symbols prefix = digits(i, 3, 2);
    const double factor = estimate(*instance, prefix) / exact_mass(*instance, prefix);
    EXPECT_NEAR(std::abs(std::log(factor)), std::log(3.0), 1e-12);
    (factor > 1 ? above : below) = true;
  }
  EXPECT_TRUE(above && below);
}

TEST_F(ClassInstanceTest, FactsTellWhatWasRead) {
  (void)folder_.add("w.txt", "ab\n");
  (void)folder_.add("v.txt", "b\nc\n");
  const std::string keys =
      R"("horizon": 6, "truth": 1,
         "family": {"kind": "corpora", "corpora": ["w.txt", "v.txt"], "order": 2})";
  const auto instance = load(keys + kNoise);
  const InstanceFacts& facts = instance->facts();
  EXPECT_EQ(facts.kind, "class");
  EXPECT_EQ(facts.estimate, "noise");
  EXPECT_EQ(facts.alphabet, 4U);
  EXPECT_EQ(facts.horizon, 6U);
  EXPECT_EQ(facts.kappa, 1.5);
  EXPECT_EQ(facts.kappa_why, "the noise stays within it");
  EXPECT_EQ(facts.symbol_names, (std::vector<std::string>{"<end>", "a", "b", "c"}));
  ASSERT_NE(instance->class_target(), nullptr);
  const ClassTarget& target = *instance->class_target();
  EXPECT_EQ(target.family, "corpora");
  EXPECT_EQ(count(target.members), 2U);
  EXPECT_EQ(target.truth, 1U);
  EXPECT_EQ(target.kappa, 1.5);
  EXPECT_EQ(prefix_noise(target.estimate).seed, 4U);

  // The digest is of every file that was read.
  const std::string digest = facts.digest;
  EXPECT_EQ(load(keys + kNoise)->facts().digest, digest);
  (void)folder_.add("v.txt", "b\ncc\n");
  EXPECT_NE(load(keys + kNoise)->facts().digest, digest);

  EXPECT_EQ(load(kMarkov + R"(, "truth": 0)" + kExact)->facts().kappa, 1.0);
  const auto stated = load(kMarkov + R"(, "truth": 0, "kappa": 2)" + kNoise);
  EXPECT_EQ(stated->facts().kappa, 2.0);
  EXPECT_EQ(stated->facts().kappa_why, "stated");
  EXPECT_EQ(stated->class_target()->kappa, 2.0);
  EXPECT_FALSE(stated->measured_kappa());
}

TEST_F(ClassInstanceTest, MembersAreInlineOrFiles) {
  (void)folder_.add("k.json", R"({"wend": 1, "kind": "knapsack", "weights": [1, 2, 3],
      "capacity": 4, "estimate": {"kind": "exact"}})");
  const auto instance = load(R"("truth": 1, "members": ["k.json", )" + kTree + kNoise + R"(}],
      "horizon": 3)" + kExact);
  EXPECT_EQ(instance->class_target()->family, "list");
  EXPECT_EQ(count(instance->class_target()->members), 2U);
  const Symbols leaf{1, 0, 1};
  EXPECT_NEAR(instance->log_mass(leaf.data()), std::log(6.0 / 29), 1e-14);
  EXPECT_LT(expect_lawful(*instance, 1.0), 1 + 1e-12);
  const std::string digest = instance->facts().digest;
  (void)folder_.add("k.json", R"({"wend": 1, "kind": "knapsack", "weights": [1, 2, 3],
      "capacity": 5, "estimate": {"kind": "exact"}})");
  EXPECT_NE(load(R"("truth": 1, "members": ["k.json", )" + kTree + kNoise + R"(}],
      "horizon": 3)" +
                 kExact)
                ->facts()
                .digest,
            digest);
}

TEST_F(ClassInstanceTest, AnotherInstanceCanBeTheOracle) {
  const std::string family =
      R"("horizon": 3, "family": {"kind": "product", "count": 4, "seed": 1, "gamma": 0.3})";
  const auto instance = load(family + R"(, "oracle": )" + kTree + kNoise + "}");
  EXPECT_EQ(instance->facts().kappa, 1.5);
  EXPECT_FALSE(instance->class_target()->truth);
  EXPECT_GT(expect_lawful(*instance, 1.5), 1.01);
  // Its masses are normalised, the weights are the oracle's own.
  const Symbols leaf{1, 0, 1};
  EXPECT_NEAR(instance->log_mass(leaf.data()), std::log(6.0 / 29), 1e-14);
  const Instance& oracle = *instance->class_target()->oracle;
  EXPECT_EQ(instance->log_weight(leaf.data()), oracle.log_weight(leaf.data()));
  EXPECT_EQ(instance->table_bytes(kernels::Walk::kLifted),
            oracle.table_bytes(kernels::Walk::kLifted));
  EXPECT_TRUE(std::holds_alternative<TreeOracle>(
      instance->compile(kernels::Walk::kLifted, Correction::kReject)));
  EXPECT_TRUE(instance->measured_kappa());

  (void)folder_.add("w.txt", "a\naa\n");
  const std::string lookahead = family + R"(, "oracle": {"kind": "ngram", "corpus": "w.txt",
      "order": 1, "horizon": 3, "forbid": ["aaa"], "estimate": {"kind": "lookahead", "depth": 1}})";
  const std::string message = testing::error_of(ErrorKind::kInput, [&] { (void)load(lookahead); });
  EXPECT_NE(message.find(": kappa: missing; the oracle's own is not known"), std::string::npos);
  EXPECT_EQ(load(lookahead + R"(, "kappa": 8)")->facts().kappa, 8.0);
}

TEST_F(ClassInstanceTest, WalksAreOfTheTruth) {
  const auto instance = load(kMarkov + R"(, "truth": 2)" + kNoise);
  const Oracle oracle = instance->compile(kernels::Walk::kLifted, Correction::kReject);
  ASSERT_TRUE(std::holds_alternative<PrefixOracle>(oracle));
  EXPECT_EQ(std::get<PrefixOracle>(oracle).truth, 2U);
  EXPECT_EQ(std::get<PrefixOracle>(oracle).members, &instance->class_target()->members);
  EXPECT_EQ(std::get<PrefixOracle>(oracle).noise.kappa, 1.5);
}

TEST_F(ClassInstanceTest, EstimatesOfOtherKindsAreNormalised) {
  (void)folder_.add("w.txt", "ab\nba\naab\n");
  const auto load_plain = [this](const std::string& keys) {
    return load_instance(folder_.add("i.json", R"({"wend": 1, )" + keys + "}"));
  };
  const std::string tree = kTree.substr(1);
  const std::string knapsack = R"("kind": "knapsack", "weights": [3, 5, 4, 2], "capacity": 8,
      "values": [1, -2, 3, 0.5], "temperature": 0.7)";
  const std::string ngram =
      R"("kind": "ngram", "corpus": "w.txt", "order": 2, "horizon": 4, "require": ["ab"])";
  for (const std::string& keys : {tree, knapsack, ngram}) {
    SCOPED_TRACE(keys);
    EXPECT_LT(expect_lawful(*load_plain(keys + kExact), 1.0), 1 + 1e-12);
    EXPECT_GT(expect_lawful(*load_plain(keys + kNoise), 1.5), 1.01);
  }
  const Symbols leaf{0, 1, 0, 0};
  const auto rounded = load_plain(knapsack + R"(, "estimate": {"kind": "rounded", "kappa": 2})");
  EXPECT_FALSE(rounded->log_estimate(leaf.data(), 4));
}

}  // namespace
}  // namespace wend
