// WEND_COMMAND with class-elimination: options, exit statuses, summary, files and inspect.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/command_process.hpp"
#include "tests/support/npz_reader.hpp"

namespace wend::testing {
namespace {

class ClassCommand : public CommandTest {
 protected:
  static constexpr const char* kNeedles = R"({"wend": 1, "kind": "class", "horizon": 8, "truth": 7,
    "family": {"kind": "needle", "count": 32, "seed": 5, "mass": 0.1, "depth": 5},
    "estimate": {"kind": "noise", "model": "iid", "kappa": 1.2, "seed": 3}})";

  [[nodiscard]] std::vector<std::string> arguments(const std::vector<std::string>& more) const {
    std::vector<std::string> all{"sample",    needles_, "--algorithm", "class-elimination",
                                 "--backend", "cpu"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }

  std::string needles_ = instance("needles.json", kNeedles);
};

TEST_F(ClassCommand, WritesTheDrawsTheReportAndASummary) {
  const Finished finished = run(
      arguments({"--samples", "320", "--output", path("a.npz"), "--report", path("report.json")}));
  ASSERT_EQ(finished.status, 0) << finished.err;
  for (const char* line :
       {"algorithm   class-elimination, --version-space shared, 20 chains on cpu",
        "\nclass       32 members: 32 > ", "\nasked       ", " (proven: at most 392,064); "}) {
    EXPECT_NE(finished.out.find(line), std::string::npos) << line << "\nin\n" << finished.out;
  }
  EXPECT_EQ(finished.out.find("\nvisits "), std::string::npos);

  const nlohmann::json found = report()["class"];
  EXPECT_EQ(found["members"], 32);
  EXPECT_EQ(found["paths_to_certify"], 4084);  // ceil(2.88 / 0.005 * ln(6 / 0.005))
  EXPECT_EQ(found["proven_queries"], 392064.0);
  EXPECT_EQ(found["phases"][0]["members"], 32.0);
  EXPECT_EQ(found["samples_certified"].get<int>() + found["samples_direct"].get<int>(), 320);
  const std::uint64_t queries = report()["counters"]["queries"];
  EXPECT_EQ(found["queries_before_certification"].get<std::uint64_t>() +
                found["queries_after_certification"].get<std::uint64_t>(),
            queries);
  EXPECT_GT(queries, 0U);

  const auto arrays = read_npz(file_bytes(path("a.npz")));
  EXPECT_EQ(arrays.at("chain.npy").values<std::uint32_t>().size(), 320U);
  std::uint64_t sum = 0;
  for (const char* name : {"counters_queries_interior.npy", "counters_queries_leaf.npy"}) {
    for (const std::uint64_t count : arrays.at(name).values<std::uint64_t>()) sum += count;
  }
  EXPECT_EQ(sum, queries);
  EXPECT_EQ(arrays.count("counters_truth.npy"), 0U);
}

TEST_F(ClassCommand, ReplicatesHaveTruthsOfTheirOwn) {
  const Finished finished =
      run(arguments({"--samples", "64", "--chains", "32", "--version-space", "independent",
                     "--replicates", "--output", path("a.npz"), "--report", path("report.json")}));
  ASSERT_EQ(finished.status, 0) << finished.err;
  EXPECT_EQ(report()["options"]["replicates"], true);
  const auto truth =
      read_npz(file_bytes(path("a.npz"))).at("counters_truth.npy").values<std::uint64_t>();
  ASSERT_EQ(truth.size(), 32U);
  bool differ = false;
  for (const std::uint64_t member : truth) {
    EXPECT_LT(member, 32U);
    differ = differ || member != truth[0];
  }
  EXPECT_TRUE(differ);  // 32 draws from 32 members are alike once in 10^46
  EXPECT_NE(finished.out.find(" in the mean by phase; "), std::string::npos) << finished.out;
}

TEST_F(ClassCommand, EndsWithStatus5WhenTheQueriesAreUsedUp) {
  const std::vector<std::vector<std::string>> algorithms{
      {"class-elimination"}, {"lifted"}, {"jerrum-sinclair"}, {"sequential", "--correct", "none"}};
  for (const std::vector<std::string>& algorithm : algorithms) {
    SCOPED_TRACE(algorithm[0]);
    std::vector<std::string> words{
        "sample",        needles_, "--backend", "cpu",         "--samples", "64",
        "--max-queries", "20",     "--output",  path("a.csv"), "--report",  path("report.json"),
        "--algorithm"};
    words.insert(words.end(), algorithm.begin(), algorithm.end());
    const Finished finished = run(words);
    EXPECT_EQ(finished.status, 5) << finished.err;
    EXPECT_EQ(finished.err, "");
    EXPECT_NE(finished.out.find(" of 64, query budget used up, in "), std::string::npos)
        << finished.out;
    EXPECT_EQ(report()["budget_spent"], true);
    EXPECT_EQ(report()["partial"], true);
    EXPECT_LT(report()["drawn"], 64);
    EXPECT_LE(report()["counters"]["queries"], 20);
    EXPECT_EQ(report()["guarantee"]["kind"], "none");
    std::size_t lines = 0;
    for (const char c : file_bytes(path("a.csv"))) lines += c == '\n' ? 1 : 0;
    EXPECT_EQ(lines, 1 + report()["drawn"].get<std::size_t>());
  }
}

TEST_F(ClassCommand, RefusesOptionsThatDoNotFit) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> cases{
      {{"--visits", "5"}, "--visits: class-elimination has no leaf visits to count"},
      {{"--thin", "5"}, "--thin: class-elimination has no leaf visits to count"},
      {{"--correct", "walk"},
       "--correct walk: only goes with a class whose oracle is another instance; this one's is a "
       "member"},
      {{"--correct", "none"}, "--correct: only goes with --algorithm sequential"},
      {{"--replicates"}, "--replicates: needs --version-space independent"},
      {{"--kappa", "1.1"},
       "--kappa: 1.1 is less than the instance's own 1.2 (the noise stays within it)"},
  };
  for (const auto& [more, message] : cases) expect_refused(arguments(more), 2, message);
  EXPECT_EQ(folder_.names(), std::vector<std::string>{"needles.json"});
}

TEST_F(ClassCommand, WalksToAnOracleOutsideOfTheClass) {
  const auto tree = [](const std::string& masses, const std::string& estimate) {
    return R"({"kind": "tree", "alphabet": 2, "horizon": 2, "leaf_mass": [)" + masses +
           R"(], "estimate": )" + estimate + "}";
  };
  const std::string exact = R"({"kind": "exact"})";
  const std::string noise = R"({"kind": "noise", "model": "iid", "kappa": 1.5, "seed": 1})";
  const std::string file =
      folder_
          .add("outside.json", R"({"wend": 1, "kind": "class", "kappa": 3, "members": [)" +
                                   tree("1, 2, 3, 4", exact) + ", " + tree("40, 1, 1, 1", exact) +
                                   R"(], "oracle": )" + tree("1, 2, 3, 5", noise) + "}")
          .string();
  const std::vector<std::string> words{
      "sample",    file,         "--algorithm", "class-elimination",
      "--correct", "walk",       "--samples",   "64",
      "--visits",  "5",          "--report",    path("report.json"),
      "--output",  path("a.npz")};
  const Finished finished = run(words);
  ASSERT_EQ(finished.status, 0) << finished.err;
  EXPECT_NE(finished.out.find("class-elimination, --correct walk, 4 chains on cpu"),
            std::string::npos)
      << finished.out;
  EXPECT_NE(finished.out.find("one member left; the walk goes by the mean of 1\n"),
            std::string::npos)
      << finished.out;
  EXPECT_NE(finished.out.find(" more by elimination"), std::string::npos) << finished.out;
  EXPECT_EQ(report()["options"]["correct"], "walk");
  EXPECT_EQ(report()["options"]["first_visits"], 5);
  EXPECT_EQ(report()["options"]["engine"], "lockstep");
  EXPECT_EQ(report()["class"]["survivor"], 0);
  EXPECT_EQ(report()["class"]["left"], 1);
  EXPECT_EQ(report()["class"]["exhausted"], false);
  EXPECT_EQ(report()["class"]["counters"]["queries"],
            report()["class"]["queries_before_certification"]);
  EXPECT_EQ(report()["counters"]["queries"], 2 * report()["counters"]["expansions"].get<int>());
  const auto arrays = read_npz(file_bytes(path("a.npz")));
  EXPECT_EQ(arrays.at("counters_leaf_visits.npy").values<std::uint64_t>().size(), 4U);
  EXPECT_FALSE(arrays.contains("counters_scouted.npy"));
  expect_refused({"sample", file, "--algorithm", "lifted", "--correct", "walk"}, 2,
                 "--correct walk: only goes with --algorithm class-elimination");
}

TEST_F(ClassCommand, InspectsThePlan) {
  const Finished finished = run({"inspect", needles_});
  ASSERT_EQ(finished.status, 0) << finished.err;
  EXPECT_NE(finished.out.find("certified by N = 4,084 paths, at most 392,064 queries, or by one "
                              "member left\n"),
            std::string::npos)
      << finished.out;
  const nlohmann::json json = nlohmann::json::parse(run({"inspect", needles_, "--json"}).out);
  ASSERT_EQ(json["plans"].size(), 4U);
  EXPECT_EQ(json["plans"][3]["algorithm"], "class-elimination");
  EXPECT_EQ(json["plans"][3]["paths_to_certify"], 4084);
  EXPECT_EQ(json["plans"][3]["queries_to_certify"], 392064.0);
  EXPECT_TRUE(json["plans"][1]["paths_to_certify"].is_null());
}

}  // namespace
}  // namespace wend::testing
