// Constraints by automata: values of all nodes against a search through all sequences.
#include <gtest/gtest.h>

#include <limits>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "host/oracles/symbol_rows.hpp"
#include "tests/support/potentials.hpp"
#include "tests/support/temporary_folder.hpp"
#include "wend/automaton.hpp"
#include "wend/error.hpp"

namespace wend::test {
namespace {

using testing::error_of;

/// Tells whether a sequence, without its end symbol, is accepted.
using Accepts = std::function<bool(const Prefix&)>;

struct Tally {
  std::uint64_t possible = 0;
  std::uint64_t impossible = 0;
  std::uint64_t dead = 0;  // that all that was read allows, but not what is left
};

// Whether some leaf at or below each node is accepted, by looking at all of them.
bool fill_possible(const Leaves& leaves, const Accepts& accepts, Prefix& prefix,
                   std::map<Prefix, bool>& possible) {
  bool found = false;
  if (leaves.complete(prefix)) {
    Prefix read = prefix;
    if (leaves.ends(read.back())) read.pop_back();
    found = accepts(read);
  } else {
    for (std::uint32_t c = 0; c < leaves.alphabet; ++c) {
      prefix.push_back(c);
      found |= fill_possible(leaves, accepts, prefix, possible);
      prefix.pop_back();
    }
  }
  possible[prefix] = found;
  return found;
}

Tally expect_constraint(Potential& potential, const Leaves& leaves, const Accepts& accepts,
                        const std::string& what) {
  std::map<Prefix, bool> possible;
  Prefix root;
  fill_possible(leaves, accepts, root, possible);
  EXPECT_TRUE(possible[{}]) << what;
  Tally tally;
  leaves.for_each_node([&](const Prefix& node) {
    ++(possible[node] ? tally.possible : tally.impossible);
    if (leaves.complete(node)) return;
    const Answer answer = ask(potential, leaves.alphabet, node);
    EXPECT_EQ(answer.own, possible[node] ? 0.0F : kNothing) << what;
    Prefix child = node;
    child.push_back(0);
    for (std::uint32_t c = 0; c < leaves.alphabet; ++c) {
      child.back() = c;
      EXPECT_EQ(answer.children[c], possible[child] ? 0.0F : kNothing) << what << ", symbol " << c;
    }
  });
  EXPECT_GT(tally.possible, 0U) << what;
  EXPECT_GT(tally.impossible, 0U) << what;
  return tally;
}

std::string spelled(const Prefix& prefix, const std::vector<std::string>& bytes) {
  std::string text;
  for (const std::uint32_t symbol : prefix) text += bytes[symbol];
  return text;
}

TEST(AutomatonPotential, FindsSubstringsAcrossSymbolsThatStandForBytes) {
  const std::vector<std::string> bytes{"a", "ab", "</s>", "ba", "", "bbc"};
  struct Case {
    std::vector<std::string> forbid, require;
  };
  const Case cases[] = {{{"aba"}, {}},
                        {{"aa", "cb"}, {"bb"}},
                        {{}, {"bca", "aab"}},
                        {{"ab"}, {"bb", "a", "bb"}},
                        {{"aba", "ba", "a"}, {}},
                        {{"c"}, {"abab", "ba"}}};
  for (const std::vector<std::uint32_t>& end : {std::vector<std::uint32_t>{}, {2U}}) {
    const Leaves leaves{6, 5, end};
    for (const auto& [forbid, require] : cases) {
      const auto potential =
          make_automaton_potential(substring_automaton(forbid, require), {6, 5, end, bytes});
      const auto accepts = [&](const Prefix& prefix) {
        const std::string text = spelled(prefix, bytes);
        const auto has = [&](const std::string& part) { return text.find(part) < text.size(); };
        return std::ranges::none_of(forbid, has) && std::ranges::all_of(require, has);
      };
      expect_constraint(*potential, leaves, accepts,
                        ::testing::PrintToString(forbid) + ::testing::PrintToString(require) +
                            ::testing::PrintToString(end));
    }
  }
}

TEST(AutomatonPotential, TakesSymbolsForLettersWhereThereAreNoBytes) {
  const Leaves leaves{5, 6, {4, 1}};
  const std::vector<Prefix> forbid{{0, 0}, {2, 3, 2}};
  const std::vector<Prefix> require{{3, 3}, {0, 2}};
  const auto potential =
      make_automaton_potential(substring_automaton(5, forbid, require), {5, 6, {4, 1}, {}});
  const auto has = [](const Prefix& text, const Prefix& part) {
    return !std::ranges::search(text, part).empty();
  };
  const auto accepts = [&](const Prefix& text) {
    return std::ranges::none_of(forbid, [&](const Prefix& p) { return has(text, p); }) &&
           std::ranges::all_of(require, [&](const Prefix& p) { return has(text, p); });
  };
  expect_constraint(*potential, leaves, accepts, "symbols");
}

TEST(AutomatonPotential, TablesOfAllKinds) {
  // Random automata with random spellings, at several horizons: letters 0 to 3 occur.
  std::mt19937 random(20261126);  // NOLINT: a fixed seed is the point
  const auto draw = [&](std::uint32_t below) {
    return static_cast<std::uint32_t>(random() % below);
  };
  int checked = 0;
  for (int round = 0; round < 400; ++round) {
    const std::uint32_t states = 1 + draw(6);
    const std::uint32_t alphabet = 2 + draw(3);
    const std::uint32_t horizon = 1 + draw(5);
    Automaton automaton;
    automaton.column.assign(256, 3);
    for (std::uint32_t letter = 0; letter < 3; ++letter) automaton.column[letter] = letter;
    for (std::uint32_t s = 0; s < states; ++s) {
      automaton.accepting.push_back(draw(3) == 0 ? 1 : 0);
      for (int column = 0; column < 4; ++column)
        automaton.next.push_back(draw(4) == 0 ? Automaton::kNowhere : draw(states));
    }
    std::vector<std::string> bytes(alphabet);
    for (std::string& text : bytes)
      for (std::uint32_t length = draw(4); length > 0; --length)
        text.push_back(static_cast<char>(draw(5)));
    std::vector<std::uint32_t> end;
    if (draw(2) == 0) end.push_back(draw(alphabet));
    const Leaves leaves{alphabet, horizon, end};
    const auto accepts = [&](const Prefix& prefix) {
      std::uint32_t state = 0;
      for (const char letter : spelled(prefix, bytes)) {
        state = automaton.next[state * 4 + automaton.column[static_cast<unsigned char>(letter)]];
        if (state == Automaton::kNowhere) return false;
      }
      return automaton.accepting[state] != 0;
    };
    std::map<Prefix, bool> possible;
    Prefix root;
    const SequenceShape shape{alphabet, horizon, end, bytes};
    if (!fill_possible(leaves, accepts, root, possible)) {
      EXPECT_NE(
          error_of(ErrorKind::kUsage, [&] { make_automaton_potential(automaton, shape, "random"); })
              .find("accepts no sequence"),
          std::string::npos);
      continue;
    }
    // Rows for all states, or for a single one.
    const auto potential =
        make_automaton_potential(automaton, shape, "random", round % 2 == 0 ? 1 : 1U << 20U);
    if (std::ranges::all_of(possible, [](const auto& node) { return node.second; })) continue;
    expect_constraint(*potential, leaves, accepts, "round " + std::to_string(round));
    ++checked;
  }
  EXPECT_GT(checked, 100);
}

TEST(AutomatonPotential, KnowsLengthsThatRepeat) {
  // Lengths of 1 more than a multiple of 3 are accepted.
  Automaton automaton;
  automaton.letters = 2;
  automaton.next = {1, 1, 2, 2, 0, 0};
  automaton.accepting = {0, 1, 0};
  constexpr std::uint32_t kHorizon = 64'999;  // 1 more than a multiple of 3
  static_assert(kHorizon % 3 == 1);
  const auto potential = make_automaton_potential(automaton, {2, kHorizon, {}, {}});
  EXPECT_NE(error_of(ErrorKind::kUsage,
                     [&] {
                       make_automaton_potential(automaton, {2, kHorizon + 1, {}, {}});
                     }),
            "");
  for (const std::size_t depth : {0U, 1U, 2U, 3U, 500U, 64'997U, 64'998U})
    EXPECT_EQ(ask(*potential, 2, Prefix(depth, 1)).children, (std::vector<float>{0, 0})) << depth;
  // With end symbols the length of H itself need not be one of them.
  automaton.letters = 3;
  automaton.next = {1, 1, 0, 2, 2, 0, 0, 0, 0};
  const auto ended = make_automaton_potential(automaton, {3, kHorizon + 1, {2}, {}});
  for (const std::size_t depth : {0U, 1U, 2U, 3U, 500U, 64'996U, 64'997U, 64'998U, 64'999U}) {
    const bool last = depth > 64'997;  // from 64,998 on one can only come to 64,999 and end
    const Answer answer = ask(*ended, 3, Prefix(depth, 1));
    EXPECT_EQ(answer.children[2], depth % 3 == 1 ? 0.0F : kNothing) << depth;
    EXPECT_EQ(answer.children[0], !last || depth == 64'998 ? 0.0F : kNothing) << depth;
  }
}

TEST(AutomatonPotential, RowsThatDropOutAreTheSameAgain) {
  // As large as a model's vocabulary, against a search for the substrings.
  constexpr std::uint32_t kAlphabet = 49'152;
  constexpr std::uint32_t kHorizon = 12;
  std::mt19937 random(4);  // NOLINT: a fixed seed is the point
  std::vector<std::string> bytes(kAlphabet);
  for (std::string& text : bytes)
    for (auto length = 1 + random() % 9; length > 0; --length)
      text.push_back(static_cast<char>('a' + random() % 4));
  const std::vector<std::string> forbid{"abcabcabc", "ddddd", "cabbac"};
  const std::vector<std::string> require{"dabbcadb"};
  const SequenceShape shape{kAlphabet, kHorizon, {7}, bytes};
  const auto whole = make_automaton_potential(substring_automaton(forbid, require), shape);
  const auto few =
      make_automaton_potential(substring_automaton(forbid, require), shape, "few", 5 * kAlphabet);
  const auto has = [](const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
  };
  std::vector<Prefix> prefixes;
  for (int i = 0; i < 60; ++i) {
    Prefix prefix;
    for (std::uint32_t h = 0; h < static_cast<std::uint32_t>(i) % kHorizon; ++h)
      prefix.push_back(static_cast<std::uint32_t>(8 + random() % (kAlphabet - 8)));
    prefixes.push_back(prefix);
  }
  std::vector<Answer> answers;
  std::uint64_t refused = 0;
  std::uint64_t accepted = 0;
  for (const Prefix& prefix : prefixes) {
    answers.push_back(ask(*whole, kAlphabet, prefix));
    const std::string before = spelled(prefix, bytes);
    for (std::uint32_t c = 0; c < kAlphabet; ++c) {
      const bool leaf = c == 7 || prefix.size() + 1 == kHorizon;
      const std::string text = before + (c == 7 ? "" : bytes[c]);
      bool possible =
          std::ranges::none_of(forbid, [&](const std::string& p) { return has(text, p); });
      // One symbol of nine bytes, or two, are enough to add what is required.
      if (leaf) possible &= has(text, require[0]);
      if (prefix.size() + 2 == kHorizon && !leaf) continue;  // what the last symbol can add
      ASSERT_EQ(answers.back().children[c], possible ? 0.0F : kNothing) << text;
      ++(possible ? accepted : refused);
    }
  }
  EXPECT_GT(accepted, 1000U);
  EXPECT_GT(refused, 1000U);
  std::vector<std::thread> threads;
  std::vector<int> different(3, 0);
  for (std::size_t t = 0; t < different.size(); ++t) {
    threads.emplace_back([&, t] {
      for (std::size_t i = 0; i < prefixes.size(); ++i) {
        const std::size_t at = (i * (t + 1)) % prefixes.size();
        if (ask(*few, kAlphabet, prefixes[at]).children != answers[at].children) ++different[t];
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(different, std::vector<int>(3, 0));
}

TEST(SymbolRows, KeepWhatIsUsed) {
  // Sixteen states, of which the first is asked for again and again.
  Automaton automaton;
  automaton.letters = 2;
  for (std::uint32_t s = 0; s < 16; ++s) {
    automaton.next.push_back((s + 1) % 16);
    automaton.next.push_back(0);
    automaton.accepting.push_back(1);
  }
  const SequenceShape shape{2, 99, {}, {}};
  const SymbolRows all(automaton, shape, 64, "test");
  const SymbolRows four(automaton, shape, 16, "test");
  EXPECT_EQ(all.numbers(), 18U);
  for (int round = 0; round < 10; ++round) {
    for (std::size_t s = 2; s < 18; ++s) {
      const auto state = static_cast<SymbolRows::Number>(s);
      EXPECT_EQ(*all.row(state), *four.row(state));
      EXPECT_EQ(*all.row(2), *four.row(2));
    }
  }
  EXPECT_EQ(all.computed(), 16U);
  EXPECT_EQ(four.computed(), 151U);  // the first once, all others every time
}

TEST(AutomatonPotential, WhatIsNoneIsRefused) {
  const auto refusal = [](const std::function<void()>& make) {
    return error_of(ErrorKind::kUsage, make);
  };
  const SequenceShape shape{3, 4, {2}, {}};
  const auto made = [&](Automaton automaton) {
    return refusal([&] { make_automaton_potential(automaton, shape, "mine"); });
  };
  Automaton automaton;
  automaton.letters = 3;
  automaton.next = {0, 0, 0};
  automaton.accepting = {0};
  EXPECT_EQ(made(automaton), "mine: accepts no sequence of at most 4 symbols");
  automaton.accepting = {1};
  EXPECT_EQ(made({}), "mine: 0 transitions of 0 states");
  Automaton other = automaton;
  other.next = {0, 1, 0};
  EXPECT_EQ(made(other), "mine: a transition to state 1 of 1");
  other = automaton;
  other.letters = 256;
  EXPECT_EQ(made(other), "mine: an automaton over 256 letters for 3 of symbols");
  other = automaton;
  other.column = {0, 1, 3};
  EXPECT_EQ(made(other), "mine: column 3 of 3");
  other.column = {0, 1};
  EXPECT_EQ(made(other), "mine: columns of 2 letters, of which there are 3");
  other = automaton;
  other.accepting = {1, 1};
  EXPECT_EQ(made(other), "mine: 3 transitions of 2 states");
  EXPECT_EQ(refusal([&] {
              make_automaton_potential(automaton, {3, 4, {3}, {}}, "mine");
            }),
            "mine: the end symbol 3 is none of 3");
  EXPECT_EQ(refusal([&] {
              make_automaton_potential(automaton, {3, 4, {}, {"a"}}, "mine");
            }),
            "mine: bytes of 1 symbols for 3");
  EXPECT_EQ(refusal([] { substring_automaton({"a", ""}, {}); }), "forbid: a pattern is empty");
  EXPECT_EQ(refusal([] {
              substring_automaton(4, {}, {{1, 4}});
            }),
            "require: 4 is none of 4 letters");
  std::vector<std::string> many;
  for (char c = 'a'; c <= 'q'; ++c) many.emplace_back(1, c);
  EXPECT_EQ(refusal([&] { substring_automaton({}, many); }),
            "require: at most 16 different patterns can be required");
  many.resize(14);
  EXPECT_EQ(refusal([&] {
              make_automaton_potential(substring_automaton({}, many), {14, 40, {}, many}, "many");
            }),
            "many: more than 65534 states between symbols");
}

TEST(LengthPotential, IsARange) {
  for (const std::uint32_t horizon : {1U, 4U, 5U}) {
    for (std::uint32_t least = 0; least <= horizon; ++least) {
      for (std::uint32_t most = least; most <= horizon + 1; ++most) {
        if (least == 0 && most >= horizon) continue;  // no constraint
        const Leaves leaves{3, horizon, {1}};
        const auto potential = make_length_potential({3, horizon, {1}, {}}, least, most);
        expect_constraint(
            *potential, leaves,
            [&](const Prefix& read) { return least <= read.size() && read.size() <= most; },
            std::to_string(least) + " to " + std::to_string(most) + " of " +
                std::to_string(horizon));
      }
    }
  }
  const auto refusal = [](const SequenceShape& shape, std::uint32_t least, std::uint32_t most) {
    return error_of(ErrorKind::kUsage, [&] { make_length_potential(shape, least, most); });
  };
  EXPECT_EQ(refusal({3, 4, {}, {}}, 1, 2),
            "length: without end symbols all sequences have one length");
  EXPECT_EQ(refusal({3, 4, {0}, {}}, 3, 2), "length: from 3 to 2 is no range");
  EXPECT_EQ(refusal({3, 4, {0}, {}}, 5, 6), "length: at least 5 of a horizon of 4");
}

}  // namespace
}  // namespace wend::test
