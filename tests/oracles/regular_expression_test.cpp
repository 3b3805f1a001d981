// Regular expressions against std::regex, over all strings of a few letters; and those refused.
#include <gtest/gtest.h>

#include <regex>
#include <string>
#include <vector>

#include "host/oracles/pattern_syntax.hpp"
#include "tests/support/temporary_folder.hpp"
#include "wend/automaton.hpp"
#include "wend/error.hpp"

namespace wend {
namespace {

using testing::error_of;

bool accepts(const Automaton& automaton, const std::string& text) {
  std::uint32_t state = 0;
  for (const char byte : text) {
    state = automaton.next[state * 256 + static_cast<unsigned char>(byte)];
    if (state == Automaton::kNowhere) return false;
  }
  return automaton.accepting[state] != 0;
}

std::vector<std::string> strings_up_to(std::size_t longest, const std::string& letters) {
  std::vector<std::string> strings{""};
  for (std::size_t i = 0; i < strings.size() && strings[i].size() < longest; ++i) {
    for (const char letter : letters) {
      std::string longer = strings[i];
      longer.push_back(letter);
      strings.push_back(longer);
    }
  }
  return strings;
}

bool without_libfa() {
  try {
    regular_expression("a");
  } catch (const Error& error) {
    return std::string(error.what()).find("built without libfa") != std::string::npos;
  }
  return false;
}

TEST(RegularExpression, MatchesWhatTheStandardLibraryMatches) {
  if (without_libfa()) GTEST_SKIP() << "built without libfa";
  const std::vector<std::string> strings = strings_up_to(6, "ab.]\n");
  for (const std::string pattern : {"a*b",
                                    "(a|b)*",
                                    "a.b",
                                    "a\\.b",
                                    "[^a]+",
                                    "(ab|a)(b|bb)?",
                                    "a{2,3}",
                                    "a{2}b{0,1}",
                                    "(a{1,2}b){2,}",
                                    "[a-b]*\\.",
                                    "[]a]*",
                                    "[^]a]*",
                                    "(a|b)(a|b)(a|b)",
                                    "((a|b)*a)?b+",
                                    ".*aba.*",
                                    "a|bb|.]",
                                    "()|a",
                                    "[.]{3}",
                                    "(.{2})*",
                                    "a{0}b",
                                    "]\\.*"}) {
    // Its extended syntax lets a dot match a line feed, and a bracket be `]`.
    const std::regex expected(pattern, std::regex::extended);
    const Automaton automaton = regular_expression(pattern);
    std::size_t matches = 0;
    for (const std::string& text : strings) {
      if (text.find('\n') != std::string::npos && pattern.find('.') != std::string::npos) continue;
      const bool match = std::regex_match(text, expected);
      matches += match ? 1U : 0U;
      ASSERT_EQ(accepts(automaton, text), match) << pattern << " on " << text;
    }
    EXPECT_GT(matches, 0U) << pattern;
    EXPECT_LT(matches, strings.size()) << pattern;
  }
}

TEST(RegularExpression, IsOfBytes) {
  if (without_libfa()) GTEST_SKIP() << "built without libfa";
  const Automaton dot = regular_expression(".");
  for (int byte = 0; byte < 256; ++byte)
    EXPECT_EQ(accepts(dot, std::string(1, static_cast<char>(byte))), byte != '\n') << byte;
  EXPECT_TRUE(accepts(regular_expression(std::string("a\0b", 3)), std::string("a\0b", 3)));
  EXPECT_TRUE(accepts(regular_expression("(\xc3\xa9)+"), "\xc3\xa9\xc3\xa9"));
  EXPECT_FALSE(accepts(regular_expression("(\xc3\xa9)+"), "\xc3\xa9\xc3"));
  EXPECT_EQ(regular_expression("(a|b)*abb").accepting.size(), 4U);  // the least there is
}

TEST(RegularExpression, WhatIsNoneIsRefused) {
  const auto refusal = [](const std::string& pattern) {
    return error_of(ErrorKind::kUsage, [&] { regular_expression(pattern); });
  };
  EXPECT_EQ(refusal("a)"), "pattern: byte 2: `)` closes nothing");
  EXPECT_EQ(refusal("*a"), "pattern: byte 1: there is nothing to repeat");
  EXPECT_EQ(refusal("a+?"), "pattern: byte 3: there is nothing to repeat");
  EXPECT_EQ(refusal("a|*"), "pattern: byte 3: there is nothing to repeat");
  EXPECT_EQ(refusal("(?:a)"), "pattern: byte 2: there is nothing to repeat");
  EXPECT_EQ(refusal("a{,2}"), "pattern: byte 3: a number must follow, as in {2}, {2,} or {2,5}");
  EXPECT_EQ(refusal("a{x}"), "pattern: byte 3: a number must follow, as in {2}, {2,} or {2,5}");
  EXPECT_EQ(refusal("a{2"), "pattern: byte 4: `{` is not closed");
  EXPECT_EQ(refusal("a{2,3"), "pattern: byte 6: `{` is not closed");
  EXPECT_EQ(refusal("a{1001}"), "pattern: byte 6: more than 1000 repetitions");
  EXPECT_EQ(refusal("(a{100}b){11}"), "pattern: byte 13: more than 1000 repetitions");
  EXPECT_EQ(refusal("((a{100})b){11}"), "pattern: byte 15: more than 1000 repetitions");
  EXPECT_EQ(refusal("((a{9}){9}|b){13}"), "pattern: byte 17: more than 1000 repetitions");
  EXPECT_EQ(refusal("\\d"),
            "pattern: byte 1: a backslash stands before characters that are neither letters nor "
            "digits");
  EXPECT_EQ(refusal("a\\"), "pattern: byte 2: a backslash at the end");
  EXPECT_EQ(refusal("[[:alpha:]]"),
            "pattern: byte 1: classes of characters by name are not known; write their ranges");
  EXPECT_EQ(refusal("a[b"), "pattern: byte 2: `[` is not closed");
  EXPECT_EQ(refusal("^a"),
            "pattern: byte 1: the whole sequence is matched in any case; write \\^ for the "
            "character");
  EXPECT_EQ(refusal(std::string(201, '(')), "pattern: byte 201: too deeply nested");
  EXPECT_EQ(refusal(std::string(4097, 'a')), "pattern: 4097 bytes, more than 4096");
  EXPECT_NO_THROW(check_pattern_syntax("[^]a^$*{(\\]+(a{100}|b){10}(a{9}b{9}){100}\\^\\$\\{"));
  if (without_libfa()) GTEST_SKIP() << "built without libfa";
  EXPECT_EQ(refusal("(a"), "pattern: Unmatched ( or \\(");
  EXPECT_EQ(refusal("[b-a]"), "pattern: Invalid range end");
  EXPECT_EQ(refusal("a{3,2}"), "pattern: Invalid content of \\{\\}");
}

}  // namespace
}  // namespace wend
