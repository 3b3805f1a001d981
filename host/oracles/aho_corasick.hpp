#pragma once

#include <cstdint>
#include <vector>

namespace wend {

/// Finds all occurrences of many patterns in one pass over a sequence (Aho & Corasick 1975), with
/// the failure function folded into a complete transition table, so that a step is one load.
///
/// States are 0 .. states()-1; state 0 is the start. The state after reading x stands for the
/// longest suffix of x that is a prefix of a pattern. Patterns may repeat and may contain or
/// overlap one another.
class AhoCorasick {
 public:
  static constexpr std::uint32_t kStart = 0;

  /// Patterns are non-empty ranges of symbols 0 .. alphabet-1. Time and memory
  /// O(total length * A).
  template <class Patterns = std::vector<std::vector<std::uint32_t>>>
  AhoCorasick(std::uint32_t alphabet, const Patterns& patterns) : AhoCorasick(alphabet) {
    for (const auto& pattern : patterns) {
      std::uint32_t state = kStart;
      for (const auto symbol : pattern) state = insert(state, symbol);
      name(state);
    }
    link();
  }

  /// Bytes that the table takes at most, for patterns of this total length.
  static std::uint64_t table_bytes(std::uint32_t alphabet, std::uint64_t total_length);

  [[nodiscard]] std::uint32_t states() const {
    return static_cast<std::uint32_t>(first_pattern_.size());
  }
  [[nodiscard]] std::uint32_t next(std::uint32_t state, std::uint32_t symbol) const {
    return next_[static_cast<std::size_t>(state) * alphabet_ + symbol];
  }
  /// Calls visitor(pattern number) for every pattern that ends where `state` has been reached,
  /// longest first. O(matches).
  template <class Visitor>
  void for_each_match(std::uint32_t state, const Visitor& visitor) const {
    if (first_pattern_[state] == kNone) state = shorter_match_[state];
    for (; state != kStart; state = shorter_match_[state])
      for (std::uint32_t p = first_pattern_[state]; p != kNone; p = same_pattern_[p]) visitor(p);
  }

 private:
  static constexpr std::uint32_t kNone = 0xFFFFFFFFU;

  explicit AhoCorasick(std::uint32_t alphabet);
  // The state that `symbol` leads to from `state` in the tree of patterns, which gets it.
  std::uint32_t insert(std::uint32_t state, std::uint32_t symbol);
  // The next pattern ends here.
  void name(std::uint32_t state);
  void link();

  std::uint32_t alphabet_;
  std::vector<std::uint32_t> next_;           // states x A
  std::vector<std::uint32_t> first_pattern_;  // a pattern that is the state's own string, or kNone
  std::vector<std::uint32_t> same_pattern_;   // another pattern with the same symbols, or kNone
  std::vector<std::uint32_t> shorter_match_;  // the longest proper suffix that is a pattern, or 0
};

}  // namespace wend
