#include "host/oracles/aho_corasick.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace wend {
namespace {

using Sequence = std::vector<std::uint16_t>;

std::vector<std::uint32_t> naive_matches(const Sequence& text, std::size_t end,
                                         const std::vector<Sequence>& patterns) {
  std::vector<std::uint32_t> found;
  for (std::uint32_t p = 0; p < patterns.size(); ++p) {
    const Sequence& pattern = patterns[p];
    if (pattern.size() <= end &&
        std::equal(pattern.begin(), pattern.end(),
                   text.begin() + static_cast<std::ptrdiff_t>(end - pattern.size())))
      found.push_back(p);
  }
  return found;
}

// Number of matches found over the whole text; every position is compared with naive search.
std::size_t expect_naive(std::uint32_t alphabet, const std::vector<Sequence>& patterns,
                         const Sequence& text) {
  const AhoCorasick automaton(alphabet, patterns);
  std::uint32_t state = AhoCorasick::kStart;
  std::size_t matches = 0;
  for (std::size_t end = 1; end <= text.size(); ++end) {
    state = automaton.next(state, text[end - 1]);
    EXPECT_LT(state, automaton.states());
    std::vector<std::uint32_t> found;
    std::size_t last_length = text.size() + 1;
    automaton.for_each_match(state, [&](std::uint32_t pattern) {
      EXPECT_LE(patterns[pattern].size(), last_length);  // longest first
      last_length = patterns[pattern].size();
      found.push_back(pattern);
    });
    std::ranges::sort(found);
    EXPECT_EQ(found, naive_matches(text, end, patterns)) << "at " << end;
    matches += found.size();
  }
  return matches;
}

TEST(AhoCorasick, FindsWhatNaiveSearchFindsInRandomText) {
  std::mt19937 random(7);  // NOLINT: a fixed seed is the point
  std::size_t matches = 0;
  for (int round = 0; round < 300; ++round) {
    const auto alphabet = static_cast<std::uint32_t>(1 + random() % 4);
    const auto draw = [&](std::size_t length) {
      Sequence sequence(length);
      for (auto& symbol : sequence) symbol = static_cast<std::uint16_t>(random() % alphabet);
      return sequence;
    };
    std::vector<Sequence> patterns;
    for (std::size_t p = random() % 9; p > 0; --p) patterns.push_back(draw(1 + random() % 5));
    matches += expect_naive(alphabet, patterns, draw(200));
  }
  EXPECT_GT(matches, 10000U);
}

TEST(AhoCorasick, FindsPatternsInsideAndAcrossEachOther) {
  // Suffixes of others, prefixes of others, duplicates, self-overlap.
  const std::vector<Sequence> patterns = {{0, 1, 0, 1, 0}, {1, 0},    {0},       {1, 0, 1},
                                          {0, 1, 0, 1, 0}, {2, 2, 2}, {2, 2},    {1, 0},
                                          {0, 1, 2},       {1, 2, 2}, {0, 1, 0}, {2, 2, 2}};
  const Sequence text = {0, 1, 0, 1, 0, 1, 0, 1, 2, 2, 2, 2, 2, 0, 0, 1, 2, 1, 0};
  EXPECT_EQ(expect_naive(3, patterns, text), 38U);
}

TEST(AhoCorasick, WithoutPatternsHasOneState) {
  const AhoCorasick automaton(3, {});
  EXPECT_EQ(automaton.states(), 1U);
  EXPECT_EQ(automaton.next(0, 2), 0U);
}

TEST(AhoCorasick, HasOneStateForEachDistinctPrefix) {
  const std::vector<Sequence> patterns = {{0, 1}, {0, 1, 1}, {1}, {0, 1}};
  const AhoCorasick automaton(2, patterns);
  EXPECT_EQ(automaton.states(), 5U);  // empty, 0, 01, 011, 1
}

}  // namespace
}  // namespace wend
