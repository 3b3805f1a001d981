// What training is told of a network's symbols, and of products with constraints: coordinates of
// embeddings, states; and that draws by families of these have the target's law. 6 comparisons at
// 1e-6.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "host/oracles/guided.hpp"
#include "host/oracles/model_oracle.hpp"
#include "host/oracles/neural/embedding_features.hpp"
#include "tests/support/kept_draws.hpp"
#include "tests/support/neural_laws.hpp"
#include "tests/support/neural_models.hpp"
#include "wend/potential.hpp"
#include "wend/sample.hpp"

namespace wend::test {
namespace {

// Rows in a plane of three directions, of which each matters half as much as the one before.
PackedMatrix in_three_directions(std::uint32_t rows, std::uint32_t inputs, double noise) {
  std::mt19937_64 random(4);
  std::normal_distribution<double> normal;
  std::vector<std::vector<double>> directions(3, std::vector<double>(inputs));
  for (std::vector<double>& direction : directions)
    for (double& x : direction) x = normal(random) / std::sqrt(inputs);
  PackedMatrix matrix(rows, inputs);
  for (std::uint32_t i = 0; i < rows; ++i) {
    std::vector<float> row(inputs, 3.0F);  // and a mean that is no feature
    for (std::size_t k = 0; k < 3; ++k) {
      const double part = normal(random) / std::pow(2.0, k);
      for (std::uint32_t x = 0; x < inputs; ++x)
        row[x] += static_cast<float>(part * directions[k][x] + noise * normal(random));
    }
    matrix.set_row(i, row);
  }
  return matrix;
}

double distance(const std::vector<double>& features, std::size_t width, std::size_t a,
                std::size_t b) {
  double sum = 0;
  for (std::size_t k = 0; k < width; ++k)
    sum += std::pow(features[a * width + k] - features[b * width + k], 2);
  return std::sqrt(sum);
}

double distance(const PackedMatrix& matrix, std::uint32_t a, std::uint32_t b) {
  std::vector<float> of_a(matrix.inputs());
  std::vector<float> of_b(matrix.inputs());
  matrix.copy_row(a, of_a);
  matrix.copy_row(b, of_b);
  double sum = 0;
  for (std::size_t x = 0; x < of_a.size(); ++x) sum += std::pow(double{of_a[x]} - of_b[x], 2);
  return std::sqrt(sum);
}

TEST(EmbeddingFeatures, KeepDistancesAlongFewDirections) {
  const PackedMatrix matrix = in_three_directions(5000, 60, 0);
  const std::vector<double> features = embedding_features(matrix);
  ASSERT_EQ(features.size(), 5000U * 16);
  for (std::uint32_t i = 0; i + 977 < 5000; i += 31)
    EXPECT_NEAR(distance(features, 16, i, i + 977), distance(matrix, i, i + 977), 1e-5) << i;
}

// The directions in which rows vary most, however many others there are.
TEST(EmbeddingFeatures, FindWhatVariesMost) {
  const PackedMatrix matrix = in_three_directions(3000, 200, 0.002);
  const std::vector<double> features = embedding_features(matrix);
  for (std::uint32_t i = 0; i + 977 < 3000; i += 31) {
    const double apart = distance(matrix, i, i + 977);
    // Of the noise, which alone makes rows 0.05 apart, the 13 other features have a little.
    EXPECT_NEAR(distance(features, 16, i, i + 977), apart, 0.03) << i;
  }
}

TEST(EmbeddingFeatures, FewRowsAndInputs) {
  PackedMatrix one(5, 1);
  for (std::uint32_t i = 0; i < 5; ++i) {
    const float x = static_cast<float>(i * i);
    one.set_row(i, {&x, 1});
  }
  const std::vector<double> features = embedding_features(one);
  ASSERT_EQ(features.size(), 5U);
  for (std::size_t i = 0; i < 5; ++i)
    EXPECT_NEAR(std::abs(features[i] - features[0]), static_cast<double>(i * i), 1e-12);
  for (const double feature : embedding_features(PackedMatrix(7, 9))) EXPECT_EQ(feature, 0);
}

std::shared_ptr<const Instance> constrained(const std::string& model) {
  return neural_instance(model,
                         {{"horizon", 5},
                          {"end", {4}},
                          {"potentials",
                           {{{"kind", "automaton"}, {"forbid", {{0, 0}}}, {"require", {{1}}}},
                            {{"kind", "length"}, {"min", 2}}}}});
}

// A bucket is the automaton's state and the last symbol; its features are the symbol's embedding
// and which state it is.
TEST(ProductFeatures, AreThoseOfTheParts) {
  for (const std::string model : {"gru", "llama"}) {
    const std::vector<double> of_symbols =
        bucket_features(*oracle_of(*neural_instance(model, {{"horizon", 5}, {"end", {4}}})));
    const std::size_t width = of_symbols.size() / 5;
    ASSERT_EQ(of_symbols.size(), width * 5);
    const auto oracle = oracle_of(*constrained(model));
    const std::uint32_t buckets = oracle->traits().buckets;
    const std::uint32_t states = buckets / 5;
    ASSERT_GT(states, 2U) << oracle->traits().bucket_why;
    ASSERT_EQ(buckets, states * 5);
    const std::vector<double> features = bucket_features(*oracle);
    const std::size_t all = width + states - 1;
    ASSERT_EQ(features.size(), buckets * all);
    for (std::uint32_t bucket = 0; bucket < buckets; ++bucket) {
      const std::span<const double> row(&features[bucket * all], all);
      for (std::size_t k = 0; k < width; ++k)
        EXPECT_EQ(row[k], of_symbols[bucket % 5 * width + k]) << bucket;
      for (std::uint32_t state = 1; state < states; ++state)
        EXPECT_EQ(row[width + state - 1], bucket / 5 == state ? 1 : 0) << bucket;
    }
  }
}

// Of many symbols, with numbers of its own of each bucket or symbol.
class Wide final : public BatchOracle {
 public:
  Wide(std::uint32_t alphabet, std::uint32_t buckets) {
    traits_.alphabet = alphabet;
    traits_.horizon = 120;
    traits_.buckets = buckets;
  }
  [[nodiscard]] const OracleTraits& traits() const override { return traits_; }
  [[nodiscard]] std::vector<double> bucket_features() const override {
    std::vector<double> features(traits_.buckets == 0 ? traits_.alphabet : traits_.buckets);
    for (std::size_t b = 0; b < features.size(); ++b) features[b] = static_cast<double>(b);
    return features;
  }
  void expand(std::uint32_t /*context*/, const OracleBatch& /*batch*/,
              const OracleRows& /*rows*/) override {}

 private:
  OracleTraits traits_;
};

class States final : public Potential {
 public:
  States(std::uint32_t alphabet, std::uint32_t states) {
    traits_.name = "p";
    traits_.alphabet = alphabet;
    traits_.buckets = states;
  }
  [[nodiscard]] const PotentialTraits& traits() const override { return traits_; }
  void evaluate(std::uint32_t /*context*/, const OracleBatch& /*batch*/, const std::uint32_t* /*e*/,
                const PotentialRows& /*rows*/) override {}

 private:
  PotentialTraits traits_;
};

// What constraints are in is worth more than the last symbol, of which there may be too many.
TEST(ProductFeatures, StatesComeBeforeManySymbols) {
  const auto product = [](std::uint32_t alphabet, std::uint32_t buckets, std::uint32_t states) {
    Guided parts{std::make_shared<Wide>(alphabet, buckets), {}};
    if (states > 0) parts.potentials.push_back(std::make_shared<States>(alphabet, states));
    return make_guided_oracle(std::move(parts));
  };
  const auto many = product(49'152, 0, 5);
  EXPECT_EQ(many->traits().buckets, 5U);
  EXPECT_EQ(many->traits().bucket_why, "p's state");
  EXPECT_TRUE(bucket_features(*many).empty());
  const auto few = product(10'000, 0, 5);
  EXPECT_EQ(few->traits().buckets, 50'000U);
  EXPECT_EQ(bucket_features(*few).size(), 50'000U * 5);
  // Buckets of the base's own: its features, once a bucket, and the states.
  const auto own = product(100, 4, 3);
  EXPECT_EQ(own->traits().buckets, 1200U);
  const std::vector<double> features = bucket_features(*own);
  ASSERT_EQ(features.size(), 1200U * 3);
  for (std::size_t b = 0; b < 1200; ++b)
    EXPECT_EQ(features[3 * b], static_cast<double>(b / 300)) << b;
  // Its own are taken however many they are, and nothing beside them then.
  const auto wide = product(10, 70'000, 3);
  EXPECT_EQ(wide->traits().buckets, 70'000U);
  EXPECT_EQ(bucket_features(*wide).size(), 70'000U);
  // Without a potential the base's are all there is.
  EXPECT_EQ(bucket_features(*product(100, 4, 0)), (std::vector<double>{0, 1, 2, 3}));
}

TEST(NeuralFeatures, DrawsHaveTheLaw) {
  for (const std::string model : {"mlp", "lstm", "qwen2"}) {
    for (const bool with_constraints : {false, true}) {
      const auto instance = with_constraints
                                ? constrained(model)
                                : neural_instance(model, {{"horizon", 5}, {"power", 3}});
      const Law law =
          listed_law(*oracle_of(*instance), [](const Prefix& /*sequence*/) { return 1; });
      SampleOptions options;
      options.algorithm = Algorithm::kLifted;
      options.adapt = Adapt::kFeatures;
      options.scouts = 100;  // of some 1,000 nodes
      options.samples = kDraws;
      options.chains = kDraws;
      options.visits = Visits::kFixed;
      options.fixed_visits = 40;
      options.threads = 2;
      options.seed = 20261127;
      options.memo_bytes = 1U << 22U;
      const Ran ran(*instance, options);
      EXPECT_NE(ran.result.adaptation->family.find("features of "), std::string::npos)
          << ran.result.adaptation->family;
      expect_law(ran, law, model);
    }
  }
}

}  // namespace
}  // namespace wend::test
