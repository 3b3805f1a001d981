// Runs of class-elimination whose oracle need not lie in the class: the members left are the
// estimate of a walk to the oracle's own leaves.
#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/chi_square.hpp"
#include "tests/support/outside_classes.hpp"
#include "wend/bounds.hpp"
#include "wend/error.hpp"

namespace wend::test {
namespace {

SampleOptions walk_options() {
  SampleOptions options;
  options.algorithm = Algorithm::kClassElimination;
  options.correction = Correction::kWalk;
  options.samples = 20000;
  options.chains = 40;
  options.visits = Visits::kMeasured;
  options.threads = 2;
  options.seed = 3;
  return options;
}

SampleResult run(const Instance& instance, const SampleOptions& options,
                 SampleSink* sink = nullptr) {
  const std::atomic<bool> stop{false};
  return sample(instance, options, sink, stop);
}

TEST(ClassWalk, DrawsHaveTheOutsideLaw) {
  for (const Outside& outside : all_outside()) {
    const auto instance = outside.instance();
    KeepDraws draws(outside.members, 20000);
    const SampleResult result = run(*instance, walk_options(), &draws);
    EXPECT_EQ(result.drawn, 20000U);
    EXPECT_EQ(result.guarantee.kind, GuaranteeKind::kMeasured) << outside.name;
    EXPECT_GT(chi_square_p(draws.counts(outside.law.size()), outside.law), 1e-6) << outside.name;
    EXPECT_DOUBLE_EQ(draws.log_mass[7],
                     instance->log_mass(&draws.symbols[std::size_t{7} * horizon(outside.members)]));
  }
}

// Control: plain class-elimination draws from the member, and finds the answers in order.
TEST(ClassWalk, WithoutItDrawsAreTheMembers) {
  const Outside outside = moved();
  SampleOptions options = walk_options();
  options.correction = Correction::kReject;
  options.visits = Visits::kDefault;
  options.seed = 1;  // one that does not come to the leaf that was moved before one member is left
  KeepDraws draws(outside.members, 20000);
  const SampleResult result = run(*outside.instance(), options, &draws);
  EXPECT_EQ(result.elimination->survivor, kNearMember);
  EXPECT_LT(chi_square_p(draws.counts(outside.law.size()), outside.law), 1e-12);
  EXPECT_GT(
      chi_square_p(draws.counts(outside.law.size()), member_law(outside.members, kNearMember)),
      1e-6);
}

TEST(ClassWalk, EliminationEndsInEachOfItsWays) {
  SampleOptions options = walk_options();
  options.samples = 200;
  // Leaf answers are held to kappa, or none would be left of this.
  SampleResult result = run(*perturbed().instance(), options);
  EXPECT_FALSE(result.elimination->exhausted);
  EXPECT_EQ(result.elimination->survivor, kNearMember);
  EXPECT_EQ(result.elimination->left, 1U);
  EXPECT_GT(result.elimination->queries_before, 0U);

  result = run(*unrelated().instance(), options);
  EXPECT_TRUE(result.elimination->exhausted);
  EXPECT_FALSE(result.elimination->survivor.has_value());
  EXPECT_GT(result.elimination->left, 0U);
  EXPECT_GT(result.elimination->paths_exhausted, 0U);

  result = run(*blurred().instance(), options);
  EXPECT_FALSE(result.elimination->exhausted);
  EXPECT_EQ(result.elimination->left, 24U);
  EXPECT_EQ(result.elimination->phases.back().certified, 1U);
  EXPECT_EQ(result.elimination->chains.scouted[0], result.elimination->paths_to_certify);
}

TEST(ClassWalk, CountersAreTheWalksAndQueriesOfEliminationApart) {
  SampleOptions options = walk_options();
  options.samples = 300;
  options.chains = 3;
  const SampleResult result = run(*perturbed().instance(), options);
  ASSERT_TRUE(result.visits.has_value());
  EXPECT_EQ(result.totals.queries, 3 * result.totals.expansions);
  EXPECT_EQ(result.totals.samples, 300U);
  EXPECT_EQ(result.state.samples.size(), 3U);
  EXPECT_EQ(result.elimination->chains.chains(), 1U);
  const double effective = result.diagnostics.queries_per_effective_sample.value();
  options.max_queries = std::uint64_t{1} << 40U;
  EXPECT_DOUBLE_EQ(
      run(*perturbed().instance(), options).diagnostics.queries_per_effective_sample.value(),
      effective);
}

TEST(ClassWalk, BudgetPaysForEliminationToo) {
  SampleOptions options = walk_options();
  options.visits = Visits::kFixed;
  options.fixed_visits = 3;
  const auto instance = perturbed().instance();
  const SampleResult whole = run(*instance, options);
  const std::uint64_t asked = whole.elimination->queries_before;
  for (const std::uint64_t budget : {std::uint64_t{1}, asked, asked + 119, asked + 5000}) {
    options.max_queries = budget;
    const SampleResult result = run(*instance, options);
    EXPECT_LE(result.elimination->queries_before + result.totals.queries, budget);
    EXPECT_TRUE(result.budget_spent);
    EXPECT_EQ(result.guarantee.kind, GuaranteeKind::kNone);
    EXPECT_EQ(result.drawn > 0, budget == asked + 5000);
  }
}

TEST(ClassWalk, IsTheSameOnAnyNumberOfThreadsAndInEachChain) {
  for (const Outside& outside : all_outside()) {
    const auto instance = outside.instance();
    SampleOptions options = walk_options();
    options.samples = 4000;
    options.visits = Visits::kFixed;
    options.fixed_visits = 3;
    std::vector<std::uint32_t> symbols;
    std::uint64_t queries = 0;
    for (const unsigned threads : {1U, 2U, 7U}) {
      options.threads = threads;
      KeepDraws draws(outside.members, options.samples);
      const SampleResult result = run(*instance, options, &draws);
      if (symbols.empty()) {
        symbols = draws.symbols;
        queries = result.totals.queries;
      }
      EXPECT_EQ(draws.symbols, symbols) << outside.name;
      EXPECT_EQ(result.totals.queries, queries) << outside.name;
    }
    // Half of the chains, with as many draws each.
    options.samples = 2000;
    options.chains = 20;
    KeepDraws draws(outside.members, options.samples);
    run(*instance, options, &draws);
    symbols.resize(draws.symbols.size());
    EXPECT_EQ(draws.symbols, symbols) << outside.name;
  }
}

TEST(ClassWalk, GuaranteeIsThatOfAWalk) {
  const auto instance = perturbed().instance();
  SampleOptions options = walk_options();
  options.samples = 100;
  options.visits = Visits::kProven;
  const SampleResult proven = run(*instance, options);
  // 3 depths above the leaves, at each the noise times the class's kappa.
  EXPECT_EQ(proven.first_visits, proven_visits(proven.relaxation.value(), options.delta));
  EXPECT_NEAR(proven.relaxation.value(), 3 * 2 * kOutsideNoise + 1, 1e-3);
  EXPECT_EQ(proven.guarantee.kind, GuaranteeKind::kProven);
  options.kappa = 4;
  EXPECT_NEAR(run(*instance, options).relaxation.value(), 3 * 4 * kOutsideNoise + 1, 1e-3);
  options.visits = Visits::kFixed;
  options.fixed_visits = 2;
  EXPECT_EQ(run(*instance, options).guarantee.kind, GuaranteeKind::kNone);
}

// Of a class of kappa 1 nothing but the oracle's own estimate is left.
TEST(ClassWalk, ExactOraclesNeedOneVisit) {
  ClassTarget target;
  target.members = small_members("markov", 24);
  target.oracle = make_tree(3, 4, perturbed().law, {});
  SampleOptions options = walk_options();
  options.samples = 100;
  options.visits = Visits::kProven;
  const SampleResult result = run(*make_class(std::move(target), {}), options);
  EXPECT_EQ(result.first_visits, 1U);
  EXPECT_TRUE(result.elimination->exhausted);
}

std::string refusal(const Instance& instance, const SampleOptions& options) {
  try {
    run(instance, options);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    return error.what();
  }
  return "";
}

TEST(ClassWalk, RefusesWhatDoesNotGoWithIt) {
  const auto instance = perturbed().instance();
  const auto refused = [&](const auto& change, const std::string& start) {
    SampleOptions options = walk_options();
    options.samples = 100;
    change(options);
    const std::string what = refusal(*instance, options);
    EXPECT_TRUE(what.starts_with(start)) << start << "\n" << what;
  };
  refused([](SampleOptions& o) { o.algorithm = Algorithm::kLifted; }, "correction = walk: ");
  refused([](SampleOptions& o) { o.algorithm = Algorithm::kSequential; }, "correction = walk: ");
  refused([](SampleOptions& o) { o.correction = Correction::kReject; }, "visits: ");
  refused([](SampleOptions& o) { o.version_space = VersionSpace::kIndependent; },
          "version_space = independent: ");
  refused([](SampleOptions& o) { o.replicates = true; }, "replicates: ");
  refused([](SampleOptions& o) { o.audit = true; }, "audit: ");
  refused([](SampleOptions& o) { o.backend = Backend::kCuda; }, "backend = cuda: ");
  refused([](SampleOptions& o) { o.engine = EngineKind::kLockstep; }, "engine: ");
  refused([](SampleOptions& o) { o.thin = 0; }, "thin: ");
  refused(
      [](SampleOptions& o) {
        o.visits = Visits::kFixed;
        o.fixed_visits = 0;
      },
      "fixed_visits: ");

  ClassTarget inside = class_target(small_members("markov", 24), 5, 1.2);
  inside.family = "markov";
  EXPECT_TRUE(
      refusal(*make_class(std::move(inside), {}), walk_options())
          .starts_with("correction = walk: only goes with a class whose oracle is another"));
}

}  // namespace
}  // namespace wend::test
