// `wend baseline` by WEND_COMMAND: files, budgets, refusals and the comparison, on a library's
// oracle times potentials.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/command_process.hpp"

namespace wend::testing {
namespace {

using Arguments = std::vector<std::string>;

class BaselineCommand : public CommandTest {
 protected:
  BaselineCommand() {
    std::filesystem::copy_file(std::filesystem::path(WEND_PLUGINS) / "faulty_oracle.so",
                               path("faulty_oracle.so"));
    // Four of three symbols, no 1 after a 0, one 2 at least.
    file_ = instance("guided.json", R"({"wend": 1, "kind": "external",
      "library": "faulty_oracle.so", "options": {"bounded": true},
      "potentials": [{"kind": "automaton", "forbid": [[0, 1]], "require": [[2]]}]})");
  }

  [[nodiscard]] Arguments baseline(const Arguments& more) const {
    Arguments all{"baseline", file_, "--allow-plugins"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  void expect_usage(const Arguments& more, const std::string& line) {
    expect_refused(baseline(more), 2, line);
  }

  std::string file_;
};

TEST_F(BaselineCommand, WritesWhatItDraws) {
  for (const char* method : {"rejection", "memo-rejection", "best-of", "masking", "suffix-mh"}) {
    const Finished finished = run(baseline({"--method", method, "--samples", "300", "--output",
                                            path("draws.csv"), "--report", path("report.json")}));
    ASSERT_EQ(finished.status, 0) << method << ": " << finished.err;
    std::istringstream lines(file_bytes(path("draws.csv")));
    std::string line;
    std::getline(lines, line);
    EXPECT_EQ(line, "chain,log_mass,s0,s1,s2,s3") << method;
    std::uint64_t rows = 0;
    for (; std::getline(lines, line); ++rows) {
      const std::string symbols = line.substr(line.size() - 8);
      EXPECT_EQ(symbols.find(",0,1"), std::string::npos) << method << ": " << line;
      EXPECT_NE(symbols.find(",2"), std::string::npos) << method << ": " << line;
    }
    EXPECT_EQ(rows, 300U) << method;
    const nlohmann::json json = report();
    const std::string law = json["law"];
    const bool exact = std::string(method).ends_with("rejection");
    EXPECT_EQ(law == "exact", exact) << method;
    EXPECT_EQ(json["guarantee"]["kind"], exact ? "proven" : "none") << method;
    EXPECT_EQ(json["drawn"], 300) << method;
    EXPECT_EQ(json["counters"]["proposals"].get<std::uint64_t>(),
              json["counters"]["accepted"].get<std::uint64_t>() +
                  json["counters"]["rejected"].get<std::uint64_t>())
        << method;
    EXPECT_NE(finished.out.find(exact ? "proven" : law), std::string::npos) << finished.out;
  }
}

TEST_F(BaselineCommand, EndsWithItsBudget) {
  const Finished finished =
      run(baseline({"--method", "rejection", "--samples", "100000", "--max-queries", "3000",
                    "--output", path("draws.npz"), "--report", path("report.json")}));
  EXPECT_EQ(finished.status, 5) << finished.err;
  const nlohmann::json json = report();
  EXPECT_TRUE(json["budget_spent"]);
  EXPECT_LE(json["counters"]["queries"], 3000);
  EXPECT_LT(json["drawn"], 100000);
  EXPECT_TRUE(std::filesystem::exists(path("draws.npz")));
}

TEST_F(BaselineCommand, ComparesWhatFits) {
  const Finished finished = run(baseline({"--compare", "--max-evaluations", "200"}));
  ASSERT_EQ(finished.status, 0) << finished.err;
  for (const char* name : {"rejection", "memo-rejection", "best-of", "masking", "suffix-mh",
                           "lifted", "sequential", "biased", "exact"})
    EXPECT_NE(finished.out.find(name), std::string::npos) << finished.out;
}

TEST_F(BaselineCommand, RefusesInOneLine) {
  expect_usage({}, "--method: is needed, or --compare");
  expect_usage({"--method", "masking", "--compare"}, "--compare: does not go with --method");
  expect_usage({"--compare", "--samples", "5"}, "--samples: does not go with --compare");
  expect_usage({"--method", "masking", "--best-of", "3"},
               "--best-of: only goes with --method best-of");
  expect_usage({"--method", "masking", "--steps", "3"},
               "--steps: only goes with --method suffix-mh");
  expect_refused({"baseline", file_, "--method", "masking"}, 3,
                 file_ +
                     ": library: its code would run in this process, which must be allowed "
                     "(--allow-plugins, LoadOptions::allow_plugins)");
  const std::string unbounded = instance("unbounded.json", R"({"wend": 1, "kind": "external",
      "library": "faulty_oracle.so"})");
  expect_refused({"baseline", unbounded, "--allow-plugins", "--method", "rejection"}, 2,
                 "--method rejection: the oracle \"faulty\" states no ratio_bound to reject by");
  const std::string tree = instance("tree.json", R"({"wend": 1, "kind": "tree", "alphabet": 2,
      "horizon": 2, "leaf_mass": [1, 2, 3, 4], "estimate": {"kind": "exact"}})");
  expect_refused({"baseline", tree, "--method", "rejection"}, 2,
                 "--method rejection: from the estimate itself, which is in tables, this is what "
                 "wend sample does with --algorithm sequential and --correct reject");
}

}  // namespace
}  // namespace wend::testing
