// `wend sample`, WEND_COMMAND, as its users see it: files, printed text, exit statuses.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <numeric>

#include "tests/support/command_process.hpp"
#include "tests/support/npz_reader.hpp"

namespace wend::testing {
namespace {

using Arguments = std::vector<std::string>;

class Sample : public TreeCommandTest {};

TEST_F(Sample, WritesArraysOrderedByChainAndDraw) {
  const std::string output = path("out.npz");
  const Finished finished = run(arguments(
      {"--samples", "103", "--chains", "10", "--output", output, "--report", path("report.json")}));
  ASSERT_EQ(finished.status, 0) << finished.err;
  auto arrays = read_npz(file_bytes(output));
  EXPECT_EQ(arrays.size(), 3U + 11U);
  const auto expect_header = [&](const std::string& name, const std::string& type,
                                 const std::string& shape) {
    const std::string& found = arrays[name + ".npy"].header;
    EXPECT_EQ(found.substr(0, found.find('}') + 1),
              "{'descr': '" + type + "', 'fortran_order': False, 'shape': " + shape + ", }")
        << name;
  };
  expect_header("samples", "|u1", "(103, 3)");
  expect_header("chain", "<u4", "(103,)");
  expect_header("log_mass", "<f8", "(103,)");

  const auto symbols = arrays["samples.npy"].values<std::uint8_t>();
  const auto chain = arrays["chain.npy"].values<std::uint32_t>();
  const auto log_mass = arrays["log_mass.npy"].values<double>();
  EXPECT_TRUE(std::is_sorted(chain.begin(), chain.end()));
  EXPECT_EQ(std::count(chain.begin(), chain.end(), 2U), 11);
  EXPECT_EQ(std::count(chain.begin(), chain.end(), 3U), 10);
  for (std::size_t row = 0; row < 103; ++row) {
    const std::uint8_t* s = &symbols[3 * row];
    EXPECT_DOUBLE_EQ(log_mass[row], std::log(1.0 + 4 * s[0] + 2 * s[1] + s[2]));
  }
  const nlohmann::json counters = report()["counters"];
  EXPECT_EQ(counters["samples"], 103);
  for (const auto& [name, total] : counters.items()) {
    expect_header("counters_" + name, "<u8", "(10,)");
    const auto values = arrays["counters_" + name + ".npy"].values<std::uint64_t>();
    EXPECT_EQ(std::accumulate(values.begin(), values.end(), std::uint64_t{0}), total) << name;
  }
}

TEST_F(Sample, WritesWeightsWhenAskedFor) {
  const std::string output = path("out.npz");
  const Finished finished =
      run(arguments({"--algorithm", "sequential", "--correct", "weight", "--output", output}));
  ASSERT_EQ(finished.status, 0) << finished.err;
  auto arrays = read_npz(file_bytes(output));
  ASSERT_EQ(arrays.count("log_weight.npy"), 1U);
  const auto weights = arrays["log_weight.npy"].values<double>();
  EXPECT_EQ(weights.size(), 1000U);
  EXPECT_NE(*std::min_element(weights.begin(), weights.end()),
            *std::max_element(weights.begin(), weights.end()));
}

TEST_F(Sample, CountsEffectiveSamplesOfWeights) {
  const Finished finished = run(arguments(
      {"--algorithm", "sequential", "--correct", "weight", "--report", path("report.json")}));
  ASSERT_EQ(finished.status, 0) << finished.err;
  const nlohmann::json diagnostics = report()["diagnostics"];
  const double effective = diagnostics["weighted_effective_samples"];
  EXPECT_GT(effective, 100);  // weights are within 1.5^2 of each other
  EXPECT_LT(effective, 1000);
  EXPECT_DOUBLE_EQ(diagnostics["queries_per_effective_sample"],
                   report()["counters"]["queries"].get<double>() / effective);
  EXPECT_NE(finished.out.find(", weighted "), std::string::npos) << finished.out;
}

TEST_F(Sample, SaysSoWhereDrawsAreTooFewToMeasure) {
  const Finished one = run(arguments({"--samples", "1"}));
  ASSERT_EQ(one.status, 0) << one.err;
  EXPECT_NE(one.out.find("effective   not measured (too few draws)\n"), std::string::npos)
      << one.out;
}

TEST_F(Sample, WritesText) {
  const std::string output = path("out.csv");
  ASSERT_EQ(run(arguments({"--samples", "20", "--output", output})).status, 0);
  const std::string text = file_bytes(output);
  EXPECT_EQ(text.substr(0, text.find('\n')), "chain,log_mass,s0,s1,s2");
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 21);
}

// To the last digit: no sum is in the order in which threads are done.
TEST_F(Sample, ReportsTheSameDiagnosticsWithAnyNumberOfThreads) {
  const auto diagnostics = [&](const std::string& threads) {
    const Finished finished = run(arguments(
        {"--algorithm", "sequential", "--correct", "weight", "--samples", "20011", "--chains",
         "300", "--backend", "cpu", "--threads", threads, "--report", path("report.json")}));
    EXPECT_EQ(finished.status, 0) << finished.err;
    return report()["diagnostics"].dump();
  };
  const std::string expected = diagnostics("1");
  EXPECT_NE(expected.find("weighted_effective_samples"), std::string::npos);
  for (int repetition = 0; repetition < 5; ++repetition)
    for (const std::string threads : {"2", "5"}) EXPECT_EQ(diagnostics(threads), expected);
}

TEST_F(Sample, GivesTheSameBytesOnAnyNumberOfThreads) {
  const auto bytes = [&](const std::string& threads, const std::string& seed) {
    const std::string output = path("out.npz");
    const Finished finished =
        run(arguments({"--samples", "2000", "--chains", "300", "--backend", "cpu", "--threads",
                       threads, "--seed", seed, "--output", output, "--quiet"}));
    EXPECT_EQ(finished.status, 0) << finished.err;
    return file_bytes(output);
  };
  const std::string one = bytes("1", "5");
  EXPECT_EQ(bytes("2", "5"), one);
  EXPECT_EQ(bytes("7", "5"), one);
  EXPECT_NE(bytes("1", "6"), one);
}

TEST_F(Sample, ReportsTheRun) {
  const std::string output = path("out.npz");
  const Finished finished = run(arguments({"--algorithm", "jerrum-sinclair",
                                           "--samples",   "500",
                                           "--chains",    "20",
                                           "--visits",    "20",
                                           "--thin",      "3",
                                           "--delta",     "0.05",
                                           "--seed",      "9",
                                           "--threads",   "2",
                                           "--backend",   "cpu",
                                           "--output",    output,
                                           "--report",    path("report.json")}));
  ASSERT_EQ(finished.status, 0) << finished.err;
  const nlohmann::json json = report();
  EXPECT_EQ(json["instance"]["path"], tree_);
  EXPECT_EQ(json["instance"]["kind"], "tree");
  EXPECT_EQ(json["instance"]["alphabet"], 2);
  EXPECT_EQ(json["instance"]["horizon"], 3);
  EXPECT_EQ(json["instance"]["estimate"], "noise");
  EXPECT_EQ(json["instance"]["kappa"], 1.5);
  EXPECT_EQ(json["instance"]["digest"].get<std::string>().size(), 16U);
  EXPECT_EQ(json["options"], nlohmann::json::parse(R"({"algorithm": "jerrum-sinclair",
      "correct": null, "samples": 500, "chains": 20, "visits": "fixed", "first_visits": 20,
      "thin": 3, "kappa": 1.5, "delta": 0.05, "max_queries": null, "version_space": null,
      "replicates": null, "audit": null, "seed": 9, "backend": "cpu", "engine": "fused",
      "memo": null, "max_batch": null, "self_test": null, "adapt": "none", "adapt_floor": null,
      "scouts": null, "threads": 2,
      "output": ")" + output + R"(", "report": ")" +
                                                   path("report.json") + R"(", "quiet": false})"));
  EXPECT_EQ(json["drawn"], 500);
  EXPECT_EQ(json["partial"], false);
  EXPECT_EQ(json["reconciled"], true);
  // Every chain rests at its last sample: 20 visits to the first, 3 to each of the 24 others.
  EXPECT_EQ(json["counters"]["leaf_visits"], 20 * (20 + 24 * 3));
  EXPECT_EQ(json["counters"]["queries"], 2 * json["counters"]["expansions"].get<int>());
  EXPECT_EQ(json["diagnostics"]["draws_used"], 500);
  EXPECT_GT(json["diagnostics"]["log_mass"]["effective_samples"], 50);
  EXPECT_LT(json["diagnostics"]["first_symbol"]["split_rhat"], 1.2);
  EXPECT_GT(json["diagnostics"]["queries_per_effective_sample"], 0);
  EXPECT_GT(json["timings"]["run_seconds"], 0);
  EXPECT_TRUE(json["device"].get<std::string>().starts_with("cpu"));
  EXPECT_EQ(json["guarantee"]["kind"], "proven");  // 20 visits, where 11 are proven enough
  EXPECT_NE(json["guarantee"]["why"].get<std::string>().find("3 visits apart"), std::string::npos);
}

TEST_F(Sample, PrintsASummaryAndNothingElse) {
  const Finished finished =
      run(arguments({"--samples", "2000", "--algorithm", "lifted", "--output", path("o.csv")}));
  EXPECT_EQ(finished.status, 0);
  EXPECT_EQ(finished.err, "");
  for (const std::string& line :
       {"instance    " + tree_ + " (tree, 2 symbols, horizon 3, estimate noise)\n",
        std::string("algorithm   lifted, 125 chains on "),
        std::string(
            "visits      5 leaf visits to a chain's first sample, 5 to each next (proven)\n"),
        std::string("drawn       2,000 in "), std::string("guarantee   proven, TV 0.01: "),
        std::string("queries     "), std::string("effective   log-mass "),
        "output      " + path("o.csv") + "\n"}) {
    EXPECT_NE(finished.out.find(line), std::string::npos) << line << "\nin\n" << finished.out;
  }
  EXPECT_EQ(std::count(finished.out.begin(), finished.out.end(), '\n'), 8);

  const Finished quiet = run(arguments({"--quiet"}));
  EXPECT_EQ(quiet.status, 0);
  EXPECT_EQ(quiet.out + quiet.err, "");
}

TEST_F(Sample, WritesNothingThatWasNotAskedFor) {
  ASSERT_EQ(run(arguments({})).status, 0);
  expect_nothing_written();
}

TEST_F(Sample, FailsBeforeTheRunWhereOutputCannotBeWritten) {
  const std::string nowhere = path("nowhere");
  const std::string reason =
      ": cannot write to the folder " + nowhere + ": No such file or directory";
  expect_refused(arguments({"--output", nowhere + "/out.npz"}), 4, nowhere + "/out.npz" + reason);
  expect_refused(arguments({"--output", path("out.npz"), "--report", nowhere + "/r.json"}), 4,
                 nowhere + "/r.json" + reason);
  // A folder that refuses root too.
  expect_refused(arguments({"--output", "/proc/out.npz"}), 4,
                 "/proc/out.npz: cannot write to the folder /proc: No such file or directory");
  expect_refused(arguments({"--output", tree_ + "/out.npz"}), 4,
                 tree_ + "/out.npz: cannot write to the folder " + tree_ + ": Not a directory");
  std::filesystem::create_directory(path("folder.npz"));
  expect_refused(arguments({"--output", path("folder.npz")}), 4,
                 path("folder.npz") + ": cannot write: not a regular file");
  std::filesystem::remove(path("folder.npz"));
  expect_nothing_written();
}

}  // namespace
}  // namespace wend::testing
