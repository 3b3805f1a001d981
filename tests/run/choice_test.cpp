// Algorithm::kAuto: what it depends on, what options leave it, what its pilots may take, and the
// comparison by itself.
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <cmath>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "host/report/choice_report.hpp"
#include "host/run/choice_reason.hpp"
#include "host/run/choose.hpp"
#include "host/run/row_watch.hpp"
#include "tests/support/kept_draws.hpp"
#include "tests/support/model_oracles.hpp"
#include "tests/support/temporary_folder.hpp"
#include "wend/error.hpp"
#include "wend/plan.hpp"

namespace wend::test {
namespace {

using testing::error_of;

const std::atomic<bool> kNoStop{false};

class AutoTest : public ::testing::Test {
 protected:
  std::shared_ptr<const Instance> load(const std::string& text) {
    return load_instance(folder_.add("i.json", text));
  }
  /// kappa decides which is cheapest.
  std::shared_ptr<const Instance> tree(const std::string& kappa) {
    std::string masses;
    for (int leaf = 0; leaf < 512; ++leaf)
      masses += (leaf == 0 ? "" : ", ") + std::to_string(1 + leaf * 37 % 23);
    return load(R"({"wend": 1, "kind": "tree", "alphabet": 2, "horizon": 9, "leaf_mass": [)" +
                masses + R"(], "estimate": {"kind": "noise", "model": "iid", "kappa": )" + kappa +
                R"(, "seed": 3}})");
  }
  std::shared_ptr<const Instance> class_instance(const std::string& more = "") {
    return load(R"({"wend": 1, "kind": "class", "horizon": 16, "truth": 43,
        "family": {"kind": "product", "count": 256, "seed": 5, "alphabet": 2, "gamma": 0.05},
        "estimate": {"kind": "noise", "model": "iid", "kappa": 1.2, "seed": 3})" +
                more + "}");
  }
  static SampleOptions options() {
    SampleOptions options;
    options.seed = 7;
    options.samples = 300;
    options.backend = Backend::kCpu;
    return options;
  }
  static Choice choose(const Instance& instance, const SampleOptions& options,
                       const PilotLimits& limits = {}) {
    return choose_algorithm(instance, options, limits, {}, kNoStop);
  }

 private:
  testing::TemporaryFolder folder_;
};

TEST_F(AutoTest, IsTheSameOnAnyThreadsEngineAndBackend) {
  for (const char* kappa : {"1.05", "16"}) {
    const auto instance = tree(kappa);
    const Ran first(*instance, options());
    ASSERT_TRUE(first.result.choice);
    const std::string told = choice_json(*first.result.choice).dump();
    for (const unsigned threads : {1U, 2U, 7U})
      for (const EngineKind engine : {EngineKind::kFused, EngineKind::kLockstep})
        for (const Backend backend : {Backend::kCpu, Backend::kAuto}) {
          SampleOptions other = options();
          other.threads = threads;
          other.engine = engine;
          other.backend = backend;
          const Ran again(*instance, other);
          EXPECT_EQ(choice_json(*again.result.choice).dump(), told);
          EXPECT_TRUE(again.draws == first.draws);
        }
  }
}

TEST_F(AutoTest, DrawsWhatTheNamedAlgorithmDraws) {
  for (const char* kappa : {"1.05", "16"}) {
    const auto instance = tree(kappa);
    const Ran chosen(*instance, options());
    SampleOptions named = options();
    named.algorithm = chosen.result.algorithm;
    const Ran other(*instance, named);
    EXPECT_FALSE(other.result.choice);
    EXPECT_TRUE(other.draws == chosen.draws);
    EXPECT_EQ(other.result.totals.queries, chosen.result.totals.queries);
    EXPECT_EQ(other.result.guarantee.why, chosen.result.guarantee.why);
  }
  EXPECT_EQ(Ran(*tree("1.05"), options()).result.algorithm, Algorithm::kSequential);
  EXPECT_EQ(Ran(*tree("16"), options()).result.algorithm, Algorithm::kLifted);
}

TEST_F(AutoTest, SaysWhatTheOthersWouldTake) {
  const Choice choice = choose(*tree("16"), options());
  EXPECT_EQ(choice.why.find("lifted: "), 0U) << choice.why;
  EXPECT_NE(choice.why.find(" queries a draw; "), std::string::npos) << choice.why;
  EXPECT_NE(choice.why.find("jerrum-sinclair"), std::string::npos) << choice.why;
  EXPECT_NE(choice.why.find("sequential with rejection"), std::string::npos) << choice.why;
  // Costs are right within their limits: of runs of the same algorithms.
  for (const Candidate& candidate : choice.candidates) {
    SampleOptions named = options();
    named.algorithm = candidate.algorithm;
    if (candidate.algorithm == Algorithm::kSequential) named.max_queries = 10'000'000;
    const SampleResult run = sample(*tree("16"), named, nullptr, kNoStop);
    if (run.drawn == 0) continue;
    const double cost = static_cast<double>(run.totals.queries) / static_cast<double>(run.drawn);
    EXPECT_LE(candidate.cost.low, cost * 1.1) << candidate.name;
    EXPECT_GE(candidate.cost.high, cost * 0.9) << candidate.name;
  }
}

TEST_F(AutoTest, OptionsOfOneAlgorithmNameItWithoutAPilot) {
  const auto run = [&](const Instance& instance, auto change) {
    SampleOptions asked = options();
    change(asked);
    return sample(instance, asked, nullptr, kNoStop);
  };
  for (const Correction correction : {Correction::kWeight, Correction::kNone}) {
    const SampleResult result =
        run(*tree("16"), [&](SampleOptions& asked) { asked.correction = correction; });
    EXPECT_EQ(result.algorithm, Algorithm::kSequential);
    EXPECT_FALSE(result.choice);
  }
  const auto of_class = [&](auto change) {
    const SampleResult result = run(*class_instance(), change);
    EXPECT_EQ(result.algorithm, Algorithm::kClassElimination);
    EXPECT_FALSE(result.choice);
  };
  of_class([](SampleOptions& asked) { asked.version_space = VersionSpace::kIndependent; });
  of_class([](SampleOptions& asked) {
    asked.version_space = VersionSpace::kIndependent;
    asked.replicates = true;
  });
  of_class([](SampleOptions& asked) { asked.audit = true; });
}

TEST_F(AutoTest, LeafVisitsLeaveTheWalksAlone) {
  for (int which = 0; which < 3; ++which) {
    SampleOptions asked = options();
    if (which == 0) asked.thin = 3;
    if (which == 1) asked.visits = Visits::kMeasured;
    if (which == 2) {
      asked.visits = Visits::kFixed;
      asked.fixed_visits = 40;
    }
    const Choice choice = choose(*tree("1.05"), asked);
    ASSERT_EQ(choice.candidates.size(), 2U);
    EXPECT_EQ(choice.candidates[0].algorithm, Algorithm::kLifted);
    EXPECT_EQ(choice.candidates[1].algorithm, Algorithm::kJerrumSinclair);
    // Which is never the dearer one.
    EXPECT_EQ(choice.best().algorithm, Algorithm::kLifted);
    EXPECT_EQ(choice.pilot_queries, 0U);
    EXPECT_NE(choice.why.find("nothing that fits takes less"), std::string::npos) << choice.why;
  }
}

TEST_F(AutoTest, ExactEstimatesNeedNoPilot) {
  const Choice choice = choose(*tree("1"), options());
  EXPECT_EQ(choice.best().algorithm, Algorithm::kSequential);
  EXPECT_EQ(choice.pilot_queries, 0U);
  EXPECT_NE(choice.why.find("nothing takes less"), std::string::npos) << choice.why;
  // Each draw asks for 8 levels, each of 18 chains for its root.
  EXPECT_DOUBLE_EQ(choice.best().queries, 2 * (18 + 300 * 8));
  const SampleResult run = sample(*tree("1"), options(), nullptr, kNoStop);
  EXPECT_EQ(run.totals.queries, 2U * (18 + 300 * 8));
}

TEST_F(AutoTest, AClassIsEliminatedWhereThatIsCheapest) {
  const SampleResult run = sample(*class_instance(), options(), nullptr, kNoStop);
  ASSERT_TRUE(run.choice);
  EXPECT_EQ(run.algorithm, Algorithm::kClassElimination);
  ASSERT_EQ(run.choice->candidates.size(), 4U);
  EXPECT_NE(run.choice->candidates[2].unfit.find("`correction`: reject"), std::string::npos)
      << run.choice->candidates[2].unfit;
  EXPECT_TRUE(run.choice->best().queries_to_certify.has_value());
  // With the lockstep engine it does not fit.
  SampleOptions lockstep = options();
  lockstep.engine = EngineKind::kLockstep;
  const Choice other = choose(*class_instance(), lockstep);
  EXPECT_EQ(other.best().algorithm, Algorithm::kLifted);
  EXPECT_EQ(other.candidates[3].unfit, "`engine`: class-elimination has an engine of its own");
}

// Members that differ at one leaf each: what is asked before one is left varies by much from run to
// run, so that a choice by the run's own paths would give itself away.
TEST_F(AutoTest, AClassIsChosenByPathsThatAreNotTheRuns) {
  nlohmann::json members = nlohmann::json::array();
  for (int member = 0; member < 16; ++member) {
    std::vector<int> masses(16, 500);
    masses[static_cast<std::size_t>(member)] = 501;
    members.push_back({{"wend", 1},
                       {"kind", "tree"},
                       {"alphabet", 2},
                       {"horizon", 4},
                       {"leaf_mass", masses},
                       {"estimate", {{"kind", "exact"}}}});
  }
  const nlohmann::json text = {
      {"wend", 1},
      {"kind", "class"},
      {"truth", 3},
      {"members", members},
      {"estimate", {{"kind", "noise"}, {"model", "iid"}, {"kappa", 1.2}, {"seed", 3}}}};
  const auto instance = load(text.dump());
  int equal = 0;
  for (std::uint64_t seed = 0; seed < 32; ++seed) {
    SampleOptions asked = options();
    asked.seed = seed;
    const Ran chosen(*instance, asked);
    ASSERT_EQ(chosen.result.algorithm, Algorithm::kClassElimination);
    const std::uint64_t before = chosen.result.elimination->queries_before;
    const Candidate& told = chosen.result.choice->best();
    if (static_cast<double>(before) == *told.queries_to_certify) ++equal;
    // What it draws is what it draws by its name.
    asked.algorithm = Algorithm::kClassElimination;
    EXPECT_TRUE(Ran(*instance, asked).draws == chosen.draws);
  }
  EXPECT_LE(equal, 16);
}

// Where a budget is left over, a class has more than one pilot.
TEST_F(AutoTest, MoreRunsTellMoreOfAClass) {
  const auto instance = class_instance();
  const auto of_class = [&](std::optional<std::uint64_t> budget) {
    return choose(*instance, options(), {budget, true}).candidates.at(3);
  };
  const Candidate few = of_class({});
  const Candidate many = of_class(100'000);
  EXPECT_EQ(few.measured_by, "a run of 16 draws, to its end");
  EXPECT_EQ(many.measured_by, "16 runs of 16 draws, to their end");
  EXPECT_LT(many.cost.high / many.cost.low, 0.01 * few.cost.high / few.cost.low);
  EXPECT_LE(many.cost.low, few.cost.value);
  EXPECT_GE(few.cost.high, many.cost.value);
}

TEST_F(AutoTest, AClassThatDoesNotHoldTheTargetIsLeft) {
  // The oracle is another instance, of masses that no member has.
  const auto instance = load(R"({"wend": 1, "kind": "class", "kappa": 1.5,
      "members": [{"wend": 1, "kind": "tree", "alphabet": 2, "horizon": 2, "leaf_mass": [1, 1, 1, 1],
                   "estimate": {"kind": "exact"}},
                  {"wend": 1, "kind": "tree", "alphabet": 2, "horizon": 2, "leaf_mass": [1, 1, 1, 5],
                   "estimate": {"kind": "exact"}}],
      "oracle": {"kind": "tree", "alphabet": 2, "horizon": 2, "leaf_mass": [9, 1, 1, 1],
                 "estimate": {"kind": "noise", "model": "iid", "kappa": 1.2, "seed": 3}}})");
  const SampleResult run = sample(*instance, options(), nullptr, kNoStop);
  ASSERT_TRUE(run.choice);
  EXPECT_NE(run.algorithm, Algorithm::kClassElimination);
  EXPECT_NE(run.choice->candidates.at(3).unfit.find("class exhausted"), std::string::npos)
      << run.choice->candidates.at(3).unfit;
  EXPECT_EQ(run.guarantee.kind, GuaranteeKind::kProven);
}

TEST_F(AutoTest, PilotsCountAmongTheQueriesAllowed) {
  const auto instance = tree("16");
  for (const std::uint64_t most : {1UL, 30UL, 500UL, 20'000UL, 100'000UL}) {
    SampleOptions asked = options();
    asked.max_queries = most;
    const SampleResult run = sample(*instance, asked, nullptr, kNoStop);
    ASSERT_TRUE(run.choice);
    EXPECT_LE(run.choice->pilot_queries, most / 10);
    EXPECT_LE(run.choice->pilot_queries + run.totals.queries, most);
    EXPECT_TRUE(run.budget_spent || run.drawn == asked.samples);
  }
}

TEST_F(AutoTest, PilotsTakeATenthOfLargeRuns) {
  // Nearly as cheap as each other, so that pilots go on as far as they may.
  for (const char* kappa : {"1.3", "1.4", "1.5", "1.6"}) {
    SampleOptions asked = options();
    asked.samples = 4000;
    const Choice choice = choose(*tree(kappa), asked);
    EXPECT_LE(static_cast<double>(choice.pilot_queries), 0.1 * choice.best().queries) << kappa;
    EXPECT_GE(choice.pilot_queries, 2U * 32) << kappa;
  }
  // Of small ones they begin with 32 tours each, and may double.
  SampleOptions few = options();
  few.samples = 10;
  const Choice choice = choose(*tree("1.05"), few);
  EXPECT_EQ(choice.candidates[0].measured_by.find("32 tours"), 0U)
      << choice.candidates[0].measured_by;
}

TEST_F(AutoTest, PlansKeepToTheirBudget) {
  const auto instance = tree("1.5");
  for (const std::uint64_t budget : {1UL, 200UL, 5'000UL, 50'000UL})
    EXPECT_LE(plan(*instance, options(), budget, kNoStop).choice.pilot_queries, budget);
  // More of it makes the limits closer.
  const auto width = [&](std::uint64_t budget) {
    const Choice choice = plan(*instance, options(), budget, kNoStop).choice;
    return choice.candidates[2].acceptance->high - choice.candidates[2].acceptance->low;
  };
  EXPECT_LT(width(400'000), 0.7 * width(20'000));
}

TEST_F(AutoTest, PlansMeasureAllAndRecommendWhatIsChosen) {
  for (const char* kappa : {"1", "1.05", "16"}) {
    const auto instance = tree(kappa);
    const Plan planned = plan(*instance, options(), {}, kNoStop);
    EXPECT_EQ(planned.choice.best().algorithm, choose(*instance, options()).best().algorithm);
    for (const Candidate& candidate : planned.choice.candidates) {
      EXPECT_TRUE(candidate.seconds.has_value()) << candidate.name;
      EXPECT_FALSE(candidate.measured_by.empty()) << candidate.name;
    }
  }
  SampleOptions named = options();
  named.algorithm = Algorithm::kLifted;
  EXPECT_EQ(error_of(ErrorKind::kUsage, [&] { plan(*tree("16"), named, {}, kNoStop); }),
            "algorithm: a plan is of all of them");
}

TEST_F(AutoTest, RefusesWhatNothingFits) {
  const auto unknown = make_oracle(std::make_shared<HashOracle>(3, 4));
  const std::string refused = error_of(
      ErrorKind::kUsage, [&] { static_cast<void>(sample(*unknown, options(), nullptr, kNoStop)); });
  EXPECT_EQ(refused.find("visits = proven: nothing is known of how fast the walk mixes"), 0U)
      << refused;
  SampleOptions none = options();
  none.delta = 1;
  EXPECT_EQ(error_of(ErrorKind::kUsage,
                     [&] { static_cast<void>(sample(*tree("16"), none, nullptr, kNoStop)); }),
            "delta: must lie between 0 and 1, is 1");
  SampleOptions thin = options();
  thin.thin = 0;
  EXPECT_EQ(error_of(ErrorKind::kUsage,
                     [&] { static_cast<void>(sample(*tree("16"), thin, nullptr, kNoStop)); }),
            "thin: must be at least 1");
}

TEST_F(AutoTest, AStopEndsThePilotsToo) {
  const std::atomic<bool> stop{true};
  const SampleResult run = sample(*tree("1.5"), options(), nullptr, stop);
  EXPECT_TRUE(run.partial);
  EXPECT_EQ(run.drawn, 0U);
}

// The oracle checks what it is told of its slots (HashOracle): pilots of several algorithms take
// turns in them.
TEST_F(AutoTest, PilotsOfAnAskedOracleTakeTurns) {
  const auto oracle = std::make_shared<HashOracle>(3, 6);
  oracle->mutable_traits().kappa = 30;
  oracle->mutable_traits().ratio_bound.assign(6, std::exp(1.0));
  const auto instance = make_oracle(oracle);
  SampleOptions asked = options();
  asked.samples = 2000;
  const SampleResult run = sample(*instance, asked, nullptr, kNoStop);
  ASSERT_TRUE(run.choice);
  EXPECT_TRUE(run.choice->by_evaluations);
  EXPECT_GT(run.choice->candidates[0].pilot_evaluations, 0U);
  EXPECT_GT(run.choice->candidates[2].pilot_evaluations, 0U);
  EXPECT_EQ(run.choice->pilot_evaluations, run.choice->candidates[0].pilot_evaluations +
                                               run.choice->candidates[2].pilot_evaluations);
  EXPECT_LE(run.choice->pilot_evaluations, 2048U);
  asked.threads = 3;
  asked.max_batch = 5;
  const SampleResult again = sample(*instance, asked, nullptr, kNoStop);
  EXPECT_EQ(choice_json(*again.choice).dump(), choice_json(*run.choice).dump());
}

// Bounds of mu/w that are far too large: a proposal is accepted once in 1e10 times. The walks have
// no guarantee, but what was never accepted has none either.
TEST_F(AutoTest, WhatWasNeverAcceptedIsNotChosen) {
  const auto oracle = std::make_shared<HashOracle>(3, 6, std::vector<std::uint32_t>{}, 0.1);
  oracle->mutable_traits().ratio_bound.assign(6, 1e5);
  SampleOptions asked = options();
  asked.kappa = 1.5;
  const Choice choice = choose(*make_oracle(oracle), asked);
  const Candidate& sequential = choice.candidates.at(2);
  ASSERT_TRUE(sequential.acceptance);
  EXPECT_EQ(sequential.acceptance->low, 0);
  EXPECT_FALSE(sequential.tv);
  EXPECT_EQ(sequential.guarantee, GuaranteeKind::kNone);
  EXPECT_TRUE(sequential.least_tv);
  EXPECT_TRUE(std::isinf(sequential.cost.cautious));
  EXPECT_FALSE(choice.candidates[0].tv);
  EXPECT_EQ(choice.best().algorithm, Algorithm::kLifted) << choice.why;
  // They have been looked at for longer than a first round.
  EXPECT_GT(sequential.pilot_queries, 16U * 3 * 6) << sequential.measured_by;
}

// What rounding does is divided by the acceptance: by the least that it may be, not by what it
// seems to be.
TEST_F(AutoTest, ClaimsAreThoseOfTheLowerLimit) {
  const Choice choice = choose(*tree("2"), options());
  const Candidate& sequential = choice.candidates.at(2);
  ASSERT_TRUE(sequential.acceptance && sequential.tv && sequential.least_tv);
  const double apart = sequential.acceptance->high / sequential.acceptance->low;
  EXPECT_GT(apart, 1.2);
  EXPECT_GT(*sequential.tv / *sequential.least_tv, 0.9 * apart);
}

// Estimates that are upper bounds: both pass down alike, and nothing needs to be asked.
TEST_F(AutoTest, UpperBoundsNeedNoPilot) {
  const auto oracle = std::make_shared<HashOracle>(3, 6, std::vector<std::uint32_t>{}, 0.0);
  oracle->mutable_traits().kappa_by_depth.assign(6, 1.0);
  oracle->mutable_traits().ratio_bound.assign(6, 1.0);
  const Choice choice = choose(*make_oracle(oracle), options());
  EXPECT_EQ(choice.best().algorithm, Algorithm::kSequential);
  EXPECT_EQ(choice.pilot_evaluations, 0U);
  EXPECT_NE(choice.why.find("nothing that fits takes less"), std::string::npos) << choice.why;
}

TEST_F(AutoTest, LeastKappaIsBelowTheTruth) {
  for (const double kappa : {1.2, 2.0}) {
    SampleOptions asked = options();
    asked.samples = 20000;
    const Choice choice = choose(*tree(std::to_string(kappa)), asked);
    ASSERT_EQ(choice.least_kappa.size(), 8U);
    for (std::size_t h = 0; h < 8; ++h) {
      EXPECT_LE(choice.least_kappa[h], kappa * (1 + 1e-6)) << h;
      EXPECT_GT(choice.least_kappa[h], std::pow(kappa, 0.3)) << h;
    }
  }
}

TEST(LeastKappa, IsOfOneNodeExactAboveTheLeaves) {
  LeastKappa seen(4);
  seen.see(1, 4.0, false);
  seen.see(2, 0.25, false);
  seen.see(2, 1.5, false);
  seen.see(3, 0.5, true);
  EXPECT_EQ(seen.by_depth(), (std::vector<double>{2.0, 2.0, 2.0}));
  seen.see(3, 0.0, true);
  seen.see(0, 9.0, false);
  EXPECT_EQ(seen.by_depth(),
            (std::vector<double>{2.0, 2.0, std::numeric_limits<double>::infinity()}));
}

Candidate candidate(const char* name, double low, double value, double high,
                    std::optional<double> tv = 0.01) {
  Candidate made;
  made.name = name;
  made.cost = {value, low, high, value + (high - value) / 2};
  made.tv = made.least_tv = tv;
  made.guarantee = tv ? GuaranteeKind::kProven : GuaranteeKind::kNone;
  return made;
}

TEST(Comparison, TakesTheCheapestOfThoseThatClaimMost) {
  std::vector<Candidate> all = {candidate("a", 9, 10, 11), candidate("b", 1, 2, 3, std::nullopt),
                                candidate("c", 4, 5, 6, 0.5), candidate("d", 7, 8, 9)};
  EXPECT_EQ(cheapest(all, 0.01), 3U);
  EXPECT_EQ(cheapest(all, 0.25), 2U);
  // Seen once or never: it may be as cheap as it seems, but nobody knows.
  all.push_back(candidate("e", 1, 4, 1000));
  EXPECT_EQ(cheapest(all, 0.01), 3U);
  all.pop_back();
  all[3].unfit = "a reason";
  EXPECT_EQ(cheapest(all, 0.01), 0U);
  all[0].unfit = "another";
  EXPECT_EQ(cheapest(all, 0.01), 2U);
  all[2].unfit = "a third";
  EXPECT_EQ(cheapest(all, 0.01), 1U);
  all[1].unfit = "a fourth";
  EXPECT_FALSE(cheapest(all, 0.01));
}

TEST(Comparison, IsClearOnceLimitsAreApart) {
  std::vector<Candidate> all = {candidate("a", 9, 10, 11), candidate("b", 9, 20, 30)};
  EXPECT_TRUE(is_clear(all, 0, 0.01));  // at most 1.25 times as dear
  all[1].cost.low = 8;
  EXPECT_FALSE(is_clear(all, 0, 0.01));
  all[1].tv = all[1].least_tv = 0.5;
  EXPECT_TRUE(is_clear(all, 0, 0.01));
  all[1].least_tv = 0.02;  // more of the pilot might show that it claims as much
  EXPECT_FALSE(is_clear(all, 0, 0.01));
  all[1].unfit = "a reason";
  EXPECT_TRUE(is_clear(all, 0, 0.01));
}

TEST(Comparison, IsSaidInWords) {
  Candidate sequential = candidate("sequential with rejection", 40, 42, 45);
  sequential.algorithm = Algorithm::kSequential;
  sequential.acceptance = Expected{1 / 3.1, 0.3, 0.4, 1};
  Candidate lifted = candidate("lifted", 300, 310, 320);
  Candidate reversible = candidate("jerrum-sinclair", 5000, 5904, 7000, std::nullopt);
  const std::vector<Candidate> all = {lifted, reversible, sequential};
  EXPECT_EQ(choice_reason(all, 2, 0.01, false),
            "sequential with rejection: 1 of 3.1 proposals is accepted, 42 queries a draw; lifted "
            "would take 310, jerrum-sinclair 5,900 (without a guarantee)");
}

}  // namespace
}  // namespace wend::test
