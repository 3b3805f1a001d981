#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <variant>
#include <vector>

#include "host/instances/knapsack/instance.hpp"
#include "host/oracles/walk_of.hpp"
#include "tests/support/temporary_folder.hpp"

namespace wend {
namespace {

using nlohmann::json;

// Through text, as a file's numbers come.
std::unique_ptr<Instance> load(const json& instance) {
  const testing::TemporaryFolder folder;
  const std::string text = instance.dump();
  const json parsed = json::parse(text);
  return load_knapsack(JsonReader(folder.add("knapsack.json", text), "", parsed));
}

json plain() {
  return {{"wend", 1},
          {"kind", "knapsack"},
          {"weights", {3, 1, 4, 1, 5, 9, 2, 6}},
          {"capacity", 12},
          {"estimate", {{"kind", "exact"}}}};
}

json with_values(json text) {
  text["values"] = {1.0, -2.0, 3.0, 0.5, 0.0, 4.0, -1.0, 2.0};
  text["temperature"] = 2.0;
  return text;
}

json rounded(json text, double kappa) {
  text["estimate"] = {{"kind", "rounded"}, {"kappa", kappa}};
  return text;
}

json noisy(json text, double kappa) {
  text["estimate"] = {{"kind", "noise"}, {"model", "iid"}, {"kappa", kappa}, {"seed", 1}};
  return text;
}

TEST(KnapsackInstance, TellsItsFacts) {
  const std::unique_ptr<Instance> exact = load(plain());
  EXPECT_EQ(exact->facts().kind, "knapsack");
  EXPECT_EQ(exact->facts().estimate, "exact");
  EXPECT_EQ(exact->facts().alphabet, 2U);
  EXPECT_EQ(exact->facts().horizon, 8U);
  EXPECT_EQ(exact->facts().kappa, 1.0);
  EXPECT_EQ(exact->facts().digest.size(), 16U);
  EXPECT_EQ(load(noisy(plain(), 1.5))->facts().kappa, 1.5);
  const std::unique_ptr<Instance> counted = load(rounded(plain(), 2.0));
  EXPECT_EQ(counted->facts().estimate, "rounded");
  EXPECT_EQ(counted->facts().kappa, 2.0);
  EXPECT_NE(counted->facts().kappa_why.find("proven"), std::string::npos);
}

TEST(KnapsackInstance, StatesTheBytesThatItCompiles) {
  for (const json& text : {plain(), noisy(plain(), 1.5), rounded(with_values(plain()), 2.0)}) {
    const std::unique_ptr<Instance> instance = load(text);
    for (const Algorithm algorithm :
         {Algorithm::kJerrumSinclair, Algorithm::kLifted, Algorithm::kSequential}) {
      const Oracle oracle = instance->compile(walk_of(algorithm), Correction::kReject);
      EXPECT_EQ(table_bytes(oracle), instance->table_bytes(walk_of(algorithm)));
      EXPECT_EQ(horizon(oracle), 8U);
      EXPECT_EQ(std::holds_alternative<KnapsackOracle>(oracle),
                instance->facts().estimate == "rounded");
    }
  }
}

// ln g by hand, and the importance weights' identity: over all choices, the proposal's probability
// times the weight is the mass.
TEST(KnapsackInstance, MassesAndWeightsOfSequences) {
  for (const json& base : {plain(), with_values(plain())}) {
    const double temperature = base.value("temperature", 1.0);
    const auto weights = base["weights"].get<std::vector<int>>();
    const std::vector<double> values = base.contains("values")
                                           ? base["values"].get<std::vector<double>>()
                                           : std::vector<double>(8, 0.0);
    for (const json& text : {base, noisy(base, 2.0), rounded(base, 1.3)}) {
      const std::unique_ptr<Instance> instance = load(text);
      double proposals = 0;
      for (unsigned leaf = 0; leaf < 256; ++leaf) {
        std::vector<std::uint32_t> symbols(8);
        int weight = 0;
        double log_mass = 0;
        for (unsigned i = 0; i < 8; ++i) {
          symbols[i] = static_cast<std::uint32_t>(leaf >> i & 1U);
          weight += static_cast<int>(symbols[i]) * weights[i];
          log_mass += symbols[i] * values[i] / temperature;
        }
        if (weight > 12) {
          EXPECT_EQ(instance->log_mass(symbols.data()), -INFINITY);
          EXPECT_EQ(instance->log_weight(symbols.data()), -INFINITY);
          continue;
        }
        EXPECT_NEAR(instance->log_mass(symbols.data()), log_mass, 1e-12);
        proposals += std::exp(log_mass - instance->log_weight(symbols.data()));
      }
      EXPECT_NEAR(proposals, 1.0, 1e-9);
    }
  }
}

TEST(KnapsackInstance, MeasuresItsKappa) {
  EXPECT_EQ(load(plain())->measured_kappa()->first, 1.0);
  const auto noise = load(noisy(plain(), 1.5))->measured_kappa();
  EXPECT_GT(noise->first, 1.1);
  EXPECT_LE(noise->first, 1.5 * (1 + 1e-12));
  const auto rounding = load(rounded(with_values(plain()), 3.0))->measured_kappa();
  EXPECT_GT(rounding->first, 1.0);
  EXPECT_LE(rounding->first, 3.0);
  EXPECT_NE(rounding->second.find("last 7 of 8 items"), std::string::npos) << rounding->second;
}

// The root and capacities that no choice leaves do not count: here only 0 and 4 can be left, so
// that whatever the rounding, estimates of 1 (nothing fits) and of 2 (the last item) are compared.
TEST(KnapsackInstance, MeasuresOnlyWhatAWalkMeets) {
  json text = plain();
  text["weights"] = {4, 4};
  text["capacity"] = 4;
  constexpr double kKappa = 3;
  const auto measured = load(rounded(text, kKappa))->measured_kappa();
  const double log_q = std::log(kKappa);  // kappa^(2/2)
  const double nearest = std::round(std::log(2.0) / log_q) * log_q;
  EXPECT_NEAR(measured->first, std::exp(std::abs(nearest - std::log(2.0))), 1e-4);
}

TEST(KnapsackInstance, TakesSumsBeyond64Bits) {
  json text = plain();
  text["weights"] = std::vector<std::int64_t>(40, std::int64_t{9'000'000'000'000'000'000});
  text["capacity"] = std::int64_t{9'223'372'036'854'775'807};
  const std::unique_ptr<Instance> exact = load(text);
  const std::unique_ptr<Instance> counted = load(rounded(text, 2.0));
  std::vector<std::uint32_t> symbols(40, 0);
  symbols[39] = 1;
  // One item fits, of 40: 41 choices.
  EXPECT_EQ(exact->log_mass(symbols.data()), 0.0);
  EXPECT_NEAR(exact->log_weight(symbols.data()), std::log(41.0), 1e-9);
  EXPECT_NEAR(counted->log_weight(symbols.data()), std::log(41.0), 2 * std::log(2.0));
  symbols[0] = 1;
  EXPECT_EQ(exact->log_mass(symbols.data()), -INFINITY);
  EXPECT_EQ(counted->log_mass(symbols.data()), -INFINITY);
}

struct Refusal {
  json text;
  std::string key;
};

TEST(KnapsackInstance, RefusesBadInputNamingTheKey) {
  const auto changed = [](const std::string& key, const json& value) {
    json text = with_values(plain());
    text[key] = value;
    return text;
  };
  const auto without = [](const std::string& key) {
    json text = with_values(plain());
    text.erase(key);
    return text;
  };
  const std::vector<Refusal> refusals = {
      {changed("capacity", -1), "capacity"},
      {changed("capacity", 1.5), "capacity"},
      {changed("capacity", 1e19), "capacity"},
      {without("capacity"), "capacity"},
      {changed("weights", {3, 1, 4, 1, 5, 9, -2, 6}), "weights[6]"},
      {changed("weights", {3, 1, 4, 1, 5, 9, "two", 6}), "weights[6]"},
      {changed("weights", json::array()), "weights"},
      {changed("weights", std::vector<int>(65536, 1)), "weights"},
      {without("weights"), "weights"},
      {changed("values", {1.0, 2.0}), "values"},
      {changed("values", {1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, nullptr}), "values[7]"},
      {changed("temperature", 0), "temperature"},
      {changed("temperature", -1.0), "temperature"},
      {changed("temperature", 1e-320), "temperature"},
      {without("temperature"), "temperature"},
      {without("values"), "values"},
      {changed("price", 3), "price"},
      {without("estimate"), "estimate"},
      {changed("estimate", {{"kind", "lookahead"}, {"depth", 2}}), "estimate.kind"},
      {rounded(plain(), 0.5), "estimate.kappa"},
      {rounded(plain(), 1.0), "estimate.kappa"},
      {noisy(plain(), 0.99), "estimate.kappa"},
      {rounded(changed("temperature", 1e-12), 2.0), "estimate"},
  };
  for (const Refusal& refusal : refusals) {
    const std::string message = testing::error_of(ErrorKind::kInput, [&] { load(refusal.text); });
    EXPECT_NE(message.find("knapsack.json: " + refusal.key + ": "), std::string::npos) << message;
  }
}

}  // namespace
}  // namespace wend
