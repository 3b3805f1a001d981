// What WEND_COMMAND says to wrong options, and its help, version and `inspect`.

#include <gtest/gtest.h>

#include <regex>
#include <utility>

#include "tests/support/command_process.hpp"

namespace wend::testing {
namespace {

using Arguments = std::vector<std::string>;

// "ab", "ba" in any order; the lookahead has no kappa.
constexpr const char* kUnknownKappa = R"({"wend": 1, "kind": "ngram", "corpus": "words.txt",
  "order": 2, "horizon": 6, "smoothing": 0.5, "require": ["ab"],
  "estimate": {"kind": "lookahead", "depth": 1}})";

class Usage : public TreeCommandTest {};

TEST_F(Usage, RefusesWrongUsage) {
  const std::vector<std::pair<Arguments, std::string>> cases{
      {{"--samples", "0"}, "--samples: '0' is not an integer from 1 to 281474976710656"},
      {{"--samples", "-5"}, "--samples: '-5' is not an integer from 1 to 281474976710656"},
      {{"--samples", "ten"}, "--samples: 'ten' is not an integer from 1 to 281474976710656"},
      {{"--samples", "99999999999999999999"},
       "--samples: '99999999999999999999' is not an integer from 1 to 281474976710656"},
      {{"--chains", "0"}, "--chains: '0' is not an integer from 1 to 4294967295"},
      {{"--chains", "1001"},
       "--chains: 1001 chains for 1000 samples: a chain must draw at least one"},
      {{"--samples", "5", "--chains", "6"},
       "--chains: 6 chains for 5 samples: a chain must draw at least one"},
      {{"--visits", "0"},
       "--visits: '0' is not proven, measured or an integer from 1 to 4294967295"},
      {{"--visits", "some"},
       "--visits: 'some' is not proven, measured or an integer from 1 to 4294967295"},
      {{"--visits", "4294967296"},
       "--visits: '4294967296' is not proven, measured or an integer from 1 to 4294967295"},
      {{"--thin", "0"}, "--thin: '0' is not an integer from 1 to 4294967295"},
      {{"--kappa", "0.99"}, "--kappa: '0.99' is not a number of at least 1"},
      {{"--kappa", "nan"}, "--kappa: 'nan' is not a number of at least 1"},
      {{"--kappa", "inf"}, "--kappa: 'inf' is not a number of at least 1"},
      {{"--kappa", "2x"}, "--kappa: '2x' is not a number of at least 1"},
      {{"--kappa", "1.25"},
       "--kappa: 1.25 is less than the instance's own 1.5 (the noise stays within it)"},
      {{"--delta", "0"}, "--delta: '0' is not a number between 0 and 1"},
      {{"--delta", "1"}, "--delta: '1' is not a number between 0 and 1"},
      {{"--delta", "nan"}, "--delta: 'nan' is not a number between 0 and 1"},
      {{"--seed", "-1"}, "--seed: '-1' is not an integer from 0 to 18446744073709551615"},
      {{"--threads", "0"}, "--threads: '0' is not an integer from 1 to 4096"},
      {{"--backend", "gpu"}, "--backend: 'gpu' is not auto, cpu or cuda"},
      {{"--algorithm", "vgb"},
       "--algorithm: 'vgb' is not auto, jerrum-sinclair, lifted, sequential or class-elimination"},
      {{"--algorithm", "lifted", "--correct", "reject"},
       "--correct: only goes with --algorithm sequential"},
      {{"--algorithm", "sequential", "--correct", "maybe"},
       "--correct: 'maybe' is not reject, weight, none or walk"},
      {{"--algorithm", "sequential", "--visits", "proven"},
       "--visits: the sequential sampler has no leaf visits to count"},
      {{"--algorithm", "sequential", "--thin", "2"},
       "--thin: the sequential sampler's draws are independent"},
      {{"--algorithm", "class-elimination"},
       "--algorithm class-elimination: needs an instance of kind \"class\", not \"tree\""},
      {{"--algorithm", "class-elimination", "--correct", "reject"},
       "--correct: only goes with --algorithm sequential"},
      {{"--algorithm", "class-elimination", "--version-space", "joint"},
       "--version-space: 'joint' is not shared or independent"},
      {{"--algorithm", "lifted", "--version-space", "shared"},
       "--version-space: only goes with --algorithm class-elimination"},
      {{"--algorithm", "lifted", "--replicates"},
       "--replicates: only goes with --algorithm class-elimination"},
      {{"--algorithm", "sequential", "--audit"},
       "--audit: only goes with --algorithm class-elimination"},
      // Where no algorithm is named, these name one.
      {{"--correct", "reject", "--thin", "2"},
       "--thin: the sequential sampler's draws are independent"},
      {{"--version-space", "shared"},
       "--version-space: needs an instance of kind \"class\", not \"tree\""},
      {{"--correct", "walk"}, "--correct walk: needs an instance of kind \"class\", not \"tree\""},
      {{"--audit", "--memo", "10"}, "--memo: does not go with class-elimination"},
      {{"--audit", "--engine", "fused"}, "--engine: class-elimination has an engine of its own"},
      {{"--max-queries", "0"},
       "--max-queries: '0' is not an integer from 1 to 18446744073709551615"},
      {{"--memo", "10"},
       "--memo: only goes with --engine lockstep: add that, or leave this out, for an instance of "
       "kind \"tree\" has tables and asks no oracle"},
      {{"--memo", "8388607T"},
       "--memo: only goes with --engine lockstep: add that, or leave this out, for an instance of "
       "kind \"tree\" has tables and asks no oracle"},
      {{"--memo", "8388608T"},
       "--memo: '8388608T' is not a number of bytes below 2^63, such as 1000000, 64K or 2G"},
      {{"--memo", "K"},
       "--memo: 'K' is not a number of bytes below 2^63, such as 1000000, 64K or 2G"},
      {{"--engine", "fused", "--max-batch", "1"}, "--max-batch: only goes with --engine lockstep"},
      {{"--self-test", "pin"},
       "--self-test: only goes with --engine lockstep: add that, or leave this out, for an "
       "instance of "
       "kind \"tree\" has tables and asks no oracle"},
      {{"--output", "samples.txt"}, "--output: 'samples.txt' does not end in .npz or .csv"},
      {{"--output", "x.csv", "--report", "./x.csv"}, "--report: is the same file as --output"},
      {{"--seed", "1", "--seed", "2"}, "--seed: is given more than once"},
      {{"--samples"}, "--samples: needs a value"},
      {{"--fast"}, "The following argument was not expected: --fast"},
      {{"--sampels", "3"},
       "The following arguments were not expected: --sampels 3; did you mean --samples?"},
      {{"--sampels=3"},
       "The following argument was not expected: --sampels=3; did you mean --samples?"},
      {{"another.json"}, "The following argument was not expected: another.json"},
      {{"a.json", "--fast", "b.json"},
       "The following arguments were not expected: a.json --fast b.json"},
  };
  for (const auto& [more, message] : cases) {
    SCOPED_TRACE(message);
    expect_refused(arguments(more), 2, message);
  }
  expect_nothing_written();
}

// Neither a file that is read nor one that is written is overwritten, whatever it is called.
TEST_F(Usage, RefusesToWriteOneFileOverAnother) {
  const std::string before = file_bytes(tree_);
  const std::string relative = std::filesystem::relative(tree_).string();
  ASSERT_NE(relative, tree_);
  expect_refused(arguments({"--report", tree_}), 2, "--report: is the instance file");
  expect_refused(arguments({"--report", relative}), 2, "--report: is the instance file");
  std::filesystem::create_symlink("tree.json", path("link.json"));
  expect_refused(arguments({"--report", path("link.json")}), 2, "--report: is the instance file");
  expect_refused({"sample", path("link.json"), "--report", tree_}, 2,
                 "--report: is the instance file");
  std::filesystem::create_symlink("tree.json", path("link.csv"));
  expect_refused(arguments({"--output", path("link.csv")}), 2, "--output: is the instance file");

  // Files that are not there yet.
  const std::string output = path("x.csv");
  expect_refused(
      arguments({"--output", output, "--report", std::filesystem::relative(output).string()}), 2,
      "--report: is the same file as --output");
  std::filesystem::create_symlink("x.csv", path("link.txt"));
  expect_refused(arguments({"--output", output, "--report", path("link.txt")}), 2,
                 "--report: is the same file as --output");
  EXPECT_EQ(file_bytes(tree_), before);
  for (const char* link : {"link.json", "link.csv", "link.txt"}) {
    std::filesystem::remove(path(link));
  }
  expect_nothing_written();
}

TEST_F(Usage, NeedsACommandAndAnInstance) {
  expect_refused({}, 2,
                 "a command is needed: sample, estimate, baseline, inspect, plan or throughput "
                 "(see wend --help)");
  expect_refused({"draw"}, 2,
                 "The following argument was not expected: draw; a command comes first: sample, "
                 "estimate, baseline, inspect, plan or throughput");
  expect_refused(
      {"smaple", tree_}, 2,
      "The following arguments were not expected: smaple " + tree_ + "; did you mean sample?");
  expect_refused({"sample"}, 2, "INSTANCE is required");
  expect_refused({"inspect"}, 2, "INSTANCE is required");
}

// Its kappa is unknown, but it is never below the mass.
TEST_F(Usage, FirstVisitOfALookaheadIsADraw) {
  ASSERT_EQ(folder_.add("words.txt", "ab\nba\nabba\n"), path("words.txt"));
  const std::string words = instance("words.json", kUnknownKappa);
  for (const char* visits : {"proven", "measured"}) {
    const Finished finished =
        run({"sample", words, "--visits", visits, "--report", path("report.json")});
    EXPECT_EQ(finished.status, 0) << finished.err;
    EXPECT_EQ(report()["options"]["visits"], "proven");
    EXPECT_EQ(report()["options"]["first_visits"], 1);
    EXPECT_TRUE(report()["pilot"].is_null());
  }
}

TEST_F(Usage, PrintsHelp) {
  const Finished help = run({"--help"});
  EXPECT_EQ(help.status, 0);
  EXPECT_NE(help.out.find("Usage: wend [OPTIONS] [SUBCOMMAND]"), std::string::npos) << help.out;
  const Finished sample_help = run({"sample", "--help"});
  EXPECT_EQ(sample_help.status, 0);
  for (const char* option :
       {"--algorithm",  "--samples",   "--chains",    "--visits",        "--thin",
        "--correct",    "--kappa",     "--delta",     "--max-queries",   "--version-space",
        "--replicates", "--audit",     "--seed",      "--backend",       "--engine",
        "--memo",       "--max-batch", "--self-test", "--allow-plugins", "--threads",
        "--output",     "--report",    "--quiet"}) {
    EXPECT_NE(sample_help.out.find(option), std::string::npos) << option;
  }
  EXPECT_EQ(help.err + sample_help.err, "");
}

TEST_F(Usage, PrintsTheVersion) {
  const Finished finished = run({"--version"});
  EXPECT_EQ(finished.status, 0);
  EXPECT_TRUE(std::regex_match(
      finished.out, std::regex("wend \\d+\\.\\d+\\.\\d+\ncpu   (scalar|avx2|avx512)\n"
                               "cuda  (not built in|built in|built in, but there is no device "
                               "here|emulated, for tests)\n")))
      << finished.out;
  EXPECT_EQ(finished.err, "");
}

TEST_F(Usage, InspectsWithoutDrawing) {
  const Finished finished = run({"inspect", tree_});
  EXPECT_EQ(finished.status, 0) << finished.err;
  // 8 rows (7 interior nodes and a spare) of 2 words; twice as many for the lifted walk.
  // T = 2 * 1.5 + 1, K = ceil(ln(100) / -ln(1 - 1/4)); for lifted T = 3/2. A visit takes 2 sum w /
  // sum g = 5.268 steps (the noise's signs), half of them less one are expansions of 2 queries; 2
  // more for the root.
  for (const char* line :
       {"kind             tree\n", "alphabet         2\n", "horizon          3\n",
        "leaves           8\n", "kappa            1.5 (the noise stays within it)\n",
        "jerrum-sinclair        64 B           17                89.56                57.56  ",
        "lifted                128 B            5                26.34                18.34  ",
        "sequential             64 B            -                 3.00                 6.00  ",
        "measured         kappa is at least 1.5 (over all nodes)\n"}) {
    EXPECT_NE(finished.out.find(line), std::string::npos) << line << "\nin\n" << finished.out;
  }
  EXPECT_EQ(finished.err, "");
  expect_nothing_written();
}

TEST_F(Usage, InspectsAsJson) {
  const Finished finished = run({"inspect", tree_, "--json"});
  ASSERT_EQ(finished.status, 0) << finished.err;
  const nlohmann::json json = nlohmann::json::parse(finished.out);
  EXPECT_EQ(json["instance"]["path"], tree_);
  EXPECT_EQ(json["instance"]["kappa"], 1.5);
  EXPECT_EQ(json["details"]["leaves"], "8");
  EXPECT_NEAR(json["measured_kappa"]["at_least"], 1.5, 1e-12);
  EXPECT_EQ(json["delta"], 0.01);
  ASSERT_EQ(json["plans"].size(), 3U);
  EXPECT_EQ(json["plans"][1]["algorithm"], "lifted");
  EXPECT_EQ(json["plans"][1]["table_bytes"], 128);
  EXPECT_EQ(json["plans"][1]["visits"], 5);
  EXPECT_NEAR(json["plans"][1]["relaxation_visits"], 1.5, 1e-6);
  EXPECT_NEAR(json["plans"][1]["steps_per_sample"], 26.34259259, 1e-6);
  EXPECT_NEAR(json["plans"][1]["queries_per_sample"], 18.34259259, 1e-6);
  EXPECT_EQ(json["kappa_by_depth"], (nlohmann::json{1.5, 1.5, 1.0}));
  // 8 leaves, and a sweep's 5 numbers for each of 4 + 2 nodes and the root.
  EXPECT_EQ(json["working_bytes"], 8 * 8 + 5 * 8 * 7);
  EXPECT_TRUE(json["plans"][2]["visits"].is_null());
}

TEST_F(Usage, InspectsWhereKappaIsUnknown) {
  ASSERT_EQ(folder_.add("words.txt", "ab\nba\nabba\n"), path("words.txt"));
  const std::string words = instance("words.json", kUnknownKappa);
  const Finished finished = run({"inspect", words, "--json"});
  ASSERT_EQ(finished.status, 0) << finished.err;
  const nlohmann::json json = nlohmann::json::parse(finished.out);
  EXPECT_TRUE(json["instance"]["kappa"].is_null());
  EXPECT_EQ(json["instance"]["symbols"], (nlohmann::json{"<end>", "a", "b"}));
  EXPECT_EQ(json["plans"][1]["visits"], 1);
  EXPECT_EQ(json["kappa_by_depth"], nlohmann::json(std::vector<double>(6, 1.0)));
  // Dead ends: the lookahead gives mass to prefixes that have none. JSON has no infinity.
  EXPECT_TRUE(json["measured_kappa"]["at_least"].is_null());
  EXPECT_NE(run({"inspect", words}).out.find("measured         no kappa holds"), std::string::npos);
  EXPECT_EQ(json["plans"][0]["note"],
            "6 to relax, for mu <= kappa_h w: a lookahead is never below the mass");
}

}  // namespace
}  // namespace wend::testing
