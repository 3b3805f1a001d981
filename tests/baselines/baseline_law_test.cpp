// The laws of the baselines' draws against lists of all sequences: the exact ones have the
// target's, the biased ones have their own, which is not.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <tuple>
#include <vector>

#include "tests/support/guided_targets.hpp"

namespace wend::test {
namespace {

// Each of the tests below makes at most 40 comparisons at this level: one false alarm in 25,000.
constexpr double kLevel = 1e-6;

struct Shape {
  std::uint32_t alphabet;
  std::uint32_t horizon;
  Prefix end;
};
const Shape kShapes[] = {{2, 5, {}}, {3, 4, {2}}, {4, 3, {0, 3}}, {3, 5, {1}}};

BaselineOptions options_of(Baseline method, std::uint64_t samples) {
  BaselineOptions options;
  options.method = method;
  options.samples = samples;
  options.chains = 50;
  options.seed = 20261126;
  options.threads = 1;
  options.memo_bytes = 1U << 20U;
  return options;
}

TEST(BaselineLaw, RejectionIsExactWithAndWithoutAMemo) {
  for (const auto& [alphabet, horizon, end] : kShapes) {
    const GuidedTarget target(alphabet, horizon, end, true, coming_down);
    for (const auto& [method, power, memo] : {std::tuple{Baseline::kRejection, 1.0, 0U},
                                              {Baseline::kRejection, 1.0, 1U << 20U},
                                              {Baseline::kRejection, 1.7, 1U << 20U},
                                              {Baseline::kMemoRejection, 1.0, 0U},
                                              {Baseline::kMemoRejection, 1.0, 2000U},
                                              {Baseline::kMemoRejection, 1.0, 1U << 20U},
                                              {Baseline::kMemoRejection, 1.7, 1U << 20U}}) {
      BaselineOptions options = options_of(method, 8000);
      options.power = power;
      options.memo_bytes = memo;
      const RanBaseline ran(*target.instance, options);
      const std::string what = std::string(to_string(method)) + " " + std::to_string(alphabet) +
                               " " + std::to_string(power) + " " + std::to_string(memo);
      ASSERT_EQ(ran.result.failure, "") << what;
      ASSERT_EQ(ran.result.drawn, 8000U);
      const std::vector<double> law = target.law(power);
      const std::vector<std::uint64_t> counts = target.counts(ran.draws, 8000);
      EXPECT_GT(chi_square_p(counts, law), kLevel) << what;
      EXPECT_EQ(ran.result.law, BaselineLaw::kExact);
      EXPECT_EQ(ran.result.guarantee.kind, GuaranteeKind::kProven) << ran.result.guarantee.why;
      EXPECT_LT(*ran.result.guarantee.tv, 1e-8);
      EXPECT_GT(ran.result.rejected, 0U);
      // The control: the base's own law is another one.
      EXPECT_LT(chi_square_p(counts, target.base_masses), kLevel) << what;
      for (std::uint64_t i = 0; i < 20; ++i) {
        const auto* symbols = &ran.draws.symbols[i * horizon];
        if (power == 1) {
          EXPECT_NEAR(ran.draws.log_mass[i], log_mass(*target.instance, symbols), 1e-5);
        }
      }
    }
  }
}

// The first draw of a chain is as right as the last, though it was found while the memo was empty.
TEST(BaselineLaw, TheMemosFirstDrawsHaveTheLawToo) {
  const GuidedTarget target(3, 4, {2}, true, coming_down);
  const std::vector<double> law = target.law(1);
  std::vector<std::uint64_t> first(law.size());
  std::vector<std::uint64_t> second(law.size());
  for (std::uint64_t seed = 0; seed < 3000; ++seed) {
    BaselineOptions options = options_of(Baseline::kMemoRejection, 2);
    options.chains = seed % 2 + 1;
    options.seed = seed;
    options.self_test = SelfTest::kOff;
    const RanBaseline ran(*target.instance, options);
    std::vector<std::uint64_t> both = target.counts(ran.draws, 2);
    const std::vector<std::uint64_t> one = target.counts(ran.draws, 1);
    for (std::size_t i = 0; i < law.size(); ++i) {
      first[i] += one[i];
      second[i] += both[i] - one[i];
    }
  }
  EXPECT_GT(chi_square_p(first, law), kLevel);
  EXPECT_GT(chi_square_p(second, law), kLevel);
}

TEST(BaselineLaw, AMemoFindsTheOnlySequenceAndRepeatsNoFailure) {
  const Prefix only = {2, 0, 1, 3, 1};
  constexpr std::uint32_t kNodes = 1 + 4 + 16 + 64 + 256;
  const GuidedTarget target(4, 5, {}, true, [&](const Prefix& prefix, bool leaf) {
    return !leaf || prefix == only ? 0.0 : -std::numeric_limits<double>::infinity();
  });
  ASSERT_GT(target.law(1)[static_cast<std::size_t>(std::ranges::find(target.prefixes, only) -
                                                   target.prefixes.begin())],
            0.0);
  BaselineOptions options = options_of(Baseline::kMemoRejection, 100);
  options.chains = 1;
  const RanBaseline memo(*target.instance, options);
  EXPECT_EQ(memo.result.drawn, 100U);
  for (std::uint64_t i = 0; i < 100; ++i)
    for (std::uint32_t h = 0; h < 5; ++h) EXPECT_EQ(memo.draws.symbols[i * 5 + h], only[h]);
  // A failure takes a node of the last level out, and no node is asked for twice.
  EXPECT_LE(memo.result.rejected, 256U);
  EXPECT_LE(memo.result.oracle_use.evaluations, kNodes);

  options.method = Baseline::kRejection;
  options.samples = 10;
  const RanBaseline plain(*target.instance, options);
  EXPECT_GT(plain.result.proposals / 10, memo.result.proposals / 100 * 4);
}

TEST(BaselineLaw, TheBiasedOnesHaveAnotherLawThanTheTarget) {
  for (const auto& [alphabet, horizon, end] : kShapes) {
    const GuidedTarget target(alphabet, horizon, end, false, going_both_ways);
    for (const double power : {1.0, 2.0}) {
      BaselineOptions options = options_of(Baseline::kMasking, 8000);
      options.power = power;
      const RanBaseline masked(*target.instance, options);
      const std::vector<std::uint64_t> counts = target.counts(masked.draws, 8000);
      EXPECT_GT(chi_square_p(counts, target.forward_law(power, true)), kLevel) << alphabet;
      EXPECT_LT(chi_square_p(counts, target.law(power)), kLevel) << alphabet;
      EXPECT_EQ(masked.result.guarantee.kind, GuaranteeKind::kNone);
      EXPECT_EQ(masked.result.guarantee.why.find("biased: "), 0U);
    }
    const auto base = make_oracle(target.base);
    BaselineOptions options = options_of(Baseline::kLowTemperature, 8000);
    options.power = 2;
    const RanBaseline cold(*base, options);
    const std::vector<std::uint64_t> counts = target.counts(cold.draws, 8000);
    std::vector<double> sharpened;
    for (const double mass : target.base_masses) sharpened.push_back(mass * mass);
    EXPECT_GT(chi_square_p(counts, target.forward_law(2, false)), kLevel) << alphabet;
    EXPECT_LT(chi_square_p(counts, sharpened), kLevel) << alphabet;
  }
}

// The most likely of N forward draws by factor over probability: by order statistics.
TEST(BaselineLaw, BestOfHasTheLawOfTheLargestOfN) {
  for (const auto& [alphabet, horizon, end] : kShapes) {
    const GuidedTarget target(alphabet, horizon, end, false, going_both_ways);
    const std::vector<double> forward = target.forward_law(1, false);
    const std::vector<double> masses = target.law(1);
    std::vector<std::size_t> order(masses.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    const auto weight = [&](std::size_t i) { return masses[i] / forward[i]; };
    std::ranges::sort(order, [&](std::size_t a, std::size_t b) { return weight(a) < weight(b); });
    std::vector<double> best(masses.size(), 0.0);
    double below = 0;
    for (const std::size_t i : order) {  // weights differ but for those of no mass
      if (masses[i] > 0) best[i] = std::pow(below + forward[i], 4) - std::pow(below, 4);
      below += forward[i];
    }
    BaselineOptions options = options_of(Baseline::kBestOf, 8000);
    options.best_of = 4;
    const RanBaseline ran(*target.instance, options);
    const std::vector<std::uint64_t> counts = target.counts(ran.draws, 8000);
    EXPECT_GT(chi_square_p(counts, best), kLevel) << alphabet;
    EXPECT_LT(chi_square_p(counts, masses), kLevel) << alphabet;
    EXPECT_EQ(ran.result.proposals % 4, 0U);
    EXPECT_EQ(ran.result.accepted, 8000U);
  }
}

}  // namespace
}  // namespace wend::test
