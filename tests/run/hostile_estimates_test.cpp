// Files of estimates that are far too low on one side of a tree, beside nodes without mass that
// look heavy: a pilot hardly ever sees the low side, and the first symbol is stuck. What is claimed
// of every kind of visits, against the exact law of the K-th leaf visit.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "host/files/npy_header.hpp"
#include "host/instances/instance.hpp"
#include "host/run/guarantee.hpp"
#include "tests/support/leaf_chain.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/visit_distance.hpp"
#include "wend/sample.hpp"

namespace wend::test {
namespace {

/// Leaf masses 1 1 0 0 1 1 0 0. Estimates are right on the left of the root, `low` times as much on
/// its right, and `left` and `right` of the two nodes without mass.
SmallTree hostile_tree(double low, double left, double right) {
  SmallTree tree(2, 3);
  for (std::uint32_t leaf = 0; leaf < 8; ++leaf)
    tree.w[tree.first_leaf() + leaf] = leaf % 4 < 2 ? 1.0 : 0.0;
  tree.w[4] = 2;
  tree.w[5] = left;
  tree.w[6] = 2 * low;
  tree.w[7] = right;
  tree.w[2] = 2;
  tree.w[3] = 2 * low;
  tree.w[1] = 4;
  return tree;
}

std::shared_ptr<const Instance> load(const testing::TemporaryFolder& folder,
                                     const SmallTree& tree) {
  const std::vector<double> values(tree.w.begin() + 1, tree.w.end());
  std::string bytes = npy_header(NpyType::kF8, std::array<std::uint64_t, 1>{values.size()});
  bytes.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(double));
  EXPECT_FALSE(folder.add("w.npy", bytes).empty());
  return load_instance(
      folder.add("i.json", R"({"wend": 1, "kind": "tree", "alphabet": 2, "horizon": 3,
                    "leaf_mass": [1, 1, 0, 0, 1, 1, 0, 0],
                    "estimate": {"kind": "file", "path": "w.npy"}})"));
}

SampleResult draw(const Instance& instance, Algorithm algorithm, Visits visits,
                  std::uint64_t samples) {
  SampleOptions options;
  options.algorithm = algorithm;
  options.visits = visits;
  options.fixed_visits = 3;
  options.samples = samples;
  options.chains = samples < 100 ? 1 : samples / 5;
  options.backend = Backend::kCpu;
  const std::atomic<bool> stop{false};
  return sample(instance, options, nullptr, stop);
}

struct Hostile {
  double low;
  double left;
  double right;
};

class HostileEstimates : public ::testing::TestWithParam<Hostile> {};

TEST_P(HostileEstimates, ClaimNothingThatIsNotSo) {
  const Hostile& own = GetParam();
  const testing::TemporaryFolder folder;
  const SmallTree tree = hostile_tree(own.low, own.left, own.right);
  const auto instance = load(folder, tree);
  EXPECT_FALSE(instance->facts().kappa.has_value());
  EXPECT_NEAR(instance->facts().kappa_by_depth[0] * own.low, 1, 1e-9);
  for (const Algorithm algorithm : {Algorithm::kJerrumSinclair, Algorithm::kLifted}) {
    // Three visits are never enough, and what they draw is not the target.
    const SampleResult few = draw(*instance, algorithm, Visits::kFixed, 500);
    EXPECT_EQ(few.guarantee.kind, GuaranteeKind::kNone);
    EXPECT_NE(few.guarantee.why.find("proven to be enough"), std::string::npos);
    EXPECT_GT(distance_at(tree, algorithm, 3), 0.4);
    for (const Visits visits : {Visits::kProven, Visits::kMeasured}) {
      if (own.low < 1e-5) continue;  // some 1e6 visits a sample, or more than can be counted
      const SampleResult result = draw(*instance, algorithm, visits, 1);
      const double distance = distance_at(tree, algorithm, result.first_visits);
      // A pilot has not seen the right side: it must not say that there is none.
      EXPECT_GT(result.first_visits, 0.5 / own.low);
      EXPECT_LE(distance, result.guarantee.tv.value_or(1.0)) << result.first_visits;
      EXPECT_NE(result.guarantee.kind, GuaranteeKind::kNone);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Trees, HostileEstimates,
                         ::testing::Values(Hostile{1e-5, 1e-3, 1e-8}, Hostile{1e-3, 1e-3, 1e-8},
                                           Hostile{1e-4, 2, 1e-4}, Hostile{1e-3, 1e3, 10},
                                           Hostile{1e-9, 1e-3, 1e-8},
                                           Hostile{1e-12, 1e-12, 1e-12}));

// Every chain stays on the side where it begins: R-hat of the first symbol is infinite.
TEST(ChainsOfHostileEstimates, NeverMix) {
  const testing::TemporaryFolder folder;
  SmallTree tree(2, 3);
  // Both sides alike, and both so low that no chain leaves the side where it begins.
  for (std::uint32_t leaf = 0; leaf < 8; ++leaf)
    tree.w[tree.first_leaf() + leaf] = leaf % 4 < 2 ? 1.0 : 0.0;
  tree.w[1] = 4;
  tree.w[2] = tree.w[3] = tree.w[4] = tree.w[6] = 1e-6;
  tree.w[5] = tree.w[7] = 1e-9;
  const auto instance = load(folder, tree);
  const SampleResult result = draw(*instance, Algorithm::kLifted, Visits::kFixed, 500);
  ASSERT_TRUE(result.diagnostics.first_symbol.split_rhat.has_value());
  EXPECT_TRUE(std::isinf(*result.diagnostics.first_symbol.split_rhat));
  EXPECT_EQ(result.guarantee.kind, GuaranteeKind::kNone);
}

// The same diagnostics take back what a pilot has measured, and say so.
TEST(ChainsOfHostileEstimates, TakeAMeasuredClaimBack) {
  InstanceFacts facts;
  facts.alphabet = 2;
  facts.horizon = 3;
  const SampleOptions options;
  const Mixing mixing{.relaxation = 2,
                      .steps_per_visit = 6,
                      .why = "a test",
                      .rounding = 1e-8,
                      .straight_climb = std::nullopt};
  SampleResult result;
  const auto claimed = [&](Visits visits) {
    RunSettings settings;
    settings.chains = 4;
    settings.visits = visits;
    settings.first_visits = 100;
    return walk_guarantee(facts, options, settings, mixing, result);
  };
  EXPECT_EQ(claimed(Visits::kMeasured).kind, GuaranteeKind::kMeasured);
  for (const bool of_mass : {true, false}) {
    result.diagnostics = {};
    (of_mass ? result.diagnostics.log_mass : result.diagnostics.first_symbol).split_rhat =
        std::numeric_limits<double>::infinity();
    EXPECT_EQ(claimed(Visits::kMeasured).kind, GuaranteeKind::kNone);
    EXPECT_NE(claimed(Visits::kMeasured).why.find("R-hat is infinite"), std::string::npos);
    EXPECT_EQ(claimed(Visits::kProven).kind, GuaranteeKind::kProven);
  }
}

}  // namespace
}  // namespace wend::test
