// Replicates: chains that each have a noise of their own, not one that all share.
#include <gtest/gtest.h>

#include <atomic>
#include <vector>

#include "tests/support/class_targets.hpp"
#include "wend/sample.hpp"

namespace wend::test {
namespace {

constexpr double kKappa = 1.5;
constexpr std::uint32_t kFew = 19;  // of 64 members; they have 0.001 below symbol 0

/// Two steps of three symbols. The first is 0 with a probability of 0.001 for the few, of kappa
/// times that for the others, and of 0.05 for the last member, which stands out there. But for the
/// last, all agree on the leaves 10 and 11, which nearly all paths come to.
TableMembers near_twins() {
  constexpr std::uint32_t kMembers = 64;
  TableMembers members;
  members.alphabet = 3;
  members.horizon = 2;
  members.count = kMembers;
  members.next = {2, 1, 2, 0, 0, 0, 0, 0, 0};
  members.table = TableMemory<double>(members.next.size() * kMembers);
  for (std::uint32_t i = 0; i < kMembers; ++i) {
    const double zero = i == kMembers - 1 ? 0.05 : (i < kFew ? 0.001 : 0.001 * kKappa);
    const double both = (i == kMembers - 1 ? 0.475 : 0.499) / (1 - zero);
    const std::vector<double> rows = {zero,         1 - zero, 0,       both,   both,
                                      1 - 2 * both, 1 / 3.0,  1 / 3.0, 1 / 3.0};
    for (std::size_t e = 0; e < rows.size(); ++e) members.table[e * kMembers + i] = rows[e];
  }
  return members;
}

TEST(ClassReplicates, HaveNoisesOfTheirOwn) {
  // The first path asks below symbol 0. Where one of the few is the truth, an answer that is too
  // small leaves the few alone, and begins a second phase; one that is too large leaves all but
  // the last. So about half of such chains have a second phase, and a tenth more that hit one of
  // the other leaves. Bounds: six standard deviations of some 120 chains.
  const TestClass instance(class_target(near_twins(), 0, kKappa, EstimateSpec::Model::kSign));
  SampleOptions options;
  options.algorithm = Algorithm::kClassElimination;
  options.version_space = VersionSpace::kIndependent;
  options.replicates = true;
  options.samples = 400;
  options.chains = 400;
  options.delta = 0.9;
  options.backend = Backend::kCpu;
  options.threads = 2;
  options.seed = 4;
  const std::atomic<bool> stop{false};
  const SampleResult result = sample(instance, options, nullptr, stop);
  const ClassChains& chains = result.elimination->chains;
  std::uint64_t few = 0;
  std::uint64_t second = 0;
  for (std::uint64_t chain = 0; chain < options.chains; ++chain) {
    if (chains.truth[chain] >= kFew) continue;
    ++few;
    second += chains.phases[chain] > 1 ? 1U : 0U;
  }
  EXPECT_GT(few, 80U);
  const double share = static_cast<double>(second) / static_cast<double>(few);
  EXPECT_GT(share, 0.25);
  EXPECT_LT(share, 0.85);
  RecordProperty("share", std::to_string(share));
}

}  // namespace
}  // namespace wend::test
