// `wend plan` by WEND_COMMAND, and what `wend sample` says of the algorithm that it chose.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/command_process.hpp"

namespace wend::testing {
namespace {

using Arguments = std::vector<std::string>;
using Json = nlohmann::json;

class PlanCommand : public TreeCommandTest {
 protected:
  [[nodiscard]] Arguments plan(const Arguments& more) const {
    Arguments all{"plan", tree_};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
};

/// All that does not depend on this machine or moment.
Json without_times(Json json) {
  json.erase("seconds");
  json["options"].erase("threads");
  json["adaptation"].erase("seconds");
  for (Json& candidate : json["candidates"]) candidate.erase("seconds");
  return json;
}

TEST_F(PlanCommand, SaysWhatEachWouldTakeAndHowToRunIt) {
  const Finished finished = run(
      plan({"--samples", "500", "--delta", "0.05", "--seed", "3", "--json", path("plan.json")}));
  ASSERT_EQ(finished.status, 0) << finished.err;
  for (const char* text : {"\nlifted  ", "\njerrum-sinclair  ", "\nsequential with rejection  ",
                           "\nkappa       at least 1.", "\nrecommended sequential", " a draw; "})
    EXPECT_NE(finished.out.find(text), std::string::npos) << text << " in\n" << finished.out;

  const Json json = Json::parse(file_bytes(path("plan.json")));
  EXPECT_EQ(json["recommended"], "sequential");
  EXPECT_EQ(json["candidates"].size(), 3U);
  for (const Json& candidate : json["candidates"]) {
    EXPECT_TRUE(candidate["fits"]);
    EXPECT_GT(candidate["seconds"], 0);
    EXPECT_LE(candidate["cost"]["low"], candidate["cost"]["expected"]);
    EXPECT_EQ(candidate["guarantee"]["kind"], "proven");
  }
  EXPECT_EQ(json["candidates"][0]["proven_visits"], 3);  // ceil(ln(20) / ln(3))
  EXPECT_EQ(json["options"]["budget"], nullptr);

  // The command line that it gives runs, and draws what no algorithm named draws.
  std::istringstream words(json["command"].get<std::string>());
  Arguments command;
  for (std::string word; words >> word;) command.push_back(word);
  ASSERT_EQ(command[0], "wend");
  command.erase(command.begin());
  Arguments named = command;
  named.insert(named.end(), {"--output", path("named.csv")});
  ASSERT_EQ(run(named).status, 0);
  ASSERT_EQ(run(arguments({"--samples", "500", "--delta", "0.05", "--seed", "3", "--output",
                           path("chosen.csv"), "--report", path("report.json")}))
                .status,
            0);
  EXPECT_EQ(file_bytes(path("named.csv")), file_bytes(path("chosen.csv")));
  EXPECT_EQ(report()["choice"]["algorithm"], "sequential");
  EXPECT_EQ(report()["options"]["algorithm"], "sequential");
}

TEST_F(PlanCommand, IsTheSameButForTimes) {
  ASSERT_EQ(run(plan({"--json", path("a.json"), "--threads", "1"})).status, 0);
  ASSERT_EQ(run(plan({"--json", path("b.json"), "--threads", "3", "--quiet"})).status, 0);
  EXPECT_EQ(without_times(Json::parse(file_bytes(path("a.json")))),
            without_times(Json::parse(file_bytes(path("b.json")))));
}

TEST_F(PlanCommand, KeepsToItsBudget) {
  ASSERT_EQ(run(plan({"--budget", "3000", "--json", path("plan.json")})).status, 0);
  const Json json = Json::parse(file_bytes(path("plan.json")));
  EXPECT_LE(json["pilot_queries"], 3000);
  EXPECT_GT(json["pilot_queries"], 1000);
  EXPECT_EQ(json["options"]["budget"], 3000);
}

// Of so small a budget that no pilot goes.
TEST_F(PlanCommand, ClaimsNothingOfProposalsThatWereNotMade) {
  ASSERT_EQ(run(plan({"--budget", "1", "--json", path("plan.json")})).status, 0);
  const Json json = Json::parse(file_bytes(path("plan.json")));
  EXPECT_EQ(json["pilot_queries"], 0);
  const Json& sequential = json["candidates"][2];
  ASSERT_EQ(sequential["name"], "sequential with rejection");
  EXPECT_EQ(sequential["guarantee"]["kind"], "none") << sequential;
  EXPECT_EQ(sequential["guarantee"]["why"],
            "no proposal was made: what share is accepted is not known");
}

TEST_F(PlanCommand, WritesJsonToStandardOutputAndTheTableAside) {
  const Finished finished = run(plan({"--json", "-"}));
  EXPECT_EQ(finished.status, 0);
  EXPECT_EQ(Json::parse(finished.out)["recommended"], "sequential");
  EXPECT_NE(finished.err.find("\nrun it by   wend sample "), std::string::npos) << finished.err;
}

TEST_F(PlanCommand, RefusesWhatDoesNotFit) {
  const std::vector<std::pair<Arguments, std::string>> cases{
      {{"--budget", "0"}, "--budget: '0' is not an integer from 1 to 18446744073709551615"},
      {{"--samples", "0"}, "--samples: '0' is not an integer from 1 to 281474976710656"},
      {{"--delta", "1"}, "--delta: '1' is not a number between 0 and 1"},
      {{"--kappa", "1.25"},
       "--kappa: 1.25 is less than the instance's own 1.5 (the noise stays within it)"},
      {{"--algorithm", "lifted"},
       "The following arguments were not expected: --algorithm lifted; a plan is of all "
       "algorithms"},
      {{"--adapt", "auto"},
       "The following arguments were not expected: --adapt auto; a plan says in any case what "
       "--adapt auto would bring"},
      {{"--adapt=depth"},
       "The following argument was not expected: --adapt=depth; a plan says in any case what "
       "--adapt auto would bring"},
      {{"--correct", "weight"}, "The following arguments were not expected: --correct weight"},
      {{"--memo", "10"},
       "--memo: only goes with --engine lockstep: add that, or leave this out, for an instance of "
       "kind \"tree\" has tables and asks no oracle"},
      {{"--engine", "fused", "--max-batch", "1"}, "--max-batch: only goes with --engine lockstep"},
      {{"--json", tree_}, "--json: is the instance file"},
      {{"--stop-signal", "KILL"}, "--stop-signal: 'KILL' is not USR1 or USR2"}};
  for (const auto& [more, message] : cases) {
    SCOPED_TRACE(message);
    expect_refused(plan(more), 2, message);
  }
  expect_refused(plan({"--json", path("none/plan.json")}), 4,
                 path("none/plan.json") + ": cannot write to the folder " + path("none") +
                     ": No such file or directory");
  expect_nothing_written();
}

TEST_F(PlanCommand, ASummarySaysWhyAndWhatPilotsAsked) {
  const Finished finished = run(arguments({"--seed", "3"}));
  ASSERT_EQ(finished.status, 0) << finished.err;
  EXPECT_NE(finished.out.find("\nchoice      sequential with rejection: 1 of "), std::string::npos)
      << finished.out;
  EXPECT_NE(finished.out.find(" more to choose the algorithm; "), std::string::npos)
      << finished.out;
  // Named, there is no choice.
  const Finished named = run(arguments({"--seed", "3", "--algorithm", "sequential"}));
  EXPECT_EQ(named.out.find("choice"), std::string::npos) << named.out;
}

}  // namespace
}  // namespace wend::testing
