// Loading n-gram instances: files, facts and everything that is refused.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "host/files/npy_header.hpp"
#include "host/instances/ngram/load.hpp"
#include "host/oracles/walk_of.hpp"
#include "wend/error.hpp"

namespace wend {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

class NgramInstanceTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::path(testing::TempDir()) /
              (std::string("wend_ngram_") +
               testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  void write(const std::string& name, const std::string& bytes) const {
    std::ofstream(folder_ / name, std::ios::binary) << bytes;
  }

  void write_npy(const std::vector<std::uint64_t>& shape, const std::vector<double>& values) const {
    std::string bytes = npy_header(NpyType::kF8, shape);
    for (const double value : values) {
      const auto raw = std::bit_cast<std::array<char, sizeof(double)>>(value);
      bytes.append(raw.begin(), raw.end());
    }
    write("t.npy", bytes);
  }

  // `keys` as they stand in the file after "wend" and "kind".
  [[nodiscard]] std::unique_ptr<Instance> load(const std::string& keys) const {
    const std::string text = R"({"wend": 1, "kind": "ngram", )" + keys + "}";
    write("i.json", text);
    const nlohmann::json document = nlohmann::json::parse(text);
    return load_ngram(JsonReader(folder_ / "i.json", "", document));
  }

  [[nodiscard]] std::string refusal(const std::string& keys) const {
    try {
      const auto accepted = load(keys);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kInput);
      const std::string message = error.what();
      EXPECT_EQ(message.find('\n'), std::string::npos) << message;
      const std::string start = (folder_ / "i.json").string() + ": ";
      EXPECT_TRUE(message.starts_with(start)) << message;
      return message.substr(std::min(start.size(), message.size()));
    }
    return "accepted";
  }

  // Where the refusal of the first is the message that starts with the second and holds the third.
  void expect_refused(const std::string& keys, const std::string& key,
                      const std::string& reason) const {
    const std::string message = refusal(keys);
    EXPECT_TRUE(message.starts_with(key + ": ")) << keys << "\n" << message;
    EXPECT_NE(message.find(reason), std::string::npos) << keys << "\n" << message;
  }

  std::filesystem::path folder_;
};

const std::string kExact = R"(, "estimate": {"kind": "exact"})";
const std::string kCorpus = R"("corpus": "w.txt", "horizon": 4)";
const std::string kTransition = R"("transition": "t.npy", "horizon": 4)";

double mass_of(const Instance& instance, const std::vector<std::uint32_t>& symbols) {
  return std::exp(instance.log_mass(symbols.data()));
}

TEST_F(NgramInstanceTest, ReadsACorpusOfCodePoints) {
  // A byte order mark, CRLF, empty lines, two- to four-byte characters, no newline at the end.
  write("w.txt", "\xEF\xBB\xBF\xC3\xA9t\xC3\xA9\r\n\n\r\nt\xF0\x9F\x8C\xB3\nt\xE2\x82\xAC");
  const auto instance = load(kCorpus + R"(, "order": 2)" + kExact);
  const InstanceFacts& facts = instance->facts();
  EXPECT_EQ(facts.alphabet, 5U);
  EXPECT_EQ(facts.horizon, 4U);
  EXPECT_EQ(facts.kappa, 1.0);
  EXPECT_EQ(facts.digest.size(), 16U);
  EXPECT_EQ(facts.symbol_names, (std::vector<std::string>{"<end>", "t", "\xC3\xA9", "\xE2\x82\xAC",
                                                          "\xF0\x9F\x8C\xB3"}));
  EXPECT_NEAR(mass_of(*instance, {1, 3, 0, 0}), 2.0 / 9, 1e-15);
  EXPECT_EQ(mass_of(*instance, {1, 0, 0, 0}), 0.0);  // no word ends in t
  EXPECT_EQ(mass_of(*instance, {1, 3, 0, 1}), 0.0);  // nothing follows an end
  EXPECT_NEAR(mass_of(*instance, {2, 1, 2, 0}), 1.0 / 3 * 0.5 / 3 * 0.5, 1e-15);
}

// A CR ends a line together with an LF alone, or where the file was cut short between them.
TEST_F(NgramInstanceTest, RefusesCarriageReturnsWithinLines) {
  const std::string keys = kCorpus + R"(, "order": 2)" + kExact;
  const auto expect_bad = [&](const std::string& text, const std::string& line) {
    write("w.txt", text);
    expect_refused(
        keys, "corpus",
        "w.txt:" + line + ": a carriage return within a line; lines end with LF or CRLF");
  };
  expect_bad("ab\rba\raab\r", "1");
  expect_bad("\rab", "1");
  expect_bad("ab\nb\ra\nb\n", "2");
  expect_bad("ab\r\nba\r\r\nb", "2");
  expect_bad("ab\n\n\r\r", "3");
  for (const char* text : {"ab\nba", "ab\r\nba\r\n", "ab\r\n\r\nba\r", "ab\nba\r\n\r"}) {
    write("w.txt", text);
    const auto instance = load(keys);
    EXPECT_EQ(instance->facts().symbol_names, (std::vector<std::string>{"<end>", "a", "b"}));
    EXPECT_NEAR(mass_of(*instance, {1, 2, 0, 0}), 0.5 * 0.5 * 0.5, 1e-15);
  }
}

// All that is no end of a line is a character.
TEST_F(NgramInstanceTest, TakesOtherSeparatorsAndControlCharactersAsTheyAre) {
  write("w.txt", std::string("a\0b\x1b\n\xe2\x80\xa8\xc2\x85\v\n", 12));
  EXPECT_EQ(load(kCorpus + R"(, "order": 1)" + kExact)->facts().symbol_names,
            (std::vector<std::string>{"<end>", std::string(1, '\0'), "\v", "\x1b", "a", "b",
                                      "\xc2\x85", "\xe2\x80\xa8"}));
}

TEST_F(NgramInstanceTest, ReadsTransitionsWithRowsThatAreNotMet) {
  write_npy({3, 3}, {1, 1, 0, 3, 1, 0, 0, 0, 0});
  const auto instance = load(kTransition + R"(, "order": 2)" + kExact);
  EXPECT_DOUBLE_EQ(mass_of(*instance, {0, 1, 1, 0}), 0.625 * 0.5 * 0.25 * 0.75);
  EXPECT_EQ(mass_of(*instance, {2, 1, 1, 0}), 0.0);
}

TEST_F(NgramInstanceTest, ConstraintsAreSubstrings) {
  write("w.txt", "ab\nba\naab\n");
  const auto instance =
      load(kCorpus + R"(, "order": 1, "forbid": ["bb"], "require": ["ab", "a"])" + kExact);
  EXPECT_GT(mass_of(*instance, {1, 1, 2, 0}), 0.0);
  EXPECT_EQ(mass_of(*instance, {2, 1, 0, 0}), 0.0);
  EXPECT_EQ(mass_of(*instance, {1, 2, 2, 0}), 0.0);
  EXPECT_EQ(mass_of(*instance, {0, 0, 0, 0}), 0.0);
}

TEST_F(NgramInstanceTest, ReadsTransitionsOfEitherShape) {
  std::vector<double> values(27);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<double>(1 + i % 4);
  const std::string keys = kTransition + R"(, "order": 3, "forbid": [[2, 2], [0]])" + kExact;
  write_npy({9, 3}, values);
  const auto table = load(keys);
  write_npy({3, 3, 3}, values);
  const auto cube = load(keys);
  EXPECT_EQ(table->facts().alphabet, 3U);
  EXPECT_TRUE(table->facts().symbol_names.empty());
  EXPECT_GT(mass_of(*table, {1, 2, 1, 1}), 0.0);
  EXPECT_EQ(mass_of(*table, {1, 2, 1, 1}), mass_of(*cube, {1, 2, 1, 1}));
  EXPECT_EQ(mass_of(*table, {1, 2, 2, 1}), 0.0);
  EXPECT_EQ(mass_of(*table, {0, 1, 1, 1}), 0.0);

  write_npy({2}, {1.0, 3.0});
  EXPECT_DOUBLE_EQ(mass_of(*load(kTransition + R"(, "order": 1)" + kExact), {1, 0, 1, 1}),
                   0.75 * 0.25 * 0.75 * 0.75);
}

TEST_F(NgramInstanceTest, StatesKappaTruthfully) {
  write("w.txt", "ab\nba\naab\nbbb\n");
  const std::string keys = kCorpus + R"(, "order": 2, "require": ["ab"], "estimate": )";
  const auto noise = load(keys + R"({"kind": "noise", "model": "sign", "kappa": 2.5, "seed": 3})");
  EXPECT_EQ(noise->facts().kappa, 2.5);
  EXPECT_NEAR(noise->measured_kappa()->first, 2.5, 1e-12);
  const auto lookahead = load(keys + R"({"kind": "lookahead", "depth": 1})");
  EXPECT_FALSE(lookahead->facts().kappa.has_value());
  EXPECT_FALSE(lookahead->facts().kappa_why.empty());
  EXPECT_EQ(lookahead->measured_kappa()->first, kInfinity);
  const auto far = load(keys + R"({"kind": "lookahead", "depth": 4})");
  EXPECT_EQ(far->facts().kappa, 1.0);
  EXPECT_EQ(far->measured_kappa()->first, 1.0);
}

TEST_F(NgramInstanceTest, KnowsTheBytesOfItsTables) {
  write("w.txt", "abcde\nbcdea\naab\n");
  const auto instance = load(kCorpus + R"(, "order": 3)" + kExact);
  for (const Algorithm algorithm :
       {Algorithm::kJerrumSinclair, Algorithm::kLifted, Algorithm::kSequential})
    EXPECT_EQ(instance->table_bytes(walk_of(algorithm)),
              table_bytes(instance->compile(walk_of(algorithm), Correction::kReject)));
}

TEST_F(NgramInstanceTest, RefusesBadCorpora) {
  const std::string keys = kCorpus + R"(, "order": 2)" + kExact;
  expect_refused(keys, "corpus", "no such file");
  for (const std::string& bytes :
       {std::string("\xFF"), std::string("\xC3"), std::string("\xC0\xAF"),  // stray, cut, overlong
        std::string("\xE0\x80\xAF"), std::string("\xF0\x80\x80\xAF"),       // overlong
        std::string("\xED\xA0\x80"), std::string("\xF4\x90\x80\x80"),       // surrogate, too large
        std::string("\xE2\x82"), std::string("\x80"), std::string("\xE2(\xAC")}) {
    write("w.txt", "ab\n\nb" + bytes + "\nab\n");
    expect_refused(keys, "corpus", "w.txt:3: not valid UTF-8");
  }
  for (const char* bytes : {"", "\n\n", "\r\n\r\n", "\xEF\xBB\xBF\n"}) {
    write("w.txt", bytes);
    expect_refused(keys, "corpus", "has no word");
  }
}

TEST_F(NgramInstanceTest, RefusesBadNumbersAndKeys) {
  write("w.txt", "ab\nba\n");
  write_npy({2, 2}, {1, 1, 1, 1});
  const std::string order = R"(, "order": 2)";
  expect_refused(kCorpus + R"(, "order": 0)" + kExact, "order", "");
  expect_refused(kCorpus + R"(, "order": 65)" + kExact, "order", "");
  expect_refused(kCorpus + R"(, "order": 1.5)" + kExact, "order", "");
  expect_refused(kCorpus + kExact, "order", "");
  expect_refused(R"("corpus": "w.txt", "horizon": 0)" + order + kExact, "horizon", "");
  expect_refused(R"("corpus": "w.txt", "horizon": 65536)" + order + kExact, "horizon", "");
  expect_refused(kCorpus + order + R"(, "smoothing": -0.5)" + kExact, "smoothing", "");
  expect_refused(kCorpus + order + R"(, "smoothing": "much")" + kExact, "smoothing", "");
  expect_refused(kCorpus + order + R"(, "smooth": 1)" + kExact, "smooth", "");
  expect_refused(kCorpus + order + R"(, "estimate": {"kind": "rounded", "kappa": 2})",
                 "estimate.kind", "");
  expect_refused(R"("horizon": 4)" + order + kExact, "corpus", "either");
  expect_refused(kCorpus + order + R"(, "transition": "t.npy")" + kExact, "corpus", "either");
  expect_refused(kTransition + order + R"(, "smoothing": 1)" + kExact, "smoothing", "corpus");
  // 2^64 contexts of a smoothed model.
  expect_refused(kCorpus + R"(, "order": 64, "smoothing": 1)" + kExact, "corpus", "contexts");
}

TEST_F(NgramInstanceTest, RefusesBadConstraints) {
  write("w.txt", "ab\nba\n");
  write_npy({2, 2}, {1, 1, 1, 1});
  const std::string corpus = kCorpus + R"(, "order": 2, )";
  const std::string transition = kTransition + R"(, "order": 2, )";
  expect_refused(corpus + R"("forbid": [""])" + kExact, "forbid", "empty");
  expect_refused(corpus + R"("require": ["a", ""])" + kExact, "require", "empty");
  expect_refused(corpus + R"("forbid": ["ax"])" + kExact, "forbid", "character \"x\"");
  expect_refused(corpus + R"("require": ["\u00e9"])" + kExact, "require", "no word of the corpus");
  expect_refused(corpus + R"("require": "ab")" + kExact, "require", "");
  expect_refused(corpus + R"("require": [[1]])" + kExact, "require[0]", "string");
  expect_refused(corpus + R"("require": ["aa"])" + kExact, "require", "total is zero");
  expect_refused(corpus + R"("require": ["ababa"])" + kExact, "require", "total is zero");
  expect_refused(corpus + R"("forbid": ["a"], "require": ["ba"])" + kExact, "require",
                 "total is zero");
  expect_refused(corpus + R"("forbid": ["a", "b"])" + kExact, "forbid", "total is zero");
  std::string many = R"("require": ["a", "b")";
  std::string pattern = "a";
  for (int i = 0; i < 15; ++i) many += ", \"" + (pattern += i % 2 == 0 ? "b" : "a") + "\"";
  expect_refused(corpus + many + "]" + kExact, "require", "at most 16");

  expect_refused(transition + R"("forbid": ["a"])" + kExact, "forbid", "list of lists");
  expect_refused(transition + R"("forbid": 1)" + kExact, "forbid", "list of lists");
  expect_refused(transition + R"("forbid": [[2]])" + kExact, "forbid", "0 to 1");
  expect_refused(transition + R"("forbid": [[-1]])" + kExact, "forbid", "0 to 1");
  expect_refused(transition + R"("forbid": [[0.5]])" + kExact, "forbid", "0 to 1");
  expect_refused(transition + R"("require": [[]])" + kExact, "require", "empty");
  // Words longer than the horizon only.
  write("w.txt", "aaaaaab\n");
  expect_refused(kCorpus + R"(, "order": 9)" + kExact, "horizon", "total is zero");
}

TEST_F(NgramInstanceTest, RefusesBadTransitions) {
  const std::string keys = kTransition + R"(, "order": 2)" + kExact;
  const auto expect_bad = [&](const std::vector<std::uint64_t>& shape,
                              const std::vector<double>& values, const std::string& reason) {
    write_npy(shape, values);
    expect_refused(keys, "transition", reason);
  };
  expect_bad({2, 2}, {1, 1, kNan, 1}, "row 1, symbol 0");
  expect_bad({2, 2}, {1, kInfinity, 1, 1}, "row 0, symbol 1");
  expect_bad({2, 2}, {1, 1, 1, -1}, "row 1, symbol 1");
  expect_bad({2, 2}, {1, 1, 0, 0}, "row 1: sums to zero");
  expect_bad({2, 2}, {0, 0, 0, 0}, "every row sums to zero");
  expect_bad({3, 2}, {1, 1, 1, 1, 1, 1}, "shape");
  expect_bad({4}, {1, 1, 1, 1}, "shape");
  expect_bad({2, 2, 2}, {1, 1, 1, 1, 1, 1, 1, 1}, "shape");
  expect_bad({1, 1}, {1}, "alphabet");
  expect_bad({}, {1}, "alphabet");
  expect_bad({0, 2}, {}, "shape");
  expect_bad({2, 2}, {1, 1, 1}, "");  // cut short
  write("t.npy", "not an array");
  expect_refused(keys, "transition", "");
}

}  // namespace
}  // namespace wend
