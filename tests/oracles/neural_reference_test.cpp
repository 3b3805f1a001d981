// Rows of tiny networks of every architecture against an independent forward pass in float64
// (tests/neural/make_models.py), and what temperature, top_k and power make of them.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

#include "kernels/lockstep/log_mass.hpp"
#include "tests/support/neural_models.hpp"

namespace wend::test {
namespace {

// Of logits in float32, some units of the last place after a few hundred sums.
constexpr double kClose = 1e-5;

/// Temperature, then the k most likely, then the power: by their definitions.
std::vector<double> changed(std::vector<double> logits, double temperature, std::size_t top_k,
                            double power) {
  std::vector<std::size_t> order(logits.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order,
                           [&](std::size_t a, std::size_t b) { return logits[a] > logits[b]; });
  double sum = 0;
  for (double& logit : logits) logit /= temperature;
  for (std::size_t i = 0; i < top_k; ++i) sum += std::exp(logits[order[i]]);
  std::vector<double> row(logits.size(), -std::numeric_limits<double>::infinity());
  for (std::size_t i = 0; i < top_k; ++i)
    row[order[i]] = power * (logits[order[i]] - std::log(sum));
  return row;
}

void expect_row(const std::vector<float>& found, const std::vector<double>& expected,
                const std::string& what) {
  ASSERT_EQ(found.size(), expected.size());
  double sum = 0;
  for (std::size_t c = 0; c < found.size(); ++c) {
    if (std::isinf(expected[c])) {
      EXPECT_EQ(found[c], -std::numeric_limits<float>::infinity()) << what << " symbol " << c;
    } else {
      EXPECT_NEAR(static_cast<double>(found[c]), expected[c], kClose * std::max(1.0, -expected[c]))
          << what << " symbol " << c;
    }
    sum += kernels::mass_of_log(static_cast<double>(found[c]));
  }
  EXPECT_LE(sum, 1.0) << what;
}

TEST(NeuralReference, EveryArchitecture) {
  std::size_t rows = 0;
  for (const std::string name : kNeuralModels) {
    const auto instance = neural_instance(name);
    const auto oracle = oracle_of(*instance);
    const nlohmann::json expected_rows = json_file(neural_model(name) / "expected.json");
    for (const auto& row : expected_rows["rows"]) {
      const auto prefix = row["prefix"].get<std::vector<std::uint32_t>>();
      const auto expected = row["log_probabilities"].get<std::vector<double>>();
      expect_row(row_of(*oracle, prefix), expected, name + " " + row["prefix"].dump());
      ++rows;
    }
  }
  EXPECT_EQ(rows, 7 * std::size(kNeuralModels));
}

TEST(NeuralReference, TemperatureTopAndPower) {
  struct Case {
    double temperature;
    std::size_t top_k;
    double power;
  };
  const nlohmann::json expected = json_file(neural_model("gru") / "expected.json");
  for (const auto& [temperature, top_k, power] :
       {Case{0.7, 5, 1}, Case{1, 3, 1}, Case{1.5, 1, 1}, Case{1, 5, 4}, Case{0.8, 2, 2.5}}) {
    const auto instance =
        neural_instance("gru", {{"temperature", temperature}, {"top_k", top_k}, {"power", power}});
    const auto oracle = oracle_of(*instance);
    for (const auto& row : expected["rows"])
      expect_row(row_of(*oracle, row["prefix"].get<std::vector<std::uint32_t>>()),
                 changed(row["logits"].get<std::vector<double>>(), temperature, top_k, power),
                 "top " + std::to_string(top_k) + " " + row["prefix"].dump());
  }
}

// Below 1 the power makes more of a row than 1, but no more than is stated.
TEST(NeuralReference, APowerBelowOneIsBounded) {
  const auto instance = neural_instance("gru", {{"power", 0.5}, {"top_k", 4}});
  const auto oracle = oracle_of(*instance);
  const double bound = oracle->traits().ratio_bound.at(0);
  EXPECT_NEAR(bound, 2, 1e-6);
  EXPECT_TRUE(oracle->traits().kappa_by_depth.empty());
  double largest = 0;
  for (std::uint32_t a = 0; a < 5; ++a)
    for (std::uint32_t b = 0; b < 5; ++b) {
      double sum = 0;
      for (const float log : row_of(*oracle, {a, b}))
        sum += kernels::mass_of_log(static_cast<double>(log));
      largest = std::max(largest, sum);
    }
  EXPECT_LE(largest, bound);
  EXPECT_GT(largest, 1.3);
}

}  // namespace
}  // namespace wend::test
