// `wend throughput` by WEND_COMMAND: its tables, its JSON, its plot, and what it refuses.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>

#include <algorithm>
#include <boost/property_tree/ptree.hpp>
#include <boost/property_tree/xml_parser.hpp>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/command_process.hpp"

namespace wend::testing {
namespace {

using Arguments = std::vector<std::string>;
using Names = std::set<std::string>;

class ThroughputCommand : public TreeCommandTest {
 protected:
  [[nodiscard]] Arguments throughput(const Arguments& more) const {
    Arguments all{"throughput", tree_};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  [[nodiscard]] Arguments briefly(const Arguments& more = {}) const {
    Arguments all = throughput({"--seconds", "0.001", "--batch", "1,3", "--chains", "2", "--chains",
                                "8,40", "--threads", "2"});
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  void expect_usage(const Arguments& more, const std::string& line) const {
    expect_refused(throughput(more), 2, line);
    expect_nothing_written();
  }
};

Names keys(const nlohmann::json& object) {
  Names names;
  for (const auto& [name, value] : object.items()) names.insert(name);
  return names;
}

/// The texts of an SVG; it must be XML, with one <svg>.
std::vector<std::string> texts_of(const std::string& svg) {
  std::istringstream stream(svg);
  boost::property_tree::ptree tree;
  boost::property_tree::read_xml(stream, tree);
  EXPECT_EQ(tree.size(), 1U);
  std::vector<std::string> texts;
  for (const auto& [name, part] : tree.get_child("svg"))
    if (name == "text") texts.push_back(part.data());
  return texts;
}

bool has(const std::vector<std::string>& texts, const std::string& text) {
  return std::find(texts.begin(), texts.end(), text) != texts.end();
}

TEST_F(ThroughputCommand, PrintsItsTables) {
  const Finished finished = run(briefly());
  EXPECT_EQ(finished.status, 0);
  EXPECT_EQ(finished.err, "");
  for (const char* part :
       {"instance    ", "tree.json", "calls of the oracle alone", "runs in lockstep: lifted on cpu",
        "where their time went", "oracle      walk", "runs on tables: lifted on cpu", "steps/s"})
    EXPECT_NE(finished.out.find(part), std::string::npos) << part << "\n" << finished.out;
  expect_nothing_written();
}

TEST_F(ThroughputCommand, WritesAllFiguresAsJson) {
  ASSERT_EQ(
      run(briefly({"--json", path("report.json"), "--seed", "7", "--algorithm", "jerrum-sinclair"}))
          .status,
      0);
  const nlohmann::json json = report();
  EXPECT_EQ(keys(json), (Names{"version", "instance", "options", "oracle", "contexts", "read_flops",
                               "answer_flops", "device", "fused_device", "partial", "failure",
                               "seconds", "calls", "lockstep", "fused"}));
  EXPECT_EQ(keys(json["options"]),
            (Names{"algorithm", "seconds", "seed", "backend", "threads", "memo", "max_batch"}));
  EXPECT_EQ(json["options"]["algorithm"], "jerrum-sinclair");
  EXPECT_EQ(json["options"]["seed"], 7);
  EXPECT_EQ(json["options"]["threads"], 2);
  EXPECT_EQ(json["partial"], false);
  EXPECT_TRUE(json["failure"].is_null());
  ASSERT_EQ(json["calls"].size(), 2U);
  ASSERT_EQ(json["lockstep"].size(), 3U);
  ASSERT_EQ(json["fused"].size(), 3U);
  for (const nlohmann::json& row : json["calls"]) {
    EXPECT_EQ(keys(row), (Names{"batch", "calls", "evaluations", "tokens", "mean_depth", "seconds",
                                "seconds_per_call", "evaluations_per_second", "tokens_per_second",
                                "flops", "product_flops", "flops_share"}));
    EXPECT_EQ(row["evaluations"].get<std::uint64_t>(),
              row["calls"].get<std::uint64_t>() * row["batch"].get<std::uint64_t>());
  }
  const std::vector<int> chains{2, 8, 40};
  for (std::size_t i = 0; i < chains.size(); ++i) {
    const nlohmann::json& row = json["lockstep"][i];
    EXPECT_EQ(keys(row), (Names{"chains", "contexts", "seconds", "steps", "expansions", "queries",
                                "samples", "oracle", "steps_per_second", "expansions_per_second",
                                "evaluations_per_second", "samples_per_second", "mean_batch",
                                "room", "full", "times", "shares"}));
    EXPECT_EQ(row["chains"], chains[i]);
    const Names parts{"oracle", "walk", "rows", "memo", "gather", "transfers", "idle"};
    EXPECT_EQ(keys(row["shares"]), parts);
    double sum = 0;
    for (const std::string& part : parts) sum += row["shares"][part].get<double>();
    EXPECT_GT(sum, 0);
    EXPECT_LE(sum, 1 + 1e-9);
    EXPECT_LE(row["full"].get<double>(), 1);
    EXPECT_EQ(keys(json["fused"][i]),
              (Names{"chains", "seconds", "steps", "queries", "samples", "steps_per_second",
                     "queries_per_second", "samples_per_second"}));
  }
}

TEST_F(ThroughputCommand, GivesStandardOutputToItsJson) {
  const Finished finished = run(briefly({"--json", "-"}));
  EXPECT_EQ(finished.status, 0);
  EXPECT_EQ(nlohmann::json::parse(finished.out)["calls"].size(), 2U);
  EXPECT_NE(finished.err.find("runs in lockstep"), std::string::npos) << finished.err;
}

TEST_F(ThroughputCommand, DrawsAPlot) {
  const std::string hostile = instance("a<b>&\"c.json", kTree);
  const Finished finished = run({"throughput", hostile, "--seconds", "0.001", "--batch", "1,2,4",
                                 "--chains", "4,64", "--plot", path("plot.svg")});
  ASSERT_EQ(finished.status, 0) << finished.err;
  const std::vector<std::string> texts = texts_of(file_bytes(path("plot.svg")));
  EXPECT_TRUE(has(texts, "a<b>&\"c.json (tree), lifted"));
  for (const char* label : {"nodes of a call, or chains", "evaluations a second", "1", "10", "100",
                            "a call's nodes, the oracle alone", "chains of a run in lockstep"})
    EXPECT_TRUE(has(texts, label)) << label;
}

TEST_F(ThroughputCommand, EndsWithWhatWasMeasured) {
  const pid_t child = start(
      throughput({"--seconds", "3000", "--json", path("report.json"), "--plot", path("plot.svg")}));
  // Once its files are open a signal is a request.
  const auto opened = [&] {
    std::error_code ignored;
    int nameless = 0;
    for (const auto& entry :
         std::filesystem::directory_iterator("/proc/" + std::to_string(child) + "/fd", ignored)) {
      struct stat status = {};
      nameless += ::stat(entry.path().c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
                  status.st_nlink == 0;
    }
    return nameless >= 2;
  };
  for (int i = 0; i < 3000 && !opened(); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  ::kill(child, SIGINT);
  const Finished finished = finish(child);
  EXPECT_EQ(finished.status, 130);
  EXPECT_EQ(finished.err, "");
  EXPECT_NE(finished.out.find(", interrupted"), std::string::npos) << finished.out;
  EXPECT_EQ(report()["partial"], true);
  EXPECT_LE(report()["calls"].size(), 1U);
  EXPECT_EQ(report()["lockstep"].size(), 0U);
  texts_of(file_bytes(path("plot.svg")));
}

TEST_F(ThroughputCommand, SaysWhatTheOracleFailedWith) {
  std::filesystem::copy_file(std::filesystem::path(WEND_PLUGINS) / "faulty_oracle.so",
                             path("faulty_oracle.so"));
  const std::string file = instance("external.json", R"({"wend": 1, "kind": "external",
      "library": "faulty_oracle.so", "options": {"fault": "nan", "after": 1}})");
  const Finished finished =
      run({"throughput", file, "--allow-plugins", "--seconds", "0.001", "--batch", "1", "--chains",
           "64", "--memo", "0", "--json", path("report.json")});
  EXPECT_EQ(finished.status, 4) << finished.out;
  EXPECT_NE(finished.err.find("oracle \"faulty\""), std::string::npos) << finished.err;
  EXPECT_EQ(report()["partial"], true);
  EXPECT_TRUE(report()["failure"].is_string());
  expect_refused({"throughput", file}, 3,
                 file +
                     ": library: its code would run in this process, which must be allowed "
                     "(--allow-plugins, LoadOptions::allow_plugins)");
}

TEST_F(ThroughputCommand, RefusesInOneLine) {
  for (const char* seconds : {"0", "-1", "nan", "inf", "1e9", "x"})
    expect_usage({"--seconds", seconds}, "--seconds: '" + std::string(seconds) +
                                             "' is not a number above 0, of 3600 at most");
  expect_usage({"--batch", "0"}, "--batch: '0' is not an integer from 1 to 4294967295");
  expect_usage({"--batch", "1,x"}, "--batch: 'x' is not an integer from 1 to 4294967295");
  expect_usage({"--chains", "-3"}, "--chains: '-3' is not an integer from 1 to 4294967295");
  expect_usage({"--max-batch", "8", "--batch", "9"},
               "--batch: 9 nodes: a call of the oracle \"tree\" takes 1 to 8");
  expect_usage({"--algorithm", "class-elimination"},
               "--algorithm class-elimination: is no walk, and asks for no rows");
  expect_usage({"--plot", path("plot.png")},
               "--plot: '" + path("plot.png") + "' does not end in .svg");
  expect_usage({"--json", tree_}, "--json: is the instance file");
  expect_usage({"--json", path("a.svg"), "--plot", path("a.svg")},
               "--plot: is the same file as --json");
  expect_refused(throughput({"--seconds", "0.001", "--json", path("no/such.json")}), 4,
                 path("no/such.json") + ": cannot write to the folder " + path("no") +
                     ": No such file or directory");
  expect_refused({"throughput", path("none.json")}, 3,
                 path("none.json") + ": cannot read: no such file");
  expect_nothing_written();
}

}  // namespace
}  // namespace wend::testing
