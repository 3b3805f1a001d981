#include "host/report/report.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "host/base/error_reason.hpp"
#include "host/base/number_text.hpp"
#include "host/report/elapsed_line.hpp"
#include "host/report/option_words.hpp"
#include "host/report/progress.hpp"
#include "host/report/summary.hpp"
#include "host/report/version.hpp"

namespace wend {
namespace {

using Json = nlohmann::ordered_json;

InstanceFacts some_facts() {
  InstanceFacts facts;
  facts.kind = "ngram";
  facts.estimate = "lookahead";
  facts.path = "words.json";
  facts.digest = "0123456789abcdef";
  facts.alphabet = 2;
  facts.horizon = 24;
  facts.kappa_why = "dead ends";
  facts.symbol_names = {"a", "b"};
  return facts;
}

SampleResult some_result() {
  SampleResult result;
  result.chains = 8;
  result.requested = 1000;
  result.drawn = 900;
  result.partial = true;
  result.visits = Visits::kMeasured;
  result.first_visits = 17;
  result.thin = 5;
  result.relaxation = 2.5;
  result.pilot_tours = 128;
  result.pilot_queries = 4242;
  result.pilot_evaluations = 377;
  result.totals.steps = 100;
  result.totals.moves_down = 52;
  result.totals.moves_up = 48;
  result.totals.leaf_visits = 20;
  result.totals.expansions = 33;
  result.totals.queries = 66;
  result.totals.samples = 900;
  result.diagnostics.log_mass = {1.01, 850.5};
  result.diagnostics.draws_used = 900;
  result.guarantee = {0.25, GuaranteeKind::kMeasured, "because"};
  result.backend = Backend::kCpu;
  result.device = "cpu, 3 threads, scalar";
  result.compile_seconds = 0.25;
  result.pilot_seconds = 0.5;
  result.run_seconds = 2;
  return result;
}

std::vector<std::string> keys(const Json& object) {
  std::vector<std::string> names;
  for (const auto& [name, value] : object.items()) names.push_back(name);
  return names;
}

TEST(Report, HoldsEveryKeyInOrder) {
  const Json report = sample_report(some_facts(), {}, some_result(), {});
  using Names = std::vector<std::string>;
  EXPECT_EQ(keys(report),
            (Names{"version", "instance", "options", "drawn", "partial", "budget_spent", "counters",
                   "reconciled", "oracle", "failure", "pilot", "adaptation", "class", "diagnostics",
                   "timings", "device", "guarantee"}));
  EXPECT_EQ(keys(report["instance"]), (Names{"path", "digest", "kind", "alphabet", "horizon",
                                             "estimate", "kappa", "kappa_why", "symbols"}));
  EXPECT_EQ(
      keys(report["options"]),
      (Names{"algorithm", "correct", "samples",     "chains",      "visits",        "first_visits",
             "thin",      "kappa",   "delta",       "max_queries", "version_space", "replicates",
             "audit",     "seed",    "backend",     "engine",      "memo",          "max_batch",
             "self_test", "adapt",   "adapt_floor", "scouts",      "threads",       "output",
             "report",    "quiet"}));
  EXPECT_EQ(keys(report["counters"]),
            (Names{"steps", "moves_down", "moves_up", "leaf_visits", "expansions", "queries",
                   "samples", "proposals", "accepted", "rejected"}));
  EXPECT_EQ(keys(report["diagnostics"]),
            (Names{"log_mass", "first_symbol", "weighted_effective_samples",
                   "queries_per_effective_sample", "draws_used"}));
  EXPECT_EQ(keys(report["timings"]),
            (Names{"load_seconds", "compile_seconds", "pilot_seconds", "run_seconds",
                   "write_seconds", "samples_per_second", "steps_per_second"}));
  EXPECT_EQ(keys(report["guarantee"]), (Names{"tv", "kind", "why"}));
}

TEST(Report, StatesWhatWasResolvedAndMeasured) {
  SampleOptions options;
  options.seed = 0xFFFFFFFFFFFFFFFF;
  options.delta = 0.001;
  const RunFacts run{"out.npz", "report.json", true, 0.125, 0.0625, 3};
  const Json report = sample_report(some_facts(), options, some_result(), run);
  EXPECT_EQ(report["version"], version());
  EXPECT_EQ(report["instance"]["digest"], "0123456789abcdef");
  EXPECT_EQ(report["instance"]["symbols"], (Json{"a", "b"}));
  EXPECT_TRUE(report["instance"]["kappa"].is_null());
  EXPECT_EQ(report["options"]["algorithm"], "lifted");
  EXPECT_TRUE(report["options"]["correct"].is_null());
  EXPECT_EQ(report["options"]["samples"], 1000);
  EXPECT_EQ(report["options"]["chains"], 8);
  EXPECT_EQ(report["options"]["visits"], "measured");
  EXPECT_EQ(report["options"]["first_visits"], 17);
  EXPECT_EQ(report["options"]["thin"], 5);
  EXPECT_EQ(report["options"]["seed"], 0xFFFFFFFFFFFFFFFF);
  EXPECT_EQ(report["options"]["backend"], "cpu");
  EXPECT_EQ(report["options"]["threads"], 3);
  EXPECT_EQ(report["options"]["output"], "out.npz");
  EXPECT_EQ(report["options"]["report"], "report.json");
  EXPECT_EQ(report["options"]["quiet"], true);
  EXPECT_EQ(report["drawn"], 900);
  EXPECT_EQ(report["partial"], true);
  EXPECT_EQ(report["budget_spent"], false);
  EXPECT_TRUE(report["class"].is_null());
  for (const char* name : {"max_queries", "version_space", "replicates", "audit"}) {
    EXPECT_TRUE(report["options"][name].is_null()) << name;
  }
  EXPECT_EQ(report["counters"]["moves_down"], 52);
  EXPECT_EQ(report["counters"]["queries"], 66);
  EXPECT_EQ(report["pilot"]["relaxation_visits"], 2.5);
  EXPECT_EQ(report["pilot"]["queries"], 4242);
  EXPECT_EQ(report["pilot"]["evaluations"], 377);
  EXPECT_EQ(report["pilot"]["tours"], 128);
  EXPECT_EQ(report["diagnostics"]["log_mass"]["split_rhat"], 1.01);
  EXPECT_EQ(report["diagnostics"]["log_mass"]["effective_samples"], 850.5);
  EXPECT_TRUE(report["diagnostics"]["first_symbol"]["split_rhat"].is_null());
  EXPECT_TRUE(report["diagnostics"]["weighted_effective_samples"].is_null());
  EXPECT_EQ(report["timings"]["load_seconds"], 0.125);
  EXPECT_EQ(report["timings"]["write_seconds"], 0.0625);
  EXPECT_EQ(report["timings"]["samples_per_second"], 450);
  EXPECT_EQ(report["timings"]["steps_per_second"], 50);
  EXPECT_EQ(report["guarantee"], (Json{{"tv", 0.25}, {"kind", "measured"}, {"why", "because"}}));
}

TEST(Report, LeavesWalkOptionsOutOfTheSequentialSampler) {
  SampleOptions options;
  options.correction = Correction::kWeight;
  SampleResult result = some_result();
  result.algorithm = Algorithm::kSequential;
  result.visits.reset();
  result.pilot_tours = 0;
  const Json report = sample_report(some_facts(), options, result, {});
  EXPECT_EQ(report["options"]["correct"], "weight");
  EXPECT_TRUE(report["options"]["visits"].is_null());
  EXPECT_TRUE(report["options"]["first_visits"].is_null());
  EXPECT_TRUE(report["options"]["thin"].is_null());
  EXPECT_TRUE(report["pilot"].is_null());
  EXPECT_TRUE(report["options"]["output"].is_null());
}

TEST(Report, IsReadBackAsItWasWritten) {
  const Json report = sample_report(some_facts(), {}, some_result(), {});
  EXPECT_EQ(Json::parse(json_text(report)), report);
  EXPECT_EQ(json_text(report).back(), '\n');
}

TEST(Report, TakesTextThatIsNotUtf8) {
  InstanceFacts facts = some_facts();
  facts.path = "na\xefve.json";
  EXPECT_EQ(Json::parse(json_text(instance_json(facts)))["path"], "na\xef\xbf\xbdve.json");
}

TEST(NumberText, GroupsDigits) {
  EXPECT_EQ(grouped(std::uint64_t{0}), "0");
  EXPECT_EQ(grouped(std::uint64_t{999}), "999");
  EXPECT_EQ(grouped(std::uint64_t{1000}), "1,000");
  EXPECT_EQ(grouped(std::uint64_t{18446744073709551615U}), "18,446,744,073,709,551,615");
  EXPECT_EQ(grouped(12.345), "12.35");
  EXPECT_EQ(grouped(1234.5678), "1,235");
  EXPECT_EQ(grouped(1e300), "1.00e+300");
  EXPECT_EQ(grouped(std::nan("")), "nan");
}

TEST(NumberText, PutsSizesAndTimesIntoUnits) {
  EXPECT_EQ(byte_size(1023), "1023 B");
  EXPECT_EQ(byte_size(1536), "1.5 KiB");
  EXPECT_EQ(byte_size(std::uint64_t{24} << 30U), "24.0 GiB");
  EXPECT_EQ(byte_size(~std::uint64_t{0}), "16.0 EiB");
  EXPECT_EQ(clock_time(0.2), "0:00");
  EXPECT_EQ(clock_time(75), "1:15");
  EXPECT_EQ(clock_time(3600 + 61), "1:01:01");
}

TEST(OptionWords, AreThoseOfACommandLine) {
  EXPECT_EQ(option_words("nothing to say"), "nothing to say");
  EXPECT_EQ(option_words("`max_queries`, `visits = measured`; `correction = none`"),
            "--max-queries, --visits measured; --correct none");
  EXPECT_EQ(option_words("one ` alone"), "one ` alone");

  const Error delta(ErrorKind::kUsage, "delta", "must lie between 0 and 1, is 2");
  EXPECT_EQ(delta.field(), "delta");
  EXPECT_EQ(reason_of(delta), "must lie between 0 and 1, is 2");
  EXPECT_EQ(reason_of(Error(ErrorKind::kInput, "file.json: cannot read")),
            "file.json: cannot read");
  EXPECT_STREQ(delta.what(), "delta: must lie between 0 and 1, is 2");
  EXPECT_EQ(option_words(delta), "--delta: must lie between 0 and 1, is 2");
  EXPECT_EQ(option_words(Error(ErrorKind::kUsage, "visits = proven", "give `kappa`")),
            "--visits proven: give --kappa");
  EXPECT_EQ(option_words(Error(ErrorKind::kInput, "`chains`.json: cannot read")),
            "`chains`.json: cannot read");
}

TEST(Report, SaysWhereTheGuaranteeIsNotWhatWasAskedFor) {
  const Guarantee found{0.25, GuaranteeKind::kProven, "because"};
  EXPECT_EQ(guarantee_text(found), "proven, TV 0.25: because");
  EXPECT_EQ(guarantee_text(found, 0.13), "proven, TV 0.25: because");
  EXPECT_EQ(guarantee_text(found, 0.01), "proven, TV 0.25, more than the 0.01 of --delta: because");
}

TEST(Report, SpeaksOfOptions) {
  SampleResult result = some_result();
  result.guarantee.why = "at kappa 2 (as given by `kappa`)";
  EXPECT_EQ(sample_report(some_facts(), {}, result, {})["guarantee"]["why"],
            "at kappa 2 (as given by --kappa)");
}

TEST(Progress, ShowsShareCountRateAndTimeToGo) {
  EXPECT_EQ(elapsed_line("pilots choose the algorithm", 72), "pilots choose the algorithm, 1:12");
  EXPECT_EQ(progress_line(0, 1000, 0), "[--------------------]   0%  0 samples");
  EXPECT_EQ(progress_line(250000, 1000000, 2),
            "[#####---------------]  25%  250,000 samples  125,000/s  0:06 left");
  EXPECT_EQ(progress_line(1000, 1000, 1),
            "[####################] 100%  1,000 samples  1,000/s  0:00 left");
  EXPECT_LE(progress_line(1, ~std::uint64_t{0} >> 1U, 1e9).size(), 79U);
}

TEST(Progress, SaysWhichCallHasNotReturned) {
  EXPECT_EQ(waiting_line({"bethe", 32, 0, 5, 12.4}, false),
            "waiting for oracle \"bethe\": 32 nodes at depth 0 to 5, 12 s");
  EXPECT_EQ(waiting_line({"a\x1b[2J", 1, 3, 3, 1}, true),
            "stopping after oracle \"a\\x1b[2J\": 1 node at depth 3, 1 s; Ctrl-C again: now");
}

TEST(Report, SaysThatRowsArePinned) {
  SampleResult result = some_result();
  result.oracle_use.emplace();
  result.oracle_use->pinned = true;
  result.oracle_use->largest_difference = std::numeric_limits<double>::infinity();
  InstanceFacts facts = some_facts();
  SampleOptions options;
  options.self_test = SelfTest::kPin;
  EXPECT_TRUE(sample_report(facts, options, result, {})["options"]["self_test"].is_null());
  facts.asked = true;
  const Json report = sample_report(facts, options, result, {});
  EXPECT_EQ(report["options"]["self_test"], "pin");
  EXPECT_EQ(report["oracle"]["pinned"], true);
  EXPECT_EQ(report["oracle"]["largest_difference"], "infinite");
  const std::string summary = sample_summary(facts, options, result, {});
  EXPECT_NE(summary.find("answers differ by up to inf, so that the first ones are pinned"),
            std::string::npos)
      << summary;
}

// A run on a target without a sequence has no end.
TEST(Report, SaysThatNothingWasMet) {
  SampleResult result = some_result();
  result.algorithm = Algorithm::kLifted;
  result.drawn = 0;
  result.pilot_queries = 0;
  InstanceFacts facts = some_facts();
  facts.asked = true;
  const std::string unknown = "; no leaf was reached: whether any sequence has mass is not known";
  EXPECT_EQ(sample_summary(facts, {}, result, {}).find(unknown), std::string::npos);
  result.totals.leaf_visits = 0;
  EXPECT_NE(sample_summary(facts, {}, result, {}).find(unknown), std::string::npos);
  // Scouts met one; a pilot may have; tables are summed up before.
  result.adaptation.emplace().log_mass_known = -27.1;
  EXPECT_EQ(sample_summary(facts, {}, result, {}).find(unknown), std::string::npos);
  result.adaptation.reset();
  result.pilot_queries = 42;
  EXPECT_EQ(sample_summary(facts, {}, result, {}).find(unknown), std::string::npos);
  result.pilot_queries = 0;
  facts.asked = false;
  EXPECT_EQ(sample_summary(facts, {}, result, {}).find(unknown), std::string::npos);
}

TEST(Report, SaysWhenABudgetPaysForNothing) {
  SampleResult result = some_result();
  result.algorithm = Algorithm::kLifted;
  result.drawn = 0;
  result.budget_spent = true;
  const std::string below = ", no chain's share of it being a row of 2 queries";
  EXPECT_EQ(sample_summary(some_facts(), {}, result, {}).find(below), std::string::npos);
  result.totals = {};
  EXPECT_NE(sample_summary(some_facts(), {}, result, {}).find(below), std::string::npos);
}

// Chains that stand still, each at a value of its own: not the null of what is not known.
TEST(Report, SaysThatRHatIsInfinite) {
  SampleResult result = some_result();
  result.diagnostics.first_symbol = {std::numeric_limits<double>::infinity(), 8.0};
  const Json report = sample_report(some_facts(), {}, result, {});
  EXPECT_EQ(Json::parse(json_text(report))["diagnostics"]["first_symbol"]["split_rhat"],
            "infinite");
  const std::string summary = sample_summary(some_facts(), {}, result, {});
  EXPECT_NE(summary.find("first symbol 8.00 (split R-hat infinite)"), std::string::npos) << summary;
}

}  // namespace
}  // namespace wend
