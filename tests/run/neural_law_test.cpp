// Draws from networks have the law that their rows define, found by listing all sequences: every
// algorithm, end symbols at mixed depths, powers, potentials and values; what is proven of them;
// and the same bytes for any threads and batches. Each test makes at most 30 comparisons at 1e-6.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "tests/support/chi_square.hpp"
#include "tests/support/guided_targets.hpp"
#include "tests/support/kept_draws.hpp"
#include "tests/support/neural_laws.hpp"
#include "tests/support/neural_models.hpp"
#include "tests/support/potentials.hpp"
#include "wend/potential.hpp"
#include "wend/sample.hpp"

namespace wend::test {
namespace {

using Json = nlohmann::json;

constexpr std::uint32_t kAlphabet = 5;

template <class Factor>
Law law_of(const std::string& model, const Json& base_keys, const Factor& factor) {
  return listed_law(*oracle_of(*neural_instance(model, base_keys)), factor);
}

double one(const Prefix& /*sequence*/) { return 1; }

SampleOptions options_of(Algorithm algorithm) {
  SampleOptions options;
  options.algorithm = algorithm;
  options.samples = kDraws;
  options.chains = 400;
  options.threads = 2;
  options.seed = 20261126;
  options.memo_bytes = 1U << 22U;
  return options;
}

// What follows from rows that sum to at most 1: draws that are proven, by two visits or rejection.
void expect_proven(const Instance& instance, const Law& law, const std::string& what) {
  for (const Algorithm algorithm : {Algorithm::kLifted, Algorithm::kSequential}) {
    const Ran ran(instance, options_of(algorithm));
    expect_law(ran, law, what + ", " + std::string(to_string(algorithm)));
    EXPECT_EQ(ran.result.guarantee.kind, GuaranteeKind::kProven) << ran.result.guarantee.why;
    EXPECT_LT(ran.result.guarantee.tv.value_or(1), 0.011);
    if (algorithm == Algorithm::kLifted) {
      EXPECT_LE(ran.result.first_visits, 2U);
    }
  }
}

void expect_visited(const Instance& instance, const Law& law, Algorithm algorithm,
                    std::uint32_t visits, const std::string& what) {
  SampleOptions options = options_of(algorithm);
  options.chains = kDraws;
  options.visits = Visits::kFixed;
  options.fixed_visits = visits;
  expect_law(Ran(instance, options), law, what + ", " + std::string(to_string(algorithm)));
}

TEST(NeuralLaw, EveryModelByEveryAlgorithm) {
  for (const std::string model : kNeuralModels) {
    const Json keys = {{"horizon", 4}, {"end", {2}}};
    const Law law = law_of(model, keys, one);
    double total = 0;
    for (const auto& [sequence, mass] : law) total += mass;
    EXPECT_NEAR(total, 1, 1e-5);
    const auto instance = neural_instance(model, keys);
    expect_proven(*instance, law, model);
    expect_visited(*instance, law, Algorithm::kJerrumSinclair, 30, model);
  }
}

TEST(NeuralLaw, PowersSharpen) {
  for (const int power : {2, 4}) {
    const Json keys = {{"horizon", 4}, {"end", {1, 3}}};
    Law law = law_of("lstm", keys, one);
    for (auto& [sequence, mass] : law) mass = std::pow(mass, power);
    Json sharpened = keys;
    sharpened["power"] = power;
    const auto instance = neural_instance("lstm", sharpened);
    expect_proven(*instance, law, "power " + std::to_string(power));
    expect_visited(*instance, law, Algorithm::kJerrumSinclair, 60,
                   "power " + std::to_string(power));
  }
}

// The control: the same draws do not have the law without the power.
TEST(NeuralLaw, AnotherLawIsSeen) {
  const Json keys = {{"horizon", 4}, {"power", 2}};
  const Law law = law_of("lstm", {{"horizon", 4}}, one);
  const Ran ran(*neural_instance("lstm", keys), options_of(Algorithm::kLifted));
  std::map<Prefix, std::uint64_t> found;
  for (std::uint64_t i = 0; i < kDraws; ++i)
    ++found[Prefix(&ran.draws.symbols[4 * i], &ran.draws.symbols[4 * i] + 4)];
  std::vector<std::uint64_t> counts;
  std::vector<double> masses;
  for (const auto& [sequence, mass] : law) {
    counts.push_back(found[sequence]);
    masses.push_back(mass);
  }
  EXPECT_LT(chi_square_p(counts, masses), kLevel);
}

TEST(NeuralLaw, TopAndTemperatureAreTheBases) {
  const Json keys = {{"horizon", 4}, {"top_k", 3}, {"temperature", 0.7}};
  const Law law = law_of("gru", keys, one);
  expect_proven(*neural_instance("gru", keys), law, "top 3");
}

// Lengths, and substrings: 0/1 factors that never rise.
TEST(NeuralLaw, ConstraintsMultiply) {
  const Json base = {{"horizon", 5}, {"end", {4}}};
  Json keys = base;
  keys["potentials"] = {{{"kind", "automaton"}, {"forbid", {{0, 0}}}, {"require", {{1, 2}}}},
                        {{"kind", "length"}, {"min", 3}}};
  const Law law = law_of("gru", base, [](const Prefix& sequence) {
    bool forbidden = false;
    bool required = false;
    for (std::size_t i = 0; i + 1 < sequence.size(); ++i) {
      forbidden |= sequence[i] == 0 && sequence[i + 1] == 0;
      required |= sequence[i] == 1 && sequence[i + 1] == 2;
    }
    const std::size_t length = sequence.back() == 4 ? sequence.size() - 1 : sequence.size();
    return forbidden || !required || length < 3 ? 0.0 : 1.0;
  });
  expect_proven(*neural_instance("gru", keys), law, "constraints");
}

// 0 everywhere but below one leaf, which no value announces.
TEST(NeuralLaw, OneLeafIsFound) {
  const Prefix wanted = {3, 1, 4};
  const Law law = law_of("mlp", {{"horizon", 4}, {"end", {4}}},
                         [&](const Prefix& sequence) { return sequence == wanted ? 1.0 : 0.0; });
  const auto base = oracle_of(*neural_instance("mlp", {{"horizon", 4}, {"end", {4}}}));
  PotentialTraits traits;
  traits.alphabet = kAlphabet;
  traits.never_rises = true;
  const auto instance =
      make_guided(base, {std::make_shared<FunctionPotential>(traits, [&](const Prefix& u) {
                    const bool leaf = u.size() == 4 || u.back() == 4;
                    return !leaf || u == wanted ? 0.0F : -std::numeric_limits<float>::infinity();
                  })});
  SampleOptions options = options_of(Algorithm::kLifted);
  options.samples = 500;
  options.chains = 50;
  const Ran ran(*instance, options);
  ASSERT_EQ(ran.result.failure, "");
  EXPECT_EQ(ran.result.guarantee.kind, GuaranteeKind::kProven);
  for (std::uint64_t i = 0; i < 500; ++i) {
    const auto* symbols = &ran.draws.symbols[4 * i];
    ASSERT_EQ(Prefix(symbols, symbols + 4), (Prefix{3, 1, 4, 4}));
    ASSERT_NEAR(ran.draws.log_mass[i], std::log(law.at({3, 1, 4, 4})), 1e-5);
  }
}

// As a value a network changes no law; as a potential it is a factor of leaves.
TEST(NeuralLaw, ValuesGuideAndRewardsCount) {
  const Json base = {{"horizon", 4}, {"end", {0}}};
  const std::string path = neural_model("value").string();
  Json guided = base;
  guided["value"] = {{"model", path}};
  const Law law = law_of("lstm-tied", base, one);
  const auto instance = neural_instance("lstm-tied", guided);
  EXPECT_TRUE(facts(*instance).kappa_by_depth.empty());
  for (const Algorithm algorithm : {Algorithm::kJerrumSinclair, Algorithm::kLifted})
    expect_visited(*instance, law, algorithm, 40, "value");

  Json rewarded = base;
  rewarded["potentials"] = {{{"kind", "network"}, {"model", path}}};
  const auto reward = neural_instance("lstm-tied", rewarded);
  const Json expected = json_file(neural_model("value") / "expected.json");
  const auto probability = oracle_of(*neural_instance("lstm-tied", base));
  int compared = 0;
  for (const auto& row : expected["rows"]) {
    const auto prefix = row["prefix"].get<Prefix>();
    if (prefix.size() > 2 || std::ranges::find(prefix, 0U) != prefix.end()) continue;
    const auto logits = row["logits"].get<std::vector<double>>();
    // The mass of the leaf below it that ends: ln p and ln sigmoid(logit) of its last step alone.
    Prefix leaf = prefix;
    leaf.resize(4, 0);
    double log = -std::log1p(std::exp(-logits[0]));
    Prefix part;
    for (std::size_t h = 0; h <= prefix.size(); ++h) {
      log += static_cast<double>(row_of(*probability, part)[leaf[h]]);
      part.push_back(leaf[h]);
    }
    EXPECT_NEAR(reward->log_mass(leaf.data()), log, 1e-5);
    ++compared;
  }
  EXPECT_GT(compared, 2);
  Law rewarded_law;
  for (const auto& [sequence, mass] : law)
    rewarded_law[sequence] = std::exp(reward->log_mass(sequence.data()));
  for (const Algorithm algorithm : {Algorithm::kJerrumSinclair, Algorithm::kLifted})
    expect_visited(*reward, rewarded_law, algorithm, 60, "reward");
}

TEST(NeuralLaw, ThreadsBatchesAndMemoDoNotMatter) {
  for (const std::string model : kNeuralModels) {
    const Json keys = {
        {"horizon", 6}, {"end", {2}}, {"value", {{"model", neural_model("value").string()}}}};
    SampleOptions options = options_of(Algorithm::kLifted);
    options.samples = 600;
    options.chains = 150;
    options.visits = Visits::kFixed;
    options.fixed_visits = 5;
    std::unique_ptr<Ran> first;
    for (const auto& [threads, batch, memo] : {std::tuple{1U, 0U, 0ULL},
                                               {2U, 1U, 0ULL},
                                               {7U, 5U, 0ULL},
                                               {2U, 0U, 1ULL << 16U},
                                               {7U, 33U, 1ULL << 22U}}) {
      options.threads = threads;
      options.max_batch = batch;
      options.memo_bytes = memo;
      auto ran = std::make_unique<Ran>(*neural_instance(model, keys), options);
      ASSERT_EQ(ran->result.failure, "") << model;
      if (!first) {
        first = std::move(ran);
        continue;
      }
      EXPECT_TRUE(ran->draws == first->draws) << model << " " << threads << " " << batch;
      EXPECT_EQ(ran->result.totals.queries, first->result.totals.queries);
    }
  }
}

}  // namespace
}  // namespace wend::test
