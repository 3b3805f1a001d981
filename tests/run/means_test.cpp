// Means from tours against enumeration, at fixed seeds: the alarm is raised at 4.5 standard errors,
// which some 400 means pass: a false alarm, had the seeds been random, once in 400.
#include "wend/means.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "host/run/mean_sums.hpp"
#include "host/run/means_settings.hpp"
#include "tests/support/exact_means.hpp"
#include "tests/support/temporary_folder.hpp"
#include "wend/error.hpp"

namespace wend {
namespace {

using test::exact_means;
using test::ExactMeans;
using testing::error_of;

constexpr double kErrors = 4.5;
const std::atomic<bool> kGoOn{false};
constexpr std::array kWalks = {Algorithm::kJerrumSinclair, Algorithm::kLifted,
                               Algorithm::kSequential};

MeansOptions all_of(const Instance& instance) {
  MeansOptions options;
  options.of = {MeanOf::kMarginals, MeanOf::kLogMass, MeanOf::kLogZ, MeanOf::kSymbols};
  if (has_end(instance.facts())) options.of.push_back(MeanOf::kLength);
  options.seed = 11;
  options.threads = 1;
  return options;
}

void expect_near(const Mean& mean, double exact, const std::string& what) {
  EXPECT_NEAR(mean.mean, exact, kErrors * mean.standard_error + 1e-6) << what;
  EXPECT_LE(mean.low, mean.mean + 1e-12) << what;
  EXPECT_GE(mean.high, mean.mean - 1e-12) << what;
}

void expect_means(const MeansResult& result, const ExactMeans& exact, const std::string& name) {
  ASSERT_EQ(result.marginals.size(), exact.marginals.size()) << name;
  for (std::size_t i = 0; i < exact.marginals.size(); ++i) {
    const std::string what = name + ", marginal " + std::to_string(i);
    expect_near(result.marginals[i], exact.marginals[i], what);
    EXPECT_GE(result.marginals[i].low, 0) << what;
    EXPECT_LE(result.marginals[i].high, 1) << what;
    EXPECT_LT(result.marginals[i].low, result.marginals[i].high) << what;
  }
  ASSERT_EQ(result.symbols.size(), exact.symbols.size()) << name;
  for (std::size_t i = 0; i < exact.symbols.size(); ++i)
    expect_near(result.symbols[i], exact.symbols[i], name + ", symbol " + std::to_string(i));
  expect_near(result.log_mass.value(), exact.log_mass, name + ", log-mass");
  expect_near(result.log_z.value(), exact.log_z, name + ", ln Z");
  if (result.length) expect_near(*result.length, exact.length, name + ", length");
}

TEST(Means, AreTheTargets) {
  const testing::TemporaryFolder folder;
  for (const auto& [name, instance] : test::small_instances(folder)) {
    const ExactMeans exact = exact_means(*instance);
    for (const Algorithm algorithm : kWalks) {
      MeansOptions options = all_of(*instance);
      options.algorithm = algorithm;
      options.queries = 400000;
      const MeansResult result = estimate_means(*instance, options, kGoOn);
      const std::string what = name + ", " + std::string(to_string(algorithm));
      expect_means(result, exact, what);
      EXPECT_FALSE(result.partial);
      EXPECT_GE(result.queries, 400000 - 64 * instance->facts().alphabet) << what;
      EXPECT_LT(result.queries, 500000) << what;
      EXPECT_EQ(result.length.has_value(), name == "ngram");
    }
  }
}

TEST(Means, ClassEliminationToo) {
  const testing::TemporaryFolder folder;
  const auto instance = test::small_instances(folder).back().instance;
  MeansOptions options = all_of(*instance);
  options.algorithm = Algorithm::kClassElimination;
  options.relative_error = 0.03;
  const MeansResult result = estimate_means(*instance, options, kGoOn);
  expect_means(result, exact_means(*instance), "class");
  EXPECT_EQ(result.log_z->mean, 0);
  EXPECT_EQ(result.log_z->low, 0);
  EXPECT_EQ(result.log_z->high, 0);
  EXPECT_FALSE(result.tours);
  EXPECT_GT(result.draws, 0U);
  EXPECT_EQ(result.delta, 0.01);
}

// With nothing to correct, Z is known from the root, and every tour is one draw.
TEST(Means, ExactEstimatesKnowZ) {
  const auto instance = make_tree(2, 3, {1, 2, 3, 4, 5, 6, 7, 8}, {});
  for (const Algorithm algorithm : {Algorithm::kLifted, Algorithm::kSequential}) {
    MeansOptions options = all_of(*instance);
    options.algorithm = algorithm;
    const MeansResult result = estimate_means(*instance, options, kGoOn);
    EXPECT_NEAR(result.log_z->mean, std::log(36.0), 1e-9);
    EXPECT_NEAR(result.log_z->standard_error, 0, 1e-9);
    EXPECT_EQ(result.draws, result.tours);
  }
}

TEST(Means, OneLevelIsKnownFromTheRoot) {
  const auto instance = make_tree(3, 1, {1, 2, 5}, {});
  for (const Algorithm algorithm : kWalks) {
    MeansOptions options = all_of(*instance);
    options.algorithm = algorithm;
    options.queries = 64 * 3 * 100;
    const MeansResult result = estimate_means(*instance, options, kGoOn);
    expect_means(result, exact_means(*instance), std::string(to_string(algorithm)));
    EXPECT_EQ(result.queries, 64 * 3);
    EXPECT_EQ(result.tours, 6400);
  }
}

bool same(const Mean& a, const Mean& b) {
  return a.mean == b.mean && a.standard_error == b.standard_error && a.low == b.low &&
         a.high == b.high;
}

void expect_same(const MeansResult& a, const MeansResult& b, const std::string& what) {
  EXPECT_EQ(a.queries, b.queries) << what;
  EXPECT_EQ(a.tours, b.tours) << what;
  ASSERT_EQ(a.marginals.size(), b.marginals.size()) << what;
  for (std::size_t i = 0; i < a.marginals.size(); ++i)
    EXPECT_TRUE(same(a.marginals[i], b.marginals[i])) << what << ", " << i;
  for (std::size_t i = 0; i < a.symbols.size(); ++i)
    EXPECT_TRUE(same(a.symbols[i], b.symbols[i])) << what << ", " << i;
  EXPECT_TRUE(same(*a.log_mass, *b.log_mass)) << what;
  EXPECT_TRUE(same(*a.log_z, *b.log_z)) << what;
}

TEST(Means, DoNotDependOnThreads) {
  const testing::TemporaryFolder folder;
  for (const auto& [name, instance] : test::small_instances(folder)) {
    for (const Algorithm algorithm : kAlgorithms) {
      const bool elimination = algorithm == Algorithm::kClassElimination;
      if (elimination && name != "class") continue;
      MeansOptions options = all_of(*instance);
      options.algorithm = algorithm;
      options.relative_error = 0.05;
      const MeansResult one = estimate_means(*instance, options, kGoOn);
      for (const unsigned threads : {2U, 7U}) {
        options.threads = threads;
        expect_same(estimate_means(*instance, options, kGoOn), one,
                    name + ", " + std::string(to_string(algorithm)));
      }
      if (elimination) continue;
      EXPECT_EQ(*one.tours % 1024, 0U) << name;
      options.seed = 12;
      const MeansResult other = estimate_means(*instance, options, kGoOn);
      EXPECT_FALSE(std::equal(one.marginals.begin(), one.marginals.end(), other.marginals.begin(),
                              other.marginals.end(), same))
          << name;
    }
  }
}

TEST(Means, StopOnceTheErrorIsMet) {
  EstimateSpec noise;
  noise.kind = EstimateSpec::Kind::kNoise;
  noise.kappa = 1.5;
  const auto instance = make_tree(2, 3, {1, 2, 3, 4, 5, 6, 7, 8}, noise);
  for (const double error : {0.1, 0.02}) {
    MeansOptions options = all_of(*instance);
    options.relative_error = error;
    const MeansResult result = estimate_means(*instance, options, kGoOn);
    EXPECT_EQ(result.relative_error, error);
    EXPECT_LE(result.log_z->standard_error, error);
    for (const Mean& mean : result.marginals)
      EXPECT_LE(mean.standard_error, error * std::max(mean.mean, 0.05));
    double largest = result.log_z->standard_error / error;
    for (const Mean& mean : result.marginals)
      largest = std::max(largest, mean.standard_error / error / std::max(mean.mean, 0.05));
    EXPECT_GT(largest, *result.tours > 1024 ? 0.5 : 0.0);  // it did not go on for long
  }
}

TEST(Means, AskNoMoreThanATourAChainBeyondTheQueries) {
  const auto instance = make_tree(2, 3, {1, 2, 3, 4, 5, 6, 7, 8}, {});
  for (const std::uint64_t queries : {200U, 3001U, 100000U}) {
    MeansOptions options = all_of(*instance);
    options.queries = queries;
    options.chains = 10;
    const MeansResult result = estimate_means(*instance, options, kGoOn);
    EXPECT_GE(result.queries + 10 * 2, queries);
    EXPECT_LE(result.queries, queries + 10 * 2 * 2);  // a tour asks four queries here
  }
}

TEST(Means, OnlyWhatIsAsked) {
  const auto instance = make_tree(2, 2, {1, 2, 3, 4}, {});
  MeansOptions options;
  options.of = {MeanOf::kLogMass};
  const MeansResult result = estimate_means(*instance, options, kGoOn);
  EXPECT_TRUE(result.marginals.empty());
  EXPECT_TRUE(result.symbols.empty());
  EXPECT_FALSE(result.log_z);
  EXPECT_TRUE(result.log_mass);
}

TEST(Means, StoppedBeforeTheyBeginAreNone) {
  const auto instance = make_tree(2, 2, {1, 2, 3, 4}, {});
  const std::atomic<bool> stop{true};
  EXPECT_EQ(error_of(ErrorKind::kInterrupted, [&] { estimate_means(*instance, {}, stop); }),
            "interrupted before a tour visited a leaf");
}

TEST(Means, StoppedInTheMiddleAreKept) {
  const auto instance = make_tree(2, 2, {1, 2, 3, 4}, {});
  std::atomic<bool> stop{false};
  MeansOptions options;
  options.relative_error = 1e-9;
  const MeansResult result = estimate_means(
      *instance, options, stop, [&](const MeansProgress& so_far) { stop = so_far.tours > 5000; });
  EXPECT_TRUE(result.partial);
  EXPECT_GT(result.tours, 5000U);
  expect_near(result.marginals[0], 0.3, "stopped");
}

TEST(Means, RefuseWhatDoesNotFit) {
  const auto tree = make_tree(2, 2, {1, 2, 3, 4}, {});
  const auto refusal = [&](const auto& change) {
    MeansOptions options;
    change(options);
    return error_of(ErrorKind::kUsage, [&] { estimate_means(*tree, options, kGoOn); });
  };
  EXPECT_EQ(refusal([](MeansOptions& o) { o.of = {}; }), "of: names nothing to estimate");
  EXPECT_EQ(
      refusal([](MeansOptions& o) { o.of = {MeanOf::kLength}; }),
      "of = length: is told of instances made from a corpus alone, whose end symbol is theirs");
  EXPECT_EQ(refusal([](MeansOptions& o) { o.chains = 0; }), "chains: must be from 1 to 2^32 - 1");
  EXPECT_EQ(refusal([](MeansOptions& o) { o.relative_error = 0; }),
            "relative_error: must be positive and finite, is 0");
  EXPECT_EQ(refusal([](MeansOptions& o) { o.queries = 191; }),
            "queries: 191 are too few: 64 chains ask 128 at the root alone");
  EXPECT_EQ(refusal([](MeansOptions& o) {
              o.queries = 1000;
              o.relative_error = 0.1;
            }),
            "queries: does not go with `relative_error`");
  EXPECT_EQ(refusal([](MeansOptions& o) { o.delta = 0.1; }),
            "delta: only goes with `algorithm = class-elimination`");
  EXPECT_EQ(refusal([](MeansOptions& o) { o.kappa = 2; }),
            "kappa: only goes with `algorithm = class-elimination`");
  EXPECT_EQ(refusal([](MeansOptions& o) { o.algorithm = Algorithm::kClassElimination; }),
            "algorithm = class-elimination: needs an instance of kind \"class\", not \"tree\"");
}

// Figures worked out by hand: two tours of 2 and 1 visits, with 1 and 1 in the event.
TEST(RatioSums, KnownValues) {
  TourTotals totals;
  RatioSums sums;
  totals.add(2);
  sums.add(1, 2);
  totals.add(1);
  sums.add(1, 1);
  const Mean mean = ratio_mean(sums, totals);
  EXPECT_DOUBLE_EQ(mean.mean, 2.0 / 3);
  // Deviations 1 - 4/3 and 1 - 2/3; 2/(2-1) (1/9 + 1/9) = 4/9, whose root over 3 is 2/9.
  EXPECT_DOUBLE_EQ(mean.standard_error, 2.0 / 9);
  EXPECT_DOUBLE_EQ(mean.high - mean.low, 2 * 1.959963984540054 * 2 / 9);
  const Mean log_z = log_mean_weight(totals, 1.0);
  EXPECT_DOUBLE_EQ(log_z.mean, 1 + std::log(1.5));
  EXPECT_DOUBLE_EQ(log_z.standard_error, std::sqrt(0.5 / 2) / 1.5);
}

// Wilson's interval of 0 of 10, 10 of 10 and 5 of 10 (Brown, Cai & DasGupta 2001, formula 4).
TEST(RatioSums, WilsonsInterval) {
  const auto interval = [](int hits) {
    TourTotals totals;
    RatioSums sums;
    for (int i = 0; i < 10; ++i) {
      totals.add(1);
      sums.add(i < hits ? 1 : 0, 1);
    }
    return ratio_probability(sums, totals);
  };
  EXPECT_EQ(interval(0).low, 0);
  EXPECT_NEAR(interval(0).high, 0.2775, 1e-4);
  EXPECT_NEAR(interval(10).low, 0.7225, 1e-4);
  EXPECT_EQ(interval(10).high, 1);
  // n = 9: the standard error is that of a sample, with n - 1.
  EXPECT_NEAR(interval(5).low, 0.2232, 2e-2);
  EXPECT_NEAR(interval(5).low + interval(5).high, 1, 1e-12);
}

}  // namespace
}  // namespace wend
