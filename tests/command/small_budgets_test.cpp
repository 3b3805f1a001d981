// `--max-queries` from 1 on: a budget that pays for nothing ends like any other that is used up,
// with status 5, what was drawn, and files of no rows, for every algorithm and kind of instance.
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "tests/support/command_process.hpp"
#include "tests/support/npz_reader.hpp"

namespace wend::testing {
namespace {

class SmallBudgets : public CommandTest {
 protected:
  struct Kind {
    std::string file;
    bool is_class;
  };
  std::vector<Kind> kinds() {
    EXPECT_FALSE(folder_.add("words.txt", "abba\nbabab\ncab\nacac\n").empty());
    return {{instance("tree.json", R"({"wend": 1, "kind": "tree", "alphabet": 2, "horizon": 2,
                                       "leaf_mass": [1, 2, 3, 4],
                                       "estimate": {"kind": "noise", "model": "iid", "kappa": 2,
                                                    "seed": 1}})"),
             false},
            {instance("knapsack.json", R"({"wend": 1, "kind": "knapsack", "weights": [3, 5, 7],
                                           "capacity": 9, "estimate": {"kind": "exact"}})"),
             false},
            {instance("rounded.json", R"({"wend": 1, "kind": "knapsack", "weights": [3, 5, 7],
                                          "capacity": 9,
                                          "estimate": {"kind": "rounded", "kappa": 4}})"),
             false},
            {instance("ngram.json", R"({"wend": 1, "kind": "ngram", "corpus": "words.txt",
                                        "order": 2, "horizon": 5, "smoothing": 0.1,
                                        "estimate": {"kind": "lookahead", "depth": 1}})"),
             false},
            {instance("class.json", R"({"wend": 1, "kind": "class", "horizon": 8, "truth": 3,
                                        "family": {"kind": "product", "count": 64, "seed": 5,
                                                   "gamma": 0.1},
                                        "estimate": {"kind": "noise", "model": "iid",
                                                     "kappa": 1.2, "seed": 3}})"),
             true}};
  }

  void expect_nothing(std::vector<std::string> arguments) {
    for (const std::string file : {"out.npz", "out.csv"}) {
      std::vector<std::string> all = arguments;
      all.insert(all.end(), {"--samples", "100", "--max-queries", "1", "--output", path(file),
                             "--report", path("report.json")});
      const Finished finished = run(all);
      EXPECT_EQ(finished.status, 5) << finished.err;
      EXPECT_EQ(finished.err, "");
      EXPECT_NE(finished.out.find("0 of 100, query budget used up"), std::string::npos)
          << finished.out;
      const nlohmann::json found = report();
      EXPECT_EQ(found["drawn"], 0);
      EXPECT_EQ(found["budget_spent"], true);
      EXPECT_LE(found["counters"]["queries"], 1);
      EXPECT_EQ(found["guarantee"]["kind"], "none");
    }
    const std::map<std::string, ReadArray> arrays = read_npz(file_bytes(path("out.npz")));
    const std::string columns = std::to_string(report()["instance"]["horizon"].get<int>());
    EXPECT_NE(arrays.at("samples.npy").header.find("(0, " + columns + ")"), std::string::npos)
        << arrays.at("samples.npy").header;
    EXPECT_TRUE(arrays.at("samples.npy").data.empty());
    const std::string csv = file_bytes(path("out.csv"));
    EXPECT_EQ(csv.find('\n'), csv.size() - 1) << csv;  // the header alone
  }
};

TEST_F(SmallBudgets, DrawNothing) {
  for (const Kind& kind : kinds()) {
    SCOPED_TRACE(kind.file);
    for (const std::string algorithm : {"jerrum-sinclair", "lifted"})
      for (const std::string visits : {"proven", "measured", "3"})
        expect_nothing({"sample", kind.file, "--algorithm", algorithm, "--visits", visits});
    for (const std::string correction : {"reject", "weight", "none"})
      if (!kind.is_class || correction != "reject")
        expect_nothing({"sample", kind.file, "--algorithm", "sequential", "--correct", correction});
    if (!kind.is_class) continue;
    for (const std::string space : {"shared", "independent"})
      expect_nothing(
          {"sample", kind.file, "--algorithm", "class-elimination", "--version-space", space});
  }
}

}  // namespace
}  // namespace wend::testing
