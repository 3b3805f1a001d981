// Draws under an estimate that a network of features has trained: it is taken where features count
// only together, the draws have the target's law, and are the same bytes on any threads. One
// comparison at 1e-6.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "host/instances/instance.hpp"
#include "tests/support/kept_draws.hpp"
#include "tests/support/neural_laws.hpp"
#include "wend/oracle.hpp"
#include "wend/sample.hpp"

namespace wend::test {
namespace {

/// What it says of a node is off by what its last two symbols make together: much where both are
/// large or both small, little where one is. Each of them alone says nothing of that.
class Together final : public BatchOracle {
 public:
  static constexpr std::uint32_t kSymbols = 8;

  explicit Together(std::uint32_t horizon) {
    traits_.name = "together";
    traits_.alphabet = kSymbols;
    traits_.horizon = horizon;
    traits_.buckets = kSymbols * kSymbols;
    traits_.bucket_why = "last two symbols";
  }
  [[nodiscard]] const OracleTraits& traits() const override { return traits_; }
  [[nodiscard]] std::vector<double> bucket_features() const override {
    std::vector<double> features;
    for (std::uint32_t bucket = 0; bucket < kSymbols * kSymbols; ++bucket)
      for (const std::uint32_t symbol : {bucket / kSymbols, bucket % kSymbols})
        features.push_back(symbol);
    return features;
  }
  void expand(std::uint32_t /*context*/, const OracleBatch& batch,
              const OracleRows& rows) override {
    for (std::uint32_t i = 0; i < batch.size; ++i) {
      const std::uint32_t depth = batch.depth[i];
      const std::uint32_t last = depth > 0 ? batch.prefix[i][depth - 1] : 0;
      const std::uint32_t before = depth > 1 ? batch.prefix[i][depth - 2] : 0;
      const double off = depth > 1 ? (last - 3.5) * (before - 3.5) / 4 : 0;
      if (rows.own_bucket != nullptr) rows.own_bucket[i] = before * kSymbols + last;
      for (std::uint32_t c = 0; c < kSymbols; ++c) {
        rows.log_ratio[i * kSymbols + c] = static_cast<float>(off - std::log(kSymbols));
        if (rows.bucket != nullptr) rows.bucket[i * kSymbols + c] = last * kSymbols + c;
      }
    }
  }

 private:
  OracleTraits traits_;
};

SampleOptions options_of(Adapt adapt) {
  SampleOptions options;
  options.algorithm = Algorithm::kLifted;
  options.adapt = adapt;
  options.samples = kDraws;
  options.chains = kDraws;
  options.visits = Visits::kFixed;
  options.fixed_visits = 60;
  options.scouts = 500;  // of 4,681 nodes
  options.threads = 2;
  options.seed = 20261128;
  options.memo_bytes = 1U << 22U;
  return options;
}

constexpr const char* kName = "explored, depth and a network of features of last two symbols";

TEST(NetworkLaw, IsTheTargets) {
  const auto oracle = std::make_shared<Together>(5);
  const Law law = listed_law(*oracle, [](const Prefix& /*sequence*/) { return 1; });
  const Ran ran(*make_oracle(oracle), options_of(Adapt::kFeatures));
  EXPECT_EQ(ran.result.adaptation->family, kName);
  expect_law(ran, law, "together");
}

TEST(NetworkLaw, DoesNotDependOnThreads) {
  SampleOptions options = options_of(Adapt::kFeatures);
  options.samples = 1000;
  options.chains = 100;
  options.fixed_visits = 5;
  options.threads = 1;
  const auto instance = make_oracle(std::make_shared<Together>(5));
  const Ran one(*instance, options);
  EXPECT_EQ(one.result.adaptation->family, kName);
  for (const unsigned threads : {2U, 7U}) {
    options.threads = threads;
    const Ran other(*instance, options);
    EXPECT_EQ(one.draws, other.draws) << threads;
    EXPECT_EQ(one.result.adaptation->queries, other.result.adaptation->queries) << threads;
  }
}

std::vector<AdaptedFamily> families(const Instance& instance, Adapt adapt, std::uint64_t scouts) {
  SampleOptions options = options_of(adapt);
  options.samples = options.chains.emplace(100);
  options.fixed_visits = 1;
  options.scouts = scouts;
  options.seed = 3;
  return Ran(instance, options).result.adaptation->families;
}

double cost_of(const std::vector<AdaptedFamily>& families, const std::string& name) {
  const auto found = std::ranges::find(families, name, &AdaptedFamily::name);
  return found == families.end() ? NAN : *found->evaluations;
}

// 1.4 evaluations an effective sample, where what is linear takes 240, and untrained 200.
TEST(NetworkLaw, IsWorthItWhereFeaturesCountTogether) {
  const auto found =
      families(*make_oracle(std::make_shared<Together>(12)), Adapt::kFeatures, 10'000);
  EXPECT_LT(10 * cost_of(found, kName),
            cost_of(found, "explored, depth and features of last two symbols"));
  EXPECT_LT(10 * cost_of(found, kName), cost_of(found, "untrained"));
}

bool has_network(const std::vector<AdaptedFamily>& families) {
  return std::ranges::any_of(families, [](const AdaptedFamily& family) {
    return family.name.find("a network of features") != std::string::npos;
  });
}

TEST(NetworkLaw, IsTriedWhereItMaySayMore) {
  const auto together = make_oracle(std::make_shared<Together>(5));
  EXPECT_TRUE(has_network(families(*together, Adapt::kFeatures, 50)));
  EXPECT_TRUE(has_network(families(*together, Adapt::kAuto, 50)));
  EXPECT_FALSE(has_network(families(*together, Adapt::kBucket, 50)));
  // Tables' scouts are dear beside what they may gain: where it is asked for alone.
  InstanceDocument document;
  document.json = R"({"wend": 1, "kind": "knapsack", "weights": [3, 5, 7, 4, 2, 6, 8],
                      "capacity": 16, "estimate": {"kind": "rounded", "kappa": 1000}})";
  const auto knapsack = make_instance(document);
  EXPECT_TRUE(has_network(families(*knapsack, Adapt::kFeatures, 50)));
  EXPECT_FALSE(has_network(families(*knapsack, Adapt::kAuto, 50)));
  // Four symbols with four features: whatever may be said of them is linear.
  const auto dyck = load_instance(std::string(WEND_SOURCE_DIR) + "/examples/dyck.json");
  EXPECT_FALSE(has_network(families(*dyck, Adapt::kFeatures, 50)));
}

}  // namespace
}  // namespace wend::test
