// A whole run takes the N paths that its bound asks for before it draws a sample, and says so.
#include <gtest/gtest.h>

#include <atomic>
#include <numeric>

#include "tests/support/class_targets.hpp"
#include "wend/bounds.hpp"
#include "wend/sample.hpp"

namespace wend::test {
namespace {

constexpr double kKappa = 1.2;
constexpr double kDelta = 0.1;
constexpr std::uint32_t kMembers = 32;
constexpr std::uint64_t kPaths = 276;  // as bounds_test.cpp has it, by hand

/// Members that differ in a hundredth of a percent of their mass: few paths tell any apart.
TestClass quiet_class() {
  return TestClass(
      class_target(needle_members({2, 30, kMembers, 11}, 30, 0.0001, "test"), 7, kKappa));
}

SampleOptions quiet_options(VersionSpace space) {
  SampleOptions options;
  options.algorithm = Algorithm::kClassElimination;
  options.samples = 30;
  options.chains = 3;
  options.delta = kDelta;
  options.version_space = space;
  options.backend = Backend::kCpu;
  options.threads = 2;
  options.seed = 12;
  return options;
}

std::uint64_t sum(const std::vector<std::uint64_t>& values) {
  return std::accumulate(values.begin(), values.end(), std::uint64_t{0});
}

TEST(ClassCertification, OfASharedVersionSpaceTakesNPaths) {
  const std::atomic<bool> stop{false};
  const SampleResult result =
      sample(quiet_class(), quiet_options(VersionSpace::kShared), nullptr, stop);
  const ClassResult& found = *result.elimination;
  EXPECT_EQ(found.paths_to_certify, kPaths);
  EXPECT_EQ(found.bound, 2 * kKappa * kKappa);
  EXPECT_EQ(found.proven_queries, 2.0 * 30 * kPaths * 6);
  ASSERT_EQ(found.phases.size(), 1U);
  EXPECT_EQ(found.phases[0].certified, 1U);
  EXPECT_EQ(sum(found.chains.scouted), kPaths);
  EXPECT_EQ(found.phases[0].paths, kPaths + sum(found.chains.proposals));
  EXPECT_EQ(found.samples_certified, 30U);
}

TEST(ClassCertification, OfEachChainsOwnVersionSpaceTakesNPaths) {
  const std::atomic<bool> stop{false};
  const SampleResult result =
      sample(quiet_class(), quiet_options(VersionSpace::kIndependent), nullptr, stop);
  const ClassResult& found = *result.elimination;
  ASSERT_EQ(found.phases.size(), 1U);
  EXPECT_EQ(found.phases[0].certified, 3U);
  for (const std::uint64_t scouted : found.chains.scouted) EXPECT_EQ(scouted, kPaths);
}

TEST(ClassCertification, NGrowsAsDeltaAndKappaAsk) {
  for (const auto& [kappa, delta] : {std::pair{1.0, 0.3}, {1.0, 0.03}, {1.6, 0.3}}) {
    SampleOptions options = quiet_options(VersionSpace::kShared);
    options.kappa = kappa;
    options.delta = delta;
    options.samples = 3;
    const std::atomic<bool> stop{false};
    const TestClass instance(
        class_target(needle_members({2, 30, kMembers, 11}, 30, 0.0001, "test"), 7, 1.0));
    const SampleResult result = sample(instance, options, nullptr, stop);
    EXPECT_EQ(sum(result.elimination->chains.scouted), paths_to_certify(kappa, kMembers, delta));
  }
}

}  // namespace
}  // namespace wend::test
