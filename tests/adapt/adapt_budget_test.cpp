// What training leaves of `max_queries`: about as many draws as without it, or more.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "host/run/budget_choice.hpp"
#include "host/run/family_cost.hpp"
#include "wend/sample.hpp"

namespace wend::test {
namespace {

SampleResult drawn(const Instance& instance, Adapt adapt, std::uint64_t max_queries,
                   std::optional<std::uint64_t> scouts = {}, std::uint64_t samples = 1000) {
  SampleOptions options;
  options.algorithm = Algorithm::kLifted;
  options.adapt = adapt;
  options.max_queries = max_queries;
  options.scouts = scouts;
  options.samples = samples;
  options.seed = 1;
  options.threads = 1;
  options.backend = Backend::kCpu;
  const std::atomic<bool> stop{false};
  return sample(instance, options, nullptr, stop);
}

// K is 1 untrained, by proof, and hundreds of visits or more trained, which these budgets do not
// pay for.
TEST(AdaptBudget, DrawsWhereTheUntrainedEstimateDoes) {
  for (const std::string file : {"dyck", "letters"}) {
    const auto instance =
        load_instance(std::string(WEND_SOURCE_DIR) + "/examples/" + file + ".json");
    for (const std::uint64_t queries : {60'000U, 200'000U, 600'000U, 2'000'000U}) {
      const std::uint64_t untrained = drawn(*instance, Adapt::kNone, queries).drawn;
      ASSERT_GT(untrained, 0U);
      for (const Adapt adapt : {Adapt::kAuto, Adapt::kDepth, Adapt::kBucket, Adapt::kFeatures}) {
        SCOPED_TRACE(file + ", " + std::to_string(queries) + ", " + std::string(to_string(adapt)));
        const SampleResult trained = drawn(*instance, adapt, queries);
        EXPECT_GE(4 * trained.drawn, 3 * untrained);
        EXPECT_LE(trained.adaptation->queries, queries / 8 + 64);
        EXPECT_LE(trained.adaptation->queries + trained.pilot_queries + trained.totals.queries,
                  queries);
      }
    }
  }
}

// One whose K is 1 by proof under a trained estimate too, and takes fewer queries: what
// `max_queries` pays for then is drawn by that.
TEST(AdaptBudget, TrainsWhereThatBringsMore) {
  const auto instance = load_instance(std::string(WEND_SOURCE_DIR) + "/examples/packages.json");
  const SampleResult trained = drawn(*instance, Adapt::kAuto, 6'000'000);
  EXPECT_EQ(trained.adaptation->family, "scaled by depth");
  EXPECT_GT(trained.drawn, 3 * drawn(*instance, Adapt::kNone, 6'000'000).drawn);
}

// Few scouts come to no leaf, whatever the estimate: that says something of what little there is to
// draw with, and nothing of far more.
TEST(AdaptBudget, GoesByScoutsThatCameToNoLeafWhereDrawsHaveLittleMore) {
  const auto instance = load_instance(std::string(WEND_SOURCE_DIR) + "/examples/dyck.json");
  const SampleResult little = drawn(*instance, Adapt::kBucket, 60'000, 100);
  EXPECT_EQ(little.adaptation->family, "untrained");
  EXPECT_NE(little.adaptation->note, "");
  EXPECT_GT(little.drawn, 0U);
  const SampleResult much = drawn(*instance, Adapt::kDepth, 100'000'000, 4, 20);
  EXPECT_EQ(much.adaptation->family, "explored, depth");
  EXPECT_EQ(much.adaptation->note, "");
  EXPECT_EQ(much.drawn, 20U);
}

/// Of draws that take `gap` visits each, the first of a chain `first`.
Family family_of(double expansions_a_visit, double first, double gap) {
  Family family{Family::Kind::kDepth, false, ""};
  family.pace = {first, gap, expansions_a_visit};
  return family;
}
Family family_of(double expansions, double visits) {
  return family_of(expansions / visits, visits, visits);
}

WalkFindings seen(std::uint32_t visits, std::uint64_t expansions) {
  WalkFindings found;
  found.visits = visits;
  found.expansions = expansions;
  found.evaluations = expansions / 2;
  found.tours = {visits};
  return found;
}

Family costs_of(const VisitsExpected& expected, const WalkFindings& found, bool thinned = false,
                double proven_cost = Family::kUnmeasured) {
  Family family{Family::Kind::kDepth, false, ""};
  family.proven_cost = proven_cost;
  set_cost(family, expected, found, {true, thinned});
  return family;
}

TEST(AdaptBudget, ChainsDrawAtTheirPace) {
  const WalkFindings found = seen(20, 60);
  const Pace known = costs_of({50, 50, 50, 0, false}, found).pace;
  EXPECT_EQ(known.first, 50);
  EXPECT_EQ(known.gap, 50);
  EXPECT_EQ(known.expansions_a_visit, 3);
  // One that scouts have seen alone; with `thin` that is the first draw's of a chain.
  const Pace seen_only = costs_of({50, 50, 50, 2, true}, found).pace;
  EXPECT_EQ(seen_only.first, 16 * 50 + 2);
  EXPECT_EQ(seen_only.gap, 16 * 50 + 2);
  EXPECT_DOUBLE_EQ(seen_only.expansions_a_visit, 3);
  const Family thinned = costs_of({7, 50, 2, 0, true}, found, true);
  EXPECT_EQ(thinned.pace.first, 16 * 50);
  EXPECT_EQ(thinned.pace.gap, 2);
  EXPECT_FALSE(thinned.seen_only);
  // Where nothing is known draws begin with the first visit.
  const Pace from_the_first = costs_of({7, 1, 1, 0, true}, found).pace;
  EXPECT_EQ(from_the_first.first, 1);
  EXPECT_EQ(from_the_first.gap, 1);
  // What is proven without a walk.
  EXPECT_EQ(costs_of({50, 50, 50, 0, false}, found, false, 75).pace.expansions_a_visit, 1.5);
  constexpr double kInfinity = Family::kUnmeasured;
  const VisitsExpected unmeasured{kInfinity, kInfinity, kInfinity, 0, false};
  EXPECT_EQ(costs_of(unmeasured, seen(0, 60), false, 75).pace.expansions_a_visit, 75);
  EXPECT_EQ(costs_of(unmeasured, seen(0, 60)).pace.expansions_a_visit, kInfinity);
}

TEST(AdaptBudget, CountsTheDrawsThatChainsCanPayFor) {
  const DrawingBudget budget{100, 8, 1000};
  EXPECT_EQ(budget.draws(Family{Family::Kind::kDepth, false, ""}), 0);
  EXPECT_EQ(budget.draws(family_of(0.5, 1)), 1000);
  EXPECT_EQ(budget.draws(family_of(200, 1)), 4);  // some chains come to a leaf early
  EXPECT_EQ(budget.draws(family_of(200, 50)), 0);
  EXPECT_EQ(budget.draws(family_of(40, 50)), 16);
  // Draws that come one upon another, once the first has come.
  EXPECT_EQ(budget.draws(family_of(2, 51, 1)), 0);
  EXPECT_EQ(budget.draws(family_of(2, 50, 1)), 8);
  EXPECT_EQ(budget.draws(family_of(2, 40, 2)), 8 * 6);
  EXPECT_EQ(budget.draws(family_of(2, 1, 10)), 8 * 5);
}

TEST(AdaptBudget, KeepsTheUntrainedEstimateWhereItBringsMore) {
  const DrawingBudget budget{100, 8, 1000};
  const Family unmeasured{Family::Kind::kUntrained, false, ""};
  const Family little = family_of(200, 50);
  const Family some = family_of(40, 50);
  const Family more = family_of(10, 1);
  EXPECT_EQ(&within_budget(little, unmeasured, budget), &unmeasured);
  EXPECT_EQ(&within_budget(unmeasured, little, budget), &little);
  EXPECT_EQ(&within_budget(some, unmeasured, budget), &some);
  EXPECT_EQ(&within_budget(some, more, budget), &more);
  EXPECT_EQ(&within_budget(more, some, budget), &more);
}

}  // namespace
}  // namespace wend::test
