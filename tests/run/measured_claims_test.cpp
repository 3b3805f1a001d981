// What `visits = measured` claims, against the exact law of the K-th leaf visit, on instances made
// to fool a pilot: knapsacks whose first items never fit, so that what the first symbols show is
// constant, and trees whose mass lies below one prefix.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "host/instances/instance.hpp"
#include "tests/support/instance_tree.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/visit_distance.hpp"
#include "wend/sample.hpp"

namespace wend::test {
namespace {

/// WEND_EXHAUSTIVE=1 takes a few minutes.
bool exhaustive() { return std::getenv("WEND_EXHAUSTIVE") != nullptr; }

std::vector<std::string> instances() {
  const std::uint64_t knapsacks = exhaustive() ? 120 : 12;
  const double most_kappa = exhaustive() ? 300 : 30;
  std::vector<std::string> all = {
      R"({"wend": 1, "kind": "knapsack", "weights": [90, 80, 70, 9, 8, 7, 6, 5, 4], "capacity": 20,
          "estimate": {"kind": "noise", "model": "sign", "kappa": 30, "seed": 3}})"};
  for (const double kappa : {16.0, exhaustive() ? 256.0 : 64.0}) {
    std::string masses;
    for (int leaf = 0; leaf < 64; ++leaf) masses += leaf < 8 ? "1, " : "0, ";
    masses.resize(masses.size() - 2);
    all.push_back(fmt::format(
        R"({{"wend": 1, "kind": "tree", "alphabet": 2, "horizon": 6, "leaf_mass": [{}],
             "estimate": {{"kind": "noise", "model": "sign", "kappa": {}, "seed": 1}}}})",
        masses, kappa));
  }
  std::mt19937_64 random(11);
  for (std::uint64_t k = 0; k < knapsacks; ++k) {
    std::string weights;
    const std::uint64_t heavy = random() % 4;
    for (std::uint64_t i = 0; i < 6 + heavy; ++i)
      weights += fmt::format("{}{}", i == 0 ? "" : ", ",
                             i < heavy ? 60 + random() % 40 : 1 + random() % 12);
    all.push_back(fmt::format(
        R"({{"wend": 1, "kind": "knapsack", "weights": [{}], "capacity": {},
             "estimate": {{"kind": "noise", "model": "{}", "kappa": {}, "seed": {}}}}})",
        weights, 15 + random() % 20, random() % 2 == 0 ? "sign" : "iid",
        std::exp(std::log(most_kappa) * static_cast<double>(random() % 1000) / 999),
        random() % 1000));
  }
  return all;
}

TEST(MeasuredClaims, AreNotExceeded) {
  const wend::testing::TemporaryFolder folder;
  const std::atomic<bool> stop{false};
  double worst = 0;
  int measured = 0;
  for (const std::string& text : instances()) {
    SCOPED_TRACE(text);
    const auto instance = load_instance(folder.add("i.json", text));
    const SmallTree tree = tree_of(*instance);
    for (const Algorithm algorithm : {Algorithm::kJerrumSinclair, Algorithm::kLifted}) {
      SampleOptions options;
      options.algorithm = algorithm;
      options.visits = Visits::kMeasured;
      options.samples = 1;
      options.delta = exhaustive() ? 0.05 : 0.2;
      options.backend = Backend::kCpu;
      const SampleResult result = sample(*instance, options, nullptr, stop);
      const double distance = distance_at(tree, algorithm, result.first_visits);
      EXPECT_LE(distance, result.guarantee.tv.value());
      EXPECT_NE(result.guarantee.why.find("mu <= kappa_h w"), std::string::npos);
      worst = std::max(worst, distance / options.delta);
      measured += result.guarantee.kind == GuaranteeKind::kMeasured ? 1 : 0;
    }
  }
  RecordProperty("worst_distance_over_delta", ::testing::PrintToString(worst));
  RecordProperty("measured", measured);
  EXPECT_GT(measured, 10);
}

}  // namespace
}  // namespace wend::test
