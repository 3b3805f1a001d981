#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <unordered_map>
#include <utility>

#include "host/oracles/aho_corasick.hpp"
#include "wend/automaton.hpp"
#include "wend/error.hpp"

namespace wend {
namespace {

using Patterns = std::vector<std::vector<std::uint32_t>>;

constexpr std::size_t kMostRequired = 16;
constexpr std::uint64_t kMostTransitions = std::uint64_t{1} << 28U;  // 1 GiB

[[noreturn]] void refuse(const char* key, const std::string& reason) {
  throw Error(ErrorKind::kUsage, key, reason);
}

void check(const char* key, const Patterns& patterns, std::uint32_t letters) {
  for (const auto& pattern : patterns) {
    if (pattern.empty()) refuse(key, "a pattern is empty");
    for (const std::uint32_t letter : pattern)
      if (letter >= letters) refuse(key, fmt::format("{} is none of {} letters", letter, letters));
  }
}

// Columns of their own for the letters of patterns, and one, the last, for all others.
std::vector<std::uint32_t> columns_of(const Patterns& patterns, std::uint32_t letters,
                                      std::uint32_t& count) {
  std::vector<char> occurs(letters, 0);
  for (const auto& pattern : patterns)
    for (const std::uint32_t letter : pattern) occurs[letter] = 1;
  count = static_cast<std::uint32_t>(std::ranges::count(occurs, char{1}));
  std::vector<std::uint32_t> column(letters);
  std::uint32_t next = 0;
  for (std::uint32_t letter = 0; letter < letters; ++letter)
    column[letter] = occurs[letter] != 0 ? next++ : count;
  if (count < letters) ++count;
  return column;
}

// What a state of the automaton of all patterns says of them.
struct Matches {
  std::vector<char> forbidden;
  std::vector<std::uint32_t> required;  // bits
};

Matches matches_of(const AhoCorasick& automaton, std::size_t forbid) {
  Matches matches{std::vector<char>(automaton.states(), 0),
                  std::vector<std::uint32_t>(automaton.states(), 0)};
  for (std::uint32_t q = 0; q < automaton.states(); ++q) {
    automaton.for_each_match(q, [&](std::uint32_t pattern) {
      if (pattern < forbid)
        matches.forbidden[q] = 1;
      else
        matches.required[q] |= 1U << (pattern - forbid);
    });
  }
  return matches;
}

Patterns bytes_of(const std::vector<std::string>& texts) {
  Patterns patterns;
  for (const std::string& text : texts) {
    auto& pattern = patterns.emplace_back();
    for (const char byte : text) pattern.push_back(static_cast<unsigned char>(byte));
  }
  return patterns;
}

}  // namespace

Automaton substring_automaton(std::uint32_t letters, const Patterns& forbid,
                              const Patterns& require) {
  if (letters == 0) refuse("letters", "there are none");
  check("forbid", forbid, letters);
  check("require", require, letters);
  Patterns required = require;
  std::ranges::sort(required);
  required.erase(std::unique(required.begin(), required.end()), required.end());
  if (required.size() > kMostRequired)
    refuse("require", fmt::format("at most {} different patterns can be required", kMostRequired));
  Patterns patterns = forbid;
  patterns.insert(patterns.end(), required.begin(), required.end());

  Automaton automaton;
  automaton.letters = letters;
  std::uint32_t columns = 0;
  automaton.column = columns_of(patterns, letters, columns);
  std::uint64_t length = 1;
  for (auto& pattern : patterns) {
    length += pattern.size();
    for (std::uint32_t& letter : pattern) letter = automaton.column[letter];
  }
  if (length * columns > kMostTransitions)
    refuse("patterns",
           fmt::format("{} letters, {} of them different, are too many", length - 1, columns));
  const AhoCorasick found(columns, patterns);
  const Matches matches = matches_of(found, forbid.size());
  const std::uint32_t all = (1U << required.size()) - 1U;

  // States are pairs of one of `found` and the required patterns that have been met.
  std::unordered_map<std::uint64_t, std::uint32_t> numbers;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> states;
  const auto number = [&](std::uint32_t state, std::uint32_t met) {
    // Where nothing is left to be found, what was read last is of no matter.
    if (forbid.empty() && met == all) state = AhoCorasick::kStart;
    const auto [at, added] =
        numbers.try_emplace(std::uint64_t{state} << kMostRequired | met, states.size());
    if (added) states.emplace_back(state, met);
    return at->second;
  };
  number(AhoCorasick::kStart, 0);
  for (std::size_t s = 0; s < states.size(); ++s) {
    if (states.size() * columns > kMostTransitions)
      refuse("require", "patterns of so many states are too many");
    const auto [state, met] = states[s];
    automaton.accepting.push_back(met == all ? 1 : 0);
    for (std::uint32_t c = 0; c < columns; ++c) {
      const std::uint32_t next = found.next(state, c);
      automaton.next.push_back(matches.forbidden[next] != 0
                                   ? Automaton::kNowhere
                                   : number(next, met | matches.required[next]));
    }
  }
  return automaton;
}

Automaton substring_automaton(const std::vector<std::string>& forbid,
                              const std::vector<std::string>& require) {
  return substring_automaton(256, bytes_of(forbid), bytes_of(require));
}

}  // namespace wend
