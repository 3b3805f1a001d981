// Instances of kind "external" by WEND_COMMAND: libraries of WEND_PLUGINS that are good, are none,
// refuse, or hang.
#include <gtest/gtest.h>

#include <cmath>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/command_process.hpp"
#include "wend/c.h"

namespace wend::testing {
namespace {

namespace fs = std::filesystem;
using Arguments = std::vector<std::string>;

class ExternalCommand : public CommandTest {
 protected:
  ExternalCommand() {
    for (const char* library : {"faulty_oracle.so", "no_oracle.so"})
      fs::copy_file(fs::path(WEND_PLUGINS) / library, path(library));
  }

  [[nodiscard]] std::string external(const std::string& keys) const {
    return instance("external.json", R"({"wend": 1, "kind": "external", )" + keys + "}");
  }
  [[nodiscard]] std::string faulty(const std::string& options) const {
    return external(R"("library": "faulty_oracle.so", "options": )" + options);
  }
  [[nodiscard]] static Arguments sample(const std::string& file, const Arguments& more = {}) {
    Arguments all{"sample", file, "--allow-plugins", "--visits", "2"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
};

TEST_F(ExternalCommand, RunsCodeWhereItIsAllowedAlone) {
  const std::string file = faulty(R"({"released": "released"})");
  for (const char* command : {"sample", "inspect", "estimate"})
    expect_refused({command, file}, 3,
                   file +
                       ": library: its code would run in this process, which must be allowed "
                       "(--allow-plugins, LoadOptions::allow_plugins)");
  EXPECT_FALSE(fs::exists(path("released")));
  const Finished finished =
      run(sample(file, {"--report", path("report.json"), "--memo", "100000", "--max-batch", "8"}));
  EXPECT_EQ(finished.status, 0) << finished.err;
  EXPECT_TRUE(fs::exists(path("released")));
  const nlohmann::json json = report();
  EXPECT_EQ(json["instance"]["kind"], "external");
  EXPECT_EQ(json["instance"]["estimate"], "faulty");
  EXPECT_EQ(json["options"]["engine"], "lockstep");
  EXPECT_EQ(json["options"]["memo"], 100000);
  EXPECT_EQ(json["options"]["max_batch"], 8);
  EXPECT_EQ(json["options"]["self_test"], "refuse");
  EXPECT_GT(json["oracle"]["self_tested"], 0);
  EXPECT_EQ(json["oracle"]["largest_difference"], 0.0);
  EXPECT_EQ(json["oracle"]["pinned"], false);
}

// g(x): the product of the base's ratios, where no 1 follows a 0 and there is a 2.
double log_z_of_constrained() {
  double z = 0;
  for (int number = 0; number < 81; ++number) {
    const int x[] = {number / 27, number / 9 % 3, number / 3 % 3, number % 3};
    double mass = 1;
    bool allowed = false;
    for (int h = 0; h < 4; ++h) {
      mass *= (1.0 + (x[h] + (h == 0 ? 0 : x[h - 1]) + h) % 3) / 6;
      allowed |= x[h] == 2;
      if (h > 0 && x[h - 1] == 0 && x[h] == 1) mass = 0;
    }
    if (allowed) z += mass;
  }
  return std::log(z);
}

TEST_F(ExternalCommand, TakesPotentials) {
  const std::string potentials =
      R"("potentials": [{"kind": "automaton", "forbid": [[0, 1]], "require": [[2]]}])";
  const std::string file = external(R"("library": "faulty_oracle.so", )" + potentials);
  const Finished drawn = run(sample(file, {"--samples", "500", "--output", "-", "--quiet"}));
  EXPECT_EQ(drawn.status, 0) << drawn.err;
  std::istringstream lines(drawn.out);
  std::string line;
  std::getline(lines, line);
  EXPECT_EQ(line, "chain,log_mass,s0,s1,s2,s3");
  std::uint64_t rows = 0;
  while (std::getline(lines, line)) {
    const std::string symbols = line.substr(line.size() - 8);  // ",0,1,2,0"
    EXPECT_EQ(symbols.find(",0,1"), std::string::npos) << line;
    EXPECT_NE(symbols.find(",2"), std::string::npos) << line;
    ++rows;
  }
  EXPECT_EQ(rows, 500U);

  const Finished estimated = run({"estimate", file, "--allow-plugins", "--of", "log-z",
                                  "--relative-error", "0.003", "--json", "--memo", "0"});
  EXPECT_EQ(estimated.status, 0) << estimated.err;
  const nlohmann::json json = nlohmann::json::parse(estimated.out);
  // Five standard errors: a false alarm in 2 million, had the seed been random.
  EXPECT_NEAR(json["log_z"]["mean"], log_z_of_constrained(), 0.015);
  EXPECT_LE(json["log_z"]["standard_error"], 0.003);
  EXPECT_GT(json["oracle"]["evaluations"], 1000);
  EXPECT_TRUE(json["failure"].is_null());

  const Finished masked = run({"baseline", file, "--allow-plugins", "--method", "masking"});
  EXPECT_EQ(masked.status, 0) << masked.err;
  EXPECT_NE(masked.out.find("biased"), std::string::npos) << masked.out;

  const std::string wrong = external(
      R"("library": "faulty_oracle.so", "potentials": [{"kind": "automaton", "forbid": [[3]]}])");
  const Finished refused = run(sample(wrong));
  EXPECT_EQ(refused.status, 3);
  EXPECT_NE(refused.err.find(": potentials[0].forbid"), std::string::npos) << refused.err;
}

TEST_F(ExternalCommand, AnEstimateKeepsWhatItHasWhereTheOracleFails) {
  const Finished finished =
      run({"estimate", faulty(R"({"fault": "expand", "after": 300})"), "--allow-plugins", "--of",
           "log-z", "--memo", "0", "--relative-error", "1e-6"});
  EXPECT_EQ(finished.status, 4);
  EXPECT_NE(finished.out.find("before the oracle failed"), std::string::npos) << finished.out;
  EXPECT_NE(finished.out.find("ln Z"), std::string::npos) << finished.out;
  EXPECT_EQ(finished.err, "wend: oracle \"faulty\": no more \\x1b[31mtokens\n");
}

// From the folder of the instance, whose name then has no slash: not from the system's libraries.
TEST_F(ExternalCommand, FindsTheLibraryBesideTheInstance) {
  static_cast<void>(faulty("{}"));
  const Finished finished =
      run(sample("external.json", {"--quiet"}), [&] { ::chdir(path("").c_str()); });
  EXPECT_EQ(finished.status, 0) << finished.err;
}

TEST_F(ExternalCommand, RefusesWhatCannotBeLoadedInOneLine) {
  static_cast<void>(folder_.add("text.so", "no library\n"));
  const std::string file = external("");
  const std::string library = file + ": library: ";
  const std::string good = library + path("faulty_oracle.so") + ": ";
  const std::vector<std::pair<std::string, std::string>> cases{
      {R"("options": {})", library + "missing"},
      {R"("library": "")", library + "must name a file, not be empty"},
      {R"("library": 7)", library + "must be a string, not 7"},
      {R"("library": "none.so")", library + path("none.so") + ": no such file"},
      {R"("library": ".")", library + path(".") + ": not a regular file"},
      {R"("library": "no_oracle.so")",
       library + path("no_oracle.so") + ": has no function wend_open_oracle: " +
           path("no_oracle.so") + ": undefined symbol: wend_open_oracle"},
      {R"("library": "faulty_oracle.so", "horizon": 3)",
       file + ": horizon: unknown key; known are wend, kind, library, options, potentials"},
      {R"("library": "faulty_oracle.so", "options": [])",
       file + ": options: must be an object, not an array"},
      {R"("library": "faulty_oracle.so", "options": {"fault": "abi"})",
       good + "was built for another version of the interface than 1"},
      {R"("library": "faulty_oracle.so", "options": {"fault": "open"})",
       good + "wend_open_oracle refused: no \\x1b[31mmodel"},
      {R"("library": "faulty_oracle.so", "options": {"fault": "silent"})",
       good + "wend_open_oracle refused: it returned 23"},
      {R"("library": "faulty_oracle.so", "options": {"fault": "size"})",
       good + "oracle \"faulty\": contexts: must be at least 1"},
      {R"("library": "faulty_oracle.so", "options": {"fault": "newer"})",
       good + "a wend_oracle of " + std::to_string(sizeof(wend_oracle) + 8) +
           " bytes, of a newer header than wend's, which knows " +
           std::to_string(sizeof(wend_oracle)) + " of them"},
      {R"("library": "faulty_oracle.so", "options": {"alphabet": 1})",
       good + "oracle \"faulty\": alphabet: must be 2 to 262144, is 1"},
      {R"("library": "faulty_oracle.so", "options": {"horizon": 70000})",
       good + "oracle \"faulty\": horizon: must be 1 to 65535, is 70000"},
      {R"("library": "faulty_oracle.so", "options": {"kappa": 0.5})",
       good + "oracle \"faulty\": kappa: must be a finite number of at least 1, is 0.5"}};
  for (const auto& [keys, message] : cases) {
    SCOPED_TRACE(message);
    static_cast<void>(external(keys));
    expect_refused(sample(file), 3, message);
  }
  static_cast<void>(external(R"("library": "text.so")"));
  const Finished text = run(sample(file));
  EXPECT_EQ(text.status, 3);
  EXPECT_EQ(text.err.find("wend: " + library + path("text.so") + ": cannot be loaded: "), 0U)
      << text.err;
  EXPECT_EQ(std::count(text.err.begin(), text.err.end(), '\n'), 1);
}

TEST_F(ExternalCommand, RefusesWhatDoesNotFitIt) {
  const std::string file = faulty("{}");
  expect_refused({"sample", file, "--allow-plugins"}, 2,
                 "--visits proven: nothing is known of how fast the walk mixes (the oracle does "
                 "not state its accuracy); give --kappa, or the number of visits, or let "
                 "the oracle state its kappa or, for the lifted walk, its ratio_bound");
  expect_refused({"sample", file, "--allow-plugins", "--algorithm", "class-elimination"}, 2,
                 "--algorithm class-elimination: needs an instance of kind \"class\", not "
                 "\"external\"");
  expect_refused({"sample", file, "--allow-plugins", "--algorithm", "sequential"}, 2,
                 "--correct reject: the oracle \"faulty\" states no ratio_bound to reject by");
  expect_refused(sample(file, {"--engine", "fused"}), 2,
                 "--engine fused: the oracle \"faulty\" has no tables");
  expect_refused(sample(file, {"--self-test", "maybe"}), 2,
                 "--self-test: 'maybe' is not refuse, pin or off");
  expect_refused(sample(file, {"--self-test", "pin", "--memo", "0"}), 2,
                 "--memo: 0 has no room for what --self-test pin keeps");
  expect_refused(sample(file, {"--report", path("faulty_oracle.so")}), 2,
                 "--report: is " + path("faulty_oracle.so") + ", which the instance reads");
}

TEST_F(ExternalCommand, AMemoLargerThanTheMemoryIsRefused) {
  const std::string file = faulty("{}");
  for (const std::string command : {"sample", "estimate", "plan", "throughput"}) {
    std::vector<std::string> arguments{command, file, "--allow-plugins", "--memo", "4000T"};
    if (command == "sample" || command == "plan") {
      arguments.insert(arguments.end(), {"--kappa", "2"});
    }
    const Finished refused = run(arguments);
    EXPECT_EQ(refused.status, 2) << command;
    EXPECT_EQ(refused.err.find("wend: --memo: 3.9 PiB, more than the "), 0U) << refused.err;
    EXPECT_EQ(refused.out, "") << command;
  }
}

TEST_F(ExternalCommand, ASelfTestRefusesPinsOrIsOff) {
  const std::string file = faulty(R"({"fault": "drift"})");
  const Finished refused = run(sample(file));
  EXPECT_EQ(refused.status, 4);
  EXPECT_EQ(refused.err.find("wend: --self-test: oracle \"faulty\": asked again "), 0U)
      << refused.err;
  EXPECT_NE(refused.err.find("draw from the first answers with --self-test pin\n"),
            std::string::npos)
      << refused.err;

  const Finished pinned =
      run(sample(file, {"--self-test", "pin", "--report", path("report.json")}));
  EXPECT_EQ(pinned.status, 0) << pinned.err;
  EXPECT_NE(pinned.out.find("so that the first ones are pinned\n"), std::string::npos)
      << pinned.out;
  const nlohmann::json json = report();
  EXPECT_EQ(json["options"]["self_test"], "pin");
  EXPECT_EQ(json["oracle"]["pinned"], true);
  EXPECT_GT(json["oracle"]["largest_difference"], 1e-4);
  EXPECT_EQ(json["oracle"]["memo_rows"], json["oracle"]["evaluations"]);
  EXPECT_EQ(json["guarantee"]["kind"], "none");
  EXPECT_NE(json["guarantee"]["why"].get<std::string>().find("which depends on the batches"),
            std::string::npos);

  const Finished off = run(sample(file, {"--self-test", "off", "--report", path("report.json")}));
  EXPECT_EQ(off.status, 0) << off.err;
  EXPECT_EQ(report()["oracle"]["self_tested"], 0);
}

TEST_F(ExternalCommand, AnEstimateRefusesPinsOrDoesNotTest) {
  const std::string file = faulty(R"({"fault": "drift"})");
  const auto estimate = [&](const Arguments& more) {
    Arguments all{"estimate", file, "--allow-plugins", "--queries", "60000"};
    all.insert(all.end(), more.begin(), more.end());
    return run(all);
  };
  const Finished refused = estimate({});
  EXPECT_EQ(refused.status, 4);
  EXPECT_NE(refused.err.find("draw from the first answers with --self-test pin\n"),
            std::string::npos)
      << refused.err;

  const Finished table = estimate({"--self-test", "pin"});
  EXPECT_EQ(table.status, 0) << table.err;
  EXPECT_NE(table.out.find("so that the first ones are pinned; "), std::string::npos) << table.out;
  const Finished pinned = estimate({"--self-test", "pin", "--memo", "500000", "--json"});
  ASSERT_EQ(pinned.status, 0) << pinned.err;
  const nlohmann::json json = nlohmann::json::parse(pinned.out);
  EXPECT_EQ(json["options"]["self_test"], "pin");
  EXPECT_EQ(json["options"]["memo"], 500000);
  EXPECT_EQ(json["options"]["max_batch"], nullptr);
  EXPECT_EQ(json["oracle"]["pinned"], true);
  EXPECT_GT(json["oracle"]["largest_difference"], 1e-4);
  EXPECT_EQ(json["oracle"]["memo_rows"], json["oracle"]["evaluations"]);

  const Finished off = estimate({"--self-test", "off", "--max-batch", "7", "--json"});
  ASSERT_EQ(off.status, 0) << off.err;
  const nlohmann::json untested = nlohmann::json::parse(off.out);
  EXPECT_EQ(untested["oracle"]["self_tested"], 0);
  EXPECT_EQ(untested["oracle"]["pinned"], false);
  EXPECT_EQ(untested["options"]["max_batch"], 7);

  expect_refused({"estimate", file, "--allow-plugins", "--self-test", "maybe"}, 2,
                 "--self-test: 'maybe' is not refuse, pin or off");
  expect_refused({"estimate", file, "--allow-plugins", "--self-test", "pin", "--memo", "0"}, 2,
                 "--memo: 0 has no room for what --self-test pin keeps");
}

TEST_F(ExternalCommand, AFullMemoEndsAPinnedRunAndKeepsItsDraws) {
  const std::string file = faulty(R"({"fault": "drift", "horizon": 9})");
  const Finished full = run(sample(file, {"--self-test", "pin", "--memo", "20000", "--samples",
                                          "5000", "--chains", "3", "--output", path("out.csv")}));
  EXPECT_EQ(full.status, 4);
  EXPECT_NE(full.err.find("the memo of 20000 bytes is full at "), std::string::npos) << full.err;
  EXPECT_NE(full.err.find(" draws before that are in " + path("out.csv")), std::string::npos);
  EXPECT_EQ(std::count(full.err.begin(), full.err.end(), '\n'), 1);
  const std::string rows = file_bytes(path("out.csv"));
  EXPECT_GT(std::count(rows.begin(), rows.end(), '\n'), 3);
}

TEST_F(ExternalCommand, IsInspected) {
  const std::string file = faulty(R"({"horizon": 8})");
  const Finished json = run({"inspect", file, "--allow-plugins", "--json"});
  ASSERT_EQ(json.status, 0) << json.err;
  const nlohmann::json plans = nlohmann::json::parse(json.out)["plans"];
  ASSERT_EQ(plans.size(), 3U);
  for (const nlohmann::json& plan : plans) {
    const nlohmann::json& lockstep = plan["lockstep"];
    EXPECT_EQ(lockstep["chains"], 62);
    EXPECT_EQ(lockstep["levels"], 8);
    EXPECT_EQ(lockstep["path_bytes"], lockstep["row_bytes"].get<std::uint64_t>() * 8 * 62);
    EXPECT_GT(lockstep["memo_bytes"], 0);
  }
  EXPECT_GT(plans[1]["lockstep"]["row_bytes"], plans[0]["lockstep"]["row_bytes"]);

  const Finished text = run({"inspect", file, "--allow-plugins"});
  ASSERT_EQ(text.status, 0) << text.err;
  for (const char* words : {"kind             external\n", "library          ", "whole paths",
                            "(62 chains; the memo at most)"})
    EXPECT_NE(text.out.find(words), std::string::npos) << words << "\nin\n" << text.out;
}

TEST_F(ExternalCommand, SaysWhatItWaitsFor) {
  if (!has_terminals()) GTEST_SKIP() << "no pseudo-terminals";
  const std::string file = faulty(R"({"after": 300, "hold": "hold"})");
  static_cast<void>(folder_.add("hold", ""));
  const Finished finished =
      run_on_terminal(sample(file, {"--memo", "0"}), [&](pid_t, const std::string& shown) {
        if (shown.find("waiting for oracle \"faulty\": ") != std::string::npos)
          fs::remove(path("hold"));
      });
  EXPECT_EQ(finished.status, 0) << finished.out;
  EXPECT_NE(finished.out.find(" at depth "), std::string::npos);
}

TEST_F(ExternalCommand, SaysAfterAnInterruptWhatItWaitsFor) {
  if (!has_terminals()) GTEST_SKIP() << "no pseudo-terminals";
  const std::string file = faulty(R"({"after": 300, "hold": "hold"})");
  static_cast<void>(folder_.add("hold", ""));
  bool interrupted = false;
  const Finished finished =
      run_on_terminal(sample(file, {"--memo", "0", "--output", path("out.csv")}),
                      [&](pid_t child, const std::string& shown) {
                        if (!interrupted && shown.find("waiting for oracle") != std::string::npos) {
                          interrupted = true;
                          ::kill(child, SIGINT);
                        }
                        if (shown.find("stopping after oracle \"faulty\": ") != std::string::npos)
                          fs::remove(path("hold"));
                      });
  EXPECT_EQ(finished.status, 130) << finished.out;
  EXPECT_TRUE(fs::exists(path("out.csv")));
}

}  // namespace
}  // namespace wend::testing
