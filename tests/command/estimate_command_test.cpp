// `wend estimate` as it is run: what it prints, what it refuses, how it ends.
#include <gtest/gtest.h>

#include <cmath>
#include <csignal>
#include <utility>

#include "tests/support/command_process.hpp"

namespace wend::testing {
namespace {

using Arguments = std::vector<std::string>;
using nlohmann::json;

// Words of a, b and c; at most five symbols.
constexpr const char* kWords = R"({"wend": 1, "kind": "ngram", "corpus": "words.txt",
  "order": 2, "horizon": 5, "smoothing": 0.1, "estimate": {"kind": "lookahead", "depth": 2}})";

class Estimate : public TreeCommandTest {
 protected:
  [[nodiscard]] Arguments arguments(const Arguments& more) const {
    Arguments all{"estimate", path("tree.json")};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  [[nodiscard]] json json_of(const Arguments& more) const {
    Arguments all = arguments(more);
    all.emplace_back("--json");
    const Finished finished = run(all);
    EXPECT_EQ(finished.status, 0);
    EXPECT_EQ(finished.err, "");
    return json::parse(finished.out);
  }
  void write_words() const {
    static_cast<void>(folder_.add("words.txt", "abba\nbab\na\nab\nbaba\nca\nac\nbac\ncab\n"));
    static_cast<void>(instance("words.json", kWords));
  }
};

std::vector<std::string> keys_of(const json& object) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : object.items()) keys.push_back(key);
  return keys;  // in their alphabetical order
}

void expect_mean(const json& mean) {
  EXPECT_EQ(keys_of(mean), (std::vector<std::string>{"interval", "mean", "standard_error"}));
  EXPECT_LE(mean.at("interval").at(0), mean.at("mean"));
  EXPECT_GE(mean.at("interval").at(1), mean.at("mean"));
  EXPECT_GE(mean.at("standard_error"), 0);
}

// A corpus may hold characters that a terminal obeys; JSON has them as they are.
TEST_F(Estimate, EscapesSymbolsInTheTable) {
  static_cast<void>(folder_.add("words.txt", "\x1b[\n\xc2\x9b[\n\xe2\x80\xae[\n"));
  const std::string file = instance("words.json", kWords);
  const Finished finished = run({"estimate", file, "--of", "marginals"});
  EXPECT_EQ(finished.status, 0) << finished.err;
  for (const char* raw : {"\x1b", "\xc2\x9b", "\xe2\x80\xae"})
    EXPECT_EQ(finished.out.find(raw), std::string::npos);
  for (const char* shown : {"\\x1b ", "\\xc2\\x9b ", "\\xe2\\x80\\xae "})
    EXPECT_NE(finished.out.find(shown), std::string::npos) << finished.out;
  const Finished machine = run({"estimate", file, "--of", "marginals", "--json"});
  EXPECT_EQ(json::parse(machine.out).at("instance").at("symbols").at(1), "\x1b");
}

TEST_F(Estimate, PrintsJson) {
  const json report = json_of({"--relative-error", "0.02", "--seed", "3", "--threads", "2"});
  EXPECT_EQ(keys_of(report), (std::vector<std::string>{"instance", "log_mass", "log_z", "marginals",
                                                       "options", "partial", "queries", "tours"}));
  ASSERT_EQ(report.at("marginals").size(), 3U);
  for (std::size_t h = 0; h < 3; ++h) {
    const json& position = report.at("marginals").at(h);
    EXPECT_EQ(keys_of(position),
              (std::vector<std::string>{"depth", "interval", "mean", "standard_error"}));
    EXPECT_EQ(position.at("depth"), h + 1);
    double sum = 0;
    for (std::size_t c = 0; c < 2; ++c) {
      sum += position.at("mean").at(c).get<double>();
      EXPECT_LE(position.at("standard_error").at(c), 0.02 * 0.7);
      EXPECT_LT(position.at("interval").at(c).at(0), position.at("mean").at(c));
      EXPECT_GT(position.at("interval").at(c).at(1), position.at("mean").at(c));
    }
    EXPECT_NEAR(sum, 1, 1e-12);
  }
  // (5 + 6 + 7 + 8) / 36, and ln 36, at five standard errors.
  EXPECT_NEAR(report.at("marginals").at(0).at("mean").at(1), 26.0 / 36, 5 * 0.02 * 0.72);
  expect_mean(report.at("log_mass"));
  expect_mean(report.at("log_z"));
  EXPECT_NEAR(report.at("log_z").at("mean"), std::log(36), 5 * 0.02);
  EXPECT_FALSE(report.at("partial"));
  EXPECT_GE(report.at("tours"), 1024);
  EXPECT_GT(report.at("queries"), report.at("tours"));
  EXPECT_EQ(report.at("instance").at("kind"), "tree");
  EXPECT_EQ(report.at("options"), (json{{"algorithm", "lifted"},
                                        {"of", {"marginals", "log-mass", "log-z"}},
                                        {"relative_error", 0.02},
                                        {"queries", nullptr},
                                        {"chains", 64},
                                        {"kappa", nullptr},
                                        {"delta", nullptr},
                                        {"seed", 3},
                                        {"memo", nullptr},
                                        {"max_batch", nullptr},
                                        {"self_test", nullptr},
                                        {"threads", 2}}));
}

TEST_F(Estimate, SameSeedSameBytesOnAnyThreads) {
  const auto without_threads = [&](const std::string& threads, const std::string& seed) {
    json report = json_of({"--queries", "50000", "--threads", threads, "--seed", seed});
    report.at("options").erase("threads");
    return report.dump();
  };
  const std::string one = without_threads("1", "1");
  EXPECT_EQ(without_threads("2", "1"), one);
  EXPECT_EQ(without_threads("7", "1"), one);
  EXPECT_NE(without_threads("1", "2"), one);
}

TEST_F(Estimate, AsksAsManyQueries) {
  const json report = json_of({"--queries", "50000", "--chains", "8"});
  EXPECT_GE(report.at("queries"), 50000 - 8 * 2);
  EXPECT_LE(report.at("queries"), 50000 + 8 * 200);  // a tour a chain more
  EXPECT_EQ(report.at("options").at("queries"), 50000);
  EXPECT_EQ(report.at("options").at("relative_error"), nullptr);
}

TEST_F(Estimate, OnlyWhatIsAsked) {
  write_words();
  const auto words = [&](const Arguments& of) {
    Arguments all{"estimate", path("words.json"), "--queries", "20000", "--json"};
    all.insert(all.end(), of.begin(), of.end());
    const Finished finished = run(all);
    EXPECT_EQ(finished.status, 0) << finished.err;
    return json::parse(finished.out);
  };
  const json length = words({"--of", "length"});
  expect_mean(length.at("length"));
  EXPECT_EQ(length.at("marginals"), nullptr);
  EXPECT_EQ(length.at("log_mass"), nullptr);
  EXPECT_EQ(length.at("log_z"), nullptr);
  EXPECT_FALSE(length.contains("symbols"));
  for (const Arguments& of :
       {Arguments{"--of", "symbols,log-z"}, Arguments{"--of", "log-z", "--of", "symbols"}}) {
    const json two = words(of);
    EXPECT_EQ(two.at("symbols").at("mean").size(), 4U);
    expect_mean(two.at("log_z"));
    EXPECT_EQ(two.at("options").at("of"), (json{"log-z", "symbols"}));
  }
}

TEST_F(Estimate, PrintsATable) {
  write_words();
  const Finished finished = run({"estimate", path("words.json"), "--relative-error", "0.05", "--of",
                                 "marginals,length,symbols,log-z"});
  EXPECT_EQ(finished.status, 0);
  EXPECT_EQ(finished.err, "");
  for (const char* text :
       {"\nalgorithm   lifted, 64 chains on cpu", "\ntours       ", "\nqueries     ",
        "\nln Z        ", "\nlength      ", "\nsymbols     <end> ", "\n5           <end> ", " +- "})
    EXPECT_NE(finished.out.find(text), std::string::npos) << text << finished.out;
  EXPECT_EQ(finished.out.find("log-mass"), std::string::npos);
}

TEST_F(Estimate, EveryAlgorithm) {
  for (const char* algorithm : {"jerrum-sinclair", "lifted", "sequential"}) {
    const json report = json_of({"--algorithm", algorithm, "--queries", "20000"});
    EXPECT_NEAR(report.at("log_z").at("mean"), std::log(36), 0.2) << algorithm;
  }
  static_cast<void>(instance("class.json", R"({"wend": 1, "kind": "class", "horizon": 6,
      "truth": 3, "family": {"kind": "product", "count": 8, "seed": 2, "gamma": 0.3},
      "estimate": {"kind": "noise", "model": "iid", "kappa": 1.5, "seed": 4}})"));
  const Finished finished = run({"estimate", path("class.json"), "--algorithm", "class-elimination",
                                 "--relative-error", "0.05", "--delta", "0.02", "--json"});
  EXPECT_EQ(finished.status, 0) << finished.err;
  const json report = json::parse(finished.out);
  EXPECT_EQ(report.at("tours"), nullptr);
  EXPECT_EQ(report.at("log_z").at("interval"), (json{0.0, 0.0}));
  EXPECT_EQ(report.at("options").at("delta"), 0.02);
}

TEST_F(Estimate, RefusesWrongUsage) {
  const std::vector<std::pair<Arguments, std::string>> cases{
      {{"--of", "mean"}, "--of: 'mean' is not marginals, log-mass, log-z, length or symbols"},
      {{"--of", "log-z,mean"}, "--of: 'mean' is not marginals, log-mass, log-z, length or symbols"},
      {{"--of", "length"},
       "--of length: is told of instances made from a corpus alone, whose end symbol is theirs"},
      {{"--relative-error", "0"}, "--relative-error: '0' is not a number above 0"},
      {{"--relative-error", "nan"}, "--relative-error: 'nan' is not a number above 0"},
      {{"--queries", "0"}, "--queries: '0' is not an integer from 1 to 18446744073709551615"},
      {{"--queries", "100"}, "--queries: 100 are too few: 64 chains ask 128 at the root alone"},
      {{"--queries", "1000", "--relative-error", "0.1"},
       "--queries: does not go with --relative-error"},
      {{"--chains", "0"}, "--chains: '0' is not an integer from 1 to 4294967295"},
      {{"--delta", "0.1"}, "--delta: only goes with --algorithm class-elimination"},
      {{"--kappa", "2"}, "--kappa: only goes with --algorithm class-elimination"},
      {{"--algorithm", "class-elimination"},
       "--algorithm class-elimination: needs an instance of kind \"class\", not \"tree\""},
      {{"--self-test", "pin"},
       "--self-test: only goes with an instance whose oracle is asked, not one in tables"},
      {{"--memo", "10"},
       "--memo: only goes with an instance whose oracle is asked, not one in tables"},
      {{"--samples", "10"}, "The following arguments were not expected: --samples 10"}};
  for (const auto& [more, message] : cases) expect_refused(arguments(more), 2, message);
  expect_refused({"estimate"}, 2, "INSTANCE is required");
  expect_refused({"estimate", path("none.json")}, 3,
                 path("none.json") + ": cannot read: no such file");
}

TEST_F(Estimate, ShowsALineOnATerminalAndKeepsWhatItHas) {
  if (!has_terminals()) GTEST_SKIP() << "no pseudo-terminals here";
  bool sent = false;
  const Finished finished = run_on_terminal(
      arguments({"--relative-error", "1e-9"}), [&](pid_t child, const std::string& so_far) {
        if (sent || so_far.find("ln Z 3.58") == std::string::npos) return;
        sent = ::kill(child, SIGINT) == 0;
      });
  EXPECT_TRUE(sent);
  EXPECT_EQ(finished.status, 130);
  EXPECT_NE(finished.out.find(" queries  ln Z "), std::string::npos);
  EXPECT_NE(finished.out.find(", interrupted"), std::string::npos);
  EXPECT_NE(finished.out.find("position    most likely symbols"), std::string::npos);
}

}  // namespace
}  // namespace wend::testing
