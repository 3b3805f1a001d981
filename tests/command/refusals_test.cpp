// Instances that WEND_COMMAND must refuse: one line that names the file, the key and the reason,
// exit status 3, nothing written.

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <tuple>

#include "host/files/npy_header.hpp"
#include "tests/support/command_process.hpp"

namespace wend::testing {
namespace {

using Json = nlohmann::json;

/// The bytes of an .npy file.
template <class T>
std::string npy(NpyType type, const std::vector<std::uint64_t>& shape,
                const std::vector<T>& values) {
  std::string bytes(values.size() * sizeof(T), '\0');
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return npy_header(type, shape) + bytes;
}

std::string masses_npy(const std::vector<double>& values) {
  return npy(NpyType::kF8, {values.size()}, values);
}

class Refusals : public CommandTest {
 protected:
  /// Both commands refuse instance text `text` with "FILE: " and this message.
  void expect_refusal(const std::string& text, const std::string& message) const {
    SCOPED_TRACE(message);
    const std::string file = instance("bad.json", text);
    expect_refused({"sample", file, "--output", path("out.npz")}, 3, file + ": " + message);
    expect_refused({"inspect", file}, 3, file + ": " + message);
    for (const std::string& name : folder_.names()) {
      EXPECT_TRUE(name.ends_with(".json") || name.ends_with(".npy") || name.ends_with(".txt"))
          << name;
    }
  }

  /// `base` with the value at JSON pointer `key` replaced.
  void expect_refusal(Json base, const std::string& key, const Json& value,
                      const std::string& message) const {
    base[Json::json_pointer(key)] = value;
    expect_refusal(base.dump(), message);
  }

  const Json tree_ = {{"wend", 1},
                      {"kind", "tree"},
                      {"alphabet", 2},
                      {"horizon", 2},
                      {"leaf_mass", {1, 2, 3, 4}},
                      {"estimate", {{"kind", "exact"}}}};
  const Json knapsack_ = {{"wend", 1},
                          {"kind", "knapsack"},
                          {"weights", {2, 3, 5}},
                          {"capacity", 6},
                          {"estimate", {{"kind", "exact"}}}};
  const Json noise_ = {{"kind", "noise"}, {"model", "iid"}, {"kappa", 2}, {"seed", 1}};
};

TEST_F(Refusals, FilesThatAreNotThere) {
  expect_refused({"sample", path("none.json")}, 3,
                 path("none.json") + ": cannot read: no such file");
  expect_refused({"inspect", path("none.json")}, 3,
                 path("none.json") + ": cannot read: no such file");
  expect_refused({"sample", folder_.path().string()}, 3,
                 folder_.path().string() + ": cannot read: not a regular file");
}

// Names of files and arguments come from elsewhere, too.
TEST_F(Refusals, NamesThatATerminalWouldObey) {
  const std::string shown = folder_.path().string() + "/\\x1b[2J.json";
  const std::string name = path("\x1b[2J.json");
  expect_refused({"inspect", name}, 3, shown + ": cannot read: no such file");
  Json masses = tree_;
  masses["leaf_mass"] = "\x1bm.npy";
  static_cast<void>(folder_.add("\x1bm.npy", "x"));
  expect_refusal(masses.dump(),
                 "leaf_mass: " + folder_.path().string() + "/\\x1bm.npy: it is not an .npy file");
  static_cast<void>(folder_.add("\x1b[2J.json", tree_.dump()));
  const std::vector<std::vector<std::string>> commands = {
      {"inspect", name},
      {"estimate", name},
      {"sample", name, "--samples", "10", "--output", path("s.npz")},
      {"sample", name, "--samples", "\x1b[2J.json"}};
  for (const std::vector<std::string>& command : commands) {
    const Finished finished = run(command);
    const std::string printed = finished.out + finished.err;
    EXPECT_NE(printed.find("\\x1b[2J.json"), std::string::npos) << printed;
    EXPECT_EQ(printed.find('\x1b'), std::string::npos) << printed;
  }
}

TEST_F(Refusals, TextThatIsNotJson) {
  expect_refusal("",
                 "line 1, column 1: syntax error while parsing value - unexpected end of "
                 "input; expected '[', '{', or a literal");
  expect_refusal("knapsack",
                 "line 1, column 1: syntax error while parsing value - invalid literal");
  expect_refusal(R"({"wend": 1, )",
                 "line 1, column 13: syntax error while parsing object key - unexpected end of "
                 "input; expected string literal");
  expect_refusal(R"({"wend": NaN})",
                 "line 1, column 10: syntax error while parsing value - invalid literal");
  expect_refusal("[1]", "not a JSON object");
  expect_refusal("{\"wend\": 1, \"kind\": \"\xff\"}",
                 "line 1, column 22: syntax error while parsing value - invalid string: ill-formed "
                 "UTF-8 byte");
  expect_refusal(std::string(1000000, '['), "nested deeper than 64 levels");
  std::string deep;
  for (int i = 0; i < 100000; ++i) deep += R"({"a":)";
  expect_refusal(deep, "nested deeper than 64 levels");
  expect_refusal(R"({"wend": 1, "wend": 1})", "wend: appears twice");
}

TEST_F(Refusals, OtherFormatsAndKinds) {
  expect_refusal("{}", "wend: missing; it must be 1");
  expect_refusal(tree_, "/wend", 2, "wend: must be 1, the version of the format");
  expect_refusal(R"({"wend": 1})", "kind: missing");
  expect_refusal(
      tree_, "/kind", "graph",
      R"(kind: "graph" is not one of "tree", "knapsack", "ngram", "class", "external", "neural")");
  const std::string kinds =
      R"(" is not one of "tree", "knapsack", "ngram", "class", "external", "neural")";
  expect_refusal(tree_, "/kind", "\x1b[2J", R"(kind: "\x1b[2J)" + kinds);
  expect_refusal(tree_, "/kind", std::string(1U << 20U, 'x'),
                 "kind: \"" + std::string(80, 'x') + "..." + kinds);
  expect_refusal(tree_, "/kind", 7, "kind: must be a string, not 7");
}

TEST_F(Refusals, UnknownAndMissingKeys) {
  expect_refusal(
      tree_, "/colour", "red",
      "colour: unknown key; known are wend, kind, alphabet, horizon, leaf_mass, estimate");
  expect_refusal(knapsack_, "/budget", 1,
                 "budget: unknown key; known are wend, kind, weights, capacity, values, "
                 "temperature, estimate");
  expect_refusal(tree_, "/estimate/seed", 1, "estimate.seed: unknown key; known are kind");
  Json without = tree_;
  without.erase("horizon");
  expect_refusal(without.dump(), "horizon: missing");
}

TEST_F(Refusals, TreesOfImpossibleSize) {
  expect_refusal(tree_, "/alphabet", 1, "alphabet: must be an integer from 2 to 65535, not 1");
  expect_refusal(tree_, "/alphabet", 2.5, "alphabet: must be an integer from 2 to 65535, not 2.5");
  expect_refusal(tree_, "/horizon", 0, "horizon: must be an integer from 1 to 65535, not 0");
  expect_refusal(tree_, "/horizon", -1, "horizon: must be an integer from 1 to 65535, not -1");
  const auto too_large = [](const std::string& alphabet, const std::string& horizon) {
    return "horizon: a tree of alphabet " + alphabet + " and horizon " + horizon +
           " has more than the 2^31 nodes that can be numbered";
  };
  expect_refusal(tree_, "/horizon", 40, too_large("2", "40"));
  expect_refusal(tree_, "/horizon", 65535, too_large("2", "65535"));
  Json wide = tree_;
  wide["alphabet"] = 65535;
  expect_refusal(wide, "/horizon", 4, too_large("65535", "4"));
  expect_refusal(tree_, "/horizon", 1e300,
                 "horizon: must be an integer from 1 to 65535, not 1e+300");
}

TEST_F(Refusals, MassesThatAreNone) {
  expect_refusal(tree_, "/leaf_mass", {1, 2, 3}, "leaf_mass: has 3 values; 2^2 = 4 are needed");
  expect_refusal(tree_, "/leaf_mass", {1, -2, 3, 4},
                 "leaf_mass: value 1 is -2; masses must be finite and not negative");
  expect_refusal(tree_, "/leaf_mass", {0, 0, 0, 0}, "leaf_mass: all masses are zero");
  expect_refusal(tree_, "/leaf_mass", {1, nullptr, 3, 4},
                 "leaf_mass[1]: must be a finite number, not null");
  expect_refusal(tree_, "/leaf_mass", {1, "2", 3, 4},
                 R"(leaf_mass[1]: must be a finite number, not "2")");
  expect_refusal(tree_, "/leaf_mass", 4, "leaf_mass: must be an array, not 4");
  expect_refusal(tree_, "/leaf_mass", {1e308, 1e308, 1, 1},
                 "leaf_mass: the masses sum to more than a double holds");
}

TEST_F(Refusals, ArrayFiles) {
  const std::string file = path("mass.npy");
  const auto refuse = [&](const std::string& bytes, const std::string& reason) {
    std::ignore = folder_.add("mass.npy", bytes);
    expect_refusal(tree_, "/leaf_mass", "mass.npy", "leaf_mass: " + reason);
  };
  expect_refusal(tree_, "/leaf_mass", "mass.npy", "leaf_mass: " + file + ": no such file");
  expect_refusal(tree_, "/leaf_mass", "", "leaf_mass: must name a file, not be empty");
  expect_refusal(tree_, "/leaf_mass", ".", "leaf_mass: " + path(".") + ": not a regular file");

  const std::string good = masses_npy({1, 2, 3, 4});
  refuse("", file + ": it is empty");
  refuse("PK\x03\x04", file + ": it is not an .npy file");
  refuse(good.substr(0, 40), file + ": it is cut short within its header");
  refuse(good.substr(0, good.size() - 1),
         file + ": it is cut short: 32 bytes of data expected, 31 there");
  refuse(good + "x", file + ": it has trailing bytes: 32 bytes of data expected, 33 there");
  std::string fortran = npy<double>(NpyType::kF8, {2, 2}, {1, 2, 3, 4});
  fortran.replace(fortran.find("False"), 5, "True ");
  refuse(fortran, file + ": it is in Fortran order; save it in C order (numpy.ascontiguousarray)");
  std::string pickled = good;
  pickled.replace(pickled.find("<f8"), 3, "|O8");
  refuse(pickled, file + ": its type |O8 holds pickled objects, which are not read");
  std::string big_endian = good;
  big_endian.replace(big_endian.find("<f8"), 3, ">f8");
  refuse(big_endian, file + ": its type >f8 is big-endian; save it little-endian");
  std::string complex = good;
  complex.replace(complex.find("<f8"), 3, "<c8");
  refuse(complex, file + ": its type <c8 is complex");
  refuse(npy_header(NpyType::kF8, std::vector<std::uint64_t>{1ULL << 40U, 1ULL << 40U}),
         file + ": the sizes of its shape overflow");

  refuse(masses_npy({1, 2, 3}), "has 3 values; 2^2 = 4 are needed");
  refuse(masses_npy({1, std::nan(""), 3, 4}),
         "value 1 is nan; masses must be finite and not negative");
  refuse(masses_npy({1, 2, std::numeric_limits<double>::infinity(), 4}),
         "value 2 is inf; masses must be finite and not negative");
  refuse(masses_npy({1, 2, 3, -4}), "value 3 is -4; masses must be finite and not negative");
  refuse(masses_npy({0, 0, 0, 0}), "all masses are zero");
  refuse(npy<std::int32_t>(NpyType::kI4, {4}, {1, 2, -3, 4}),
         "value 2 is -3; masses must be finite and not negative");
}

TEST_F(Refusals, EstimateFiles) {
  const auto refuse = [&](const std::vector<double>& values, const std::string& reason) {
    std::ignore = folder_.add("nodes.npy", masses_npy(values));
    expect_refusal(tree_, "/estimate", {{"kind", "file"}, {"path", "nodes.npy"}}, reason);
  };
  expect_refusal(tree_, "/estimate", {{"kind", "file"}}, "estimate.path: missing");
  expect_refusal(tree_, "/estimate", {{"kind", "file"}, {"path", "none.npy"}},
                 "estimate.path: " + path("none.npy") + ": no such file");
  refuse({10, 3, 7}, "estimate.path: has 3 values; all nodes of the tree are 7");
  refuse({10, 3, -7, 1, 2, 3, 4},
         "estimate.path: value 2 is -7; masses must be finite and not negative");
  refuse({10, 3, 7, 1, 2, 3, 5},
         "estimate.path: value 6 is 5, but leaf 3 has mass 4: an estimate must be exact at leaves");
  refuse({10, 0, 7, 1, 2, 3, 4},
         "estimate.path: value 1 is 0, but leaves below that node have mass and could not be "
         "reached");
}

TEST_F(Refusals, Estimates) {
  const auto refuse = [&](const std::string& key, const Json& value, const std::string& message) {
    Json base = tree_;
    base["estimate"] = noise_;
    expect_refusal(base, "/estimate" + key, value, "estimate" + message);
  };
  refuse("", "exact", R"(: must be an object, not "exact")");
  refuse("/kind", "rough", R"(.kind: must be one of exact, noise, file, not "rough")");
  refuse("/kind", "rounded", R"(.kind: must be one of exact, noise, file, not "rounded")");
  refuse("/model", "gauss", R"(.model: must be iid or sign, not "gauss")");
  refuse("/kappa", 0.999, ".kappa: must be a number from 1 to 1e+100, not 0.999");
  refuse("/kappa", -2, ".kappa: must be a number from 1 to 1e+100, not -2");
  refuse("/kappa", "2", R"(.kappa: must be a number from 1 to 1e+100, not "2")");
  refuse("/seed", -1, ".seed: must be an integer from 0 to 2^64 - 1, not -1");
  expect_refusal(knapsack_, "/estimate", {{"kind", "rounded"}, {"kappa", 1}},
                 "estimate.kappa: must be greater than 1");
  expect_refusal(knapsack_, "/estimate", {{"kind", "rounded"}, {"kappa", 0.5}},
                 "estimate.kappa: must be a finite number >= 1, not 0.5");
}

TEST_F(Refusals, Knapsacks) {
  const auto refuse = [&](const std::string& key, const Json& value, const std::string& message) {
    expect_refusal(knapsack_, key, value, message);
  };
  refuse("/capacity", -1, "capacity: must be an integer from 0 to 2^63 - 1, not -1");
  refuse("/capacity", 9223372036854775808U,
         "capacity: must be an integer from 0 to 2^63 - 1, not 9223372036854775808");
  refuse("/capacity", 1.5, "capacity: must be an integer from 0 to 2^63 - 1, not 1.5");
  refuse("/weights", Json::array(), "weights: must be 1 to 65535 items, not 0");
  refuse("/weights", {1, -2}, "weights[1]: must be an integer from 0 to 2^63 - 1, not -2");
  refuse("/weights", {1, "2"}, R"(weights[1]: must be an integer from 0 to 2^63 - 1, not "2")");
  refuse("/weights", 5, "weights: must be an array, not 5");
  refuse("/values", {1, 2, 3}, "temperature: missing; values and temperature go together");
  refuse("/temperature", 1, "values: missing; values and temperature go together");
  Json gibbs = knapsack_;
  gibbs["values"] = {1, 2, 3};
  gibbs["temperature"] = 1;
  expect_refusal(gibbs, "/values", {1, 2}, "values: must be as many as weights, 3, not 2");
  expect_refusal(gibbs, "/temperature", 0, "temperature: must be greater than 0");
  expect_refusal(gibbs, "/temperature", 1e-308, "temperature: values / temperature overflow");
}

TEST_F(Refusals, Ngrams) {
  ASSERT_EQ(folder_.add("words.txt", "ab\nba\nabba\n"), path("words.txt"));
  const Json words = {{"wend", 1},  {"kind", "ngram"}, {"corpus", "words.txt"},
                      {"order", 2}, {"horizon", 4},    {"estimate", {{"kind", "exact"}}}};
  expect_refusal(words, "/corpus", "none.txt", "corpus: " + path("none.txt") + ": no such file");
  expect_refusal(words, "/transition", "t.npy", "corpus: give either corpus or transition");
  expect_refusal(words, "/order", 0, "order: must be an integer from 1 to 64, not 0");
  expect_refusal(words, "/horizon", 0, "horizon: must be an integer from 1 to 65535, not 0");
  expect_refusal(words, "/smoothing", -1,
                 "smoothing: must be a number from 0 to 1000000000, not -1");
  expect_refusal(words, "/forbid", "ab", R"(forbid: must be an array, not "ab")");
  expect_refusal(words, "/forbid", {"ab", ""}, "forbid: a pattern is empty");
  expect_refusal(words, "/require", {"z"},
                 R"(require: "z": no word of the corpus has the character "z")");
  expect_refusal(words, "/require", {"aa"},
                 "require: no sequence of this horizon has mass: the total is zero");
  expect_refusal(words, "/forbid", {"a", "b"},
                 "forbid: no sequence of this horizon has mass: the total is zero");
  expect_refusal(words, "/estimate", {{"kind", "lookahead"}, {"depth", 0}},
                 "estimate.depth: must be an integer from 1 to 4294967295, not 0");
  ASSERT_EQ(folder_.add("words.txt", ""), path("words.txt"));
  expect_refusal(words.dump(), "corpus: " + path("words.txt") + ": has no word");
  ASSERT_EQ(folder_.add("words.txt", "ab\n\xff\n"), path("words.txt"));
  expect_refusal(words.dump(), "corpus: " + path("words.txt") + ":2: not valid UTF-8");
  ASSERT_EQ(folder_.add("t.npy", npy<double>(NpyType::kF8, {2, 2}, {0.5, 0.5, -1, 1})),
            path("t.npy"));
  Json matrix = words;
  matrix.erase("corpus");
  expect_refusal(matrix, "/transition", "t.npy",
                 "transition: row 1, symbol 0: must be finite and not negative");
}

}  // namespace
}  // namespace wend::testing
