// Potentials from JSON: what they are, and what is refused.
#include "host/instances/model/potentials.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "host/files/json_parser.hpp"
#include "tests/support/potentials.hpp"
#include "tests/support/temporary_folder.hpp"
#include "wend/error.hpp"

namespace wend::test {
namespace {

using testing::error_of;
using Potentials = std::vector<std::shared_ptr<Potential>>;

const std::vector<std::string> kBytes{"a", "ab", "b", "</s>"};

Potentials load(const std::string& list, const std::vector<std::string>& bytes,
                const std::vector<std::uint32_t>& end = {3}) {
  const nlohmann::json document = parse_json("{\"potentials\": " + list + "}", "x.json");
  return load_potentials(JsonReader("x.json", "", document), 4, 5, end, bytes);
}

/// ln V of a whole sequence, as its parent's row says it.
float factor(const Potentials& potentials, Prefix sequence) {
  const std::uint32_t last = sequence.back();
  sequence.pop_back();
  float sum = 0;
  for (const auto& potential : potentials) sum += ask(*potential, 4, sequence).children[last];
  return sum;
}

TEST(Potentials, AreWhatTheListSays) {
  const nlohmann::json nothing = parse_json("{}", "x.json");
  EXPECT_TRUE(load_potentials(JsonReader("x.json", "", nothing), 4, 5, {}, {}).empty());
  EXPECT_TRUE(load("[]", kBytes).empty());

  const Potentials bytes = load(
      R"([{"kind": "automaton", "forbid": ["aba", "bb"], "require": ["aa"]},
          {"kind": "length", "min": 3, "max": 3}])",
      kBytes);
  ASSERT_EQ(bytes.size(), 2U);
  EXPECT_EQ(bytes[0]->traits().name, "automaton");
  EXPECT_EQ(bytes[1]->traits().name, "length");
  EXPECT_EQ(factor(bytes, {0, 0, 2, 3}), 0.0F);         // aab
  EXPECT_EQ(factor(bytes, {0, 1, 0, 3}), kNothing);     // aaba
  EXPECT_EQ(factor(bytes, {2, 0, 2, 3}), kNothing);     // bab
  EXPECT_EQ(factor(bytes, {0, 1, 3}), kNothing);        // aab, of two symbols
  EXPECT_EQ(factor(bytes, {0, 0, 0, 0, 0}), kNothing);  // five

  // Symbols: 0 0 must not occur, 1 2 must.
  const Potentials symbols =
      load(R"([{"kind": "automaton", "forbid": [[0, 0]], "require": [[1, 2]]}])", {});
  EXPECT_EQ(factor(symbols, {0, 1, 2, 3}), 0.0F);
  EXPECT_EQ(factor(symbols, {0, 0, 1, 2, 3}), kNothing);
  EXPECT_EQ(factor(symbols, {0, 1, 0, 2, 3}), kNothing);

  const Potentials open =
      load(R"([{"kind": "length", "min": 2}, {"kind": "length", "max": 4}])", {});
  EXPECT_EQ(factor(open, {0, 3}), kNothing);
  EXPECT_EQ(factor(open, {0, 0, 3}), 0.0F);
  EXPECT_EQ(factor(open, {0, 0, 0, 0, 3}), 0.0F);
  EXPECT_EQ(factor(open, {0, 0, 0, 0, 0}), kNothing);
}

TEST(Potentials, RegularExpressions) {
  Potentials regex;
  try {
    regex = load(R"([{"kind": "regex", "pattern": "(ab)+a?"}])", kBytes);
  } catch (const Error& error) {
    ASSERT_NE(std::string(error.what()).find("built without libfa"), std::string::npos)
        << error.what();
    GTEST_SKIP() << "built without libfa";
  }
  EXPECT_EQ(regex[0]->traits().name, "regex");
  EXPECT_EQ(factor(regex, {1, 0, 2, 3}), 0.0F);      // abab
  EXPECT_EQ(factor(regex, {1, 0, 3}), 0.0F);         // aba
  EXPECT_EQ(factor(regex, {1, 0, 0, 3}), kNothing);  // abaa
  EXPECT_EQ(factor(regex, {1, 1, 1, 1, 1}), 0.0F);   // cut off at the horizon
  EXPECT_EQ(factor(regex, {3}), kNothing);
}

TEST(Potentials, WhatIsWrongIsRefused) {
  const auto refusal = [](const std::string& list, const std::vector<std::string>& bytes,
                          const std::vector<std::uint32_t>& end = {3}) {
    return error_of(ErrorKind::kInput, [&] { load(list, bytes, end); });
  };
  EXPECT_EQ(refusal("3", {}), "x.json: potentials: must be a list of objects");
  EXPECT_EQ(refusal("[3]", {}), "x.json: potentials[0]: must be an object, not 3");
  EXPECT_EQ(refusal("[{}]", {}), "x.json: potentials[0].kind: missing");
  EXPECT_EQ(refusal(R"([{"kind": "verifier"}])", {}),
            "x.json: potentials[0].kind: \"verifier\" is not one of \"automaton\", \"regex\", "
            "\"length\", \"network\"");
  EXPECT_EQ(refusal(R"([{"kind": "length", "min": 1}, {"kind": "automaton", "forbids": []}])", {}),
            "x.json: potentials[1].forbids: unknown key; known are kind, forbid, require");
  EXPECT_EQ(refusal(R"([{"kind": "automaton"}])", {}),
            "x.json: potentials[0].forbid: give forbid or require, or both");
  EXPECT_EQ(refusal(R"([{"kind": "automaton", "forbid": []}])", {}),
            "x.json: potentials[0].forbid: give forbid or require, or both");
  EXPECT_EQ(refusal(R"([{"kind": "automaton", "forbid": [[0], []]}])", {}),
            "x.json: potentials[0].forbid: a pattern is empty");
  EXPECT_EQ(refusal(R"([{"kind": "automaton", "require": [""]}])", kBytes),
            "x.json: potentials[0].require: a pattern is empty");
  for (const std::string list : {"3", "[3]", "[\"a\"]"})
    EXPECT_EQ(refusal(R"([{"kind": "automaton", "forbid": )" + list + "}]", {}),
              "x.json: potentials[0].forbid: must be a list of lists of symbols");
  for (const std::string symbol : {"4", "-1", "1.5", "\"a\"", "18446744073709551615"})
    EXPECT_EQ(refusal(R"([{"kind": "automaton", "forbid": [[)" + symbol + "]]}]", {}),
              "x.json: potentials[0].forbid: symbols must be integers from 0 to 3");
  EXPECT_EQ(refusal(R"([{"kind": "automaton", "forbid": [[1, 3]]}])", {}),
            "x.json: potentials[0].forbid: 3 is an end symbol, which no pattern can have");
  EXPECT_EQ(refusal(R"([{"kind": "automaton", "forbid": [[1, 2]]}])", kBytes),
            "x.json: potentials[0].forbid[0]: must be a string, not an array");
  EXPECT_EQ(refusal(R"([{"kind": "automaton", "require": ["aaaaaaaaaaa"]}])", kBytes),
            "x.json: potentials[0]: accepts no sequence of at most 5 symbols");
  EXPECT_EQ(refusal(R"([{"kind": "automaton", "forbid": ["a", "b", "s"]}])", kBytes, {}),
            "x.json: potentials[0]: accepts no sequence of 5 symbols");
  EXPECT_EQ(refusal(R"([{"kind": "regex", "pattern": ""}])", kBytes),
            "x.json: potentials[0].pattern: is empty");
  EXPECT_EQ(refusal(R"([{"kind": "regex"}])", kBytes), "x.json: potentials[0].pattern: missing");
  EXPECT_EQ(refusal(R"([{"kind": "regex", "pattern": "a", "flags": "i"}])", kBytes),
            "x.json: potentials[0].flags: unknown key; known are kind, pattern");
  EXPECT_EQ(refusal(R"([{"kind": "regex", "pattern": "a)b"}])", kBytes),
            "x.json: potentials[0].pattern: byte 2: `)` closes nothing");
  EXPECT_EQ(refusal(R"([{"kind": "regex", "pattern": "a"}])", {}),
            "x.json: potentials[0].pattern: is for symbols that stand for bytes, which these do "
            "not");
  EXPECT_EQ(refusal(R"([{"kind": "length", "min": 6}])", {}),
            "x.json: potentials[0].min: must be an integer from 0 to 5, not 6");
  EXPECT_EQ(refusal(R"([{"kind": "length", "min": 3, "max": 2}])", {}),
            "x.json: potentials[0].max: 2 is less than min, 3");
  EXPECT_EQ(refusal(R"([{"kind": "length", "most": 2}])", {}),
            "x.json: potentials[0].most: unknown key; known are kind, min, max");
  EXPECT_EQ(refusal(R"([{"kind": "length", "max": 2}])", {}, {}),
            "x.json: potentials[0]: a length range is for sequences with end symbols");
}

}  // namespace
}  // namespace wend::test
