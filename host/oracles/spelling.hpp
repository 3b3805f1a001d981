#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "wend/automaton.hpp"

namespace wend {

/// What symbols spell, in an automaton's columns, and where that leads: for one prefix, or for all
/// symbols at once, whose common beginnings are walked once.
class Spelling {
 public:
  /// Columns of the letters of `shape`'s symbols. Letters are below automaton.letters.
  Spelling(const Automaton& automaton, const SequenceShape& shape);

  /// Where `symbols` lead from the start; an automaton's state, or kNowhere. O(letters).
  [[nodiscard]] std::uint32_t follow(const Automaton& automaton,
                                     std::span<const std::uint32_t> symbols) const;

  /// Calls visitor(symbol, where it leads from `state`) for every symbol; where end symbols lead is
  /// of no matter. O(letters of all, common beginnings once).
  template <class Visitor>
  void for_each_symbol(const Automaton& automaton, std::uint32_t state,
                       const Visitor& visitor) const {
    const std::size_t columns = automaton.next.size() / automaton.accepting.size();
    std::vector<std::uint32_t> states(longest_ + 1, state);
    const std::uint32_t* letter = sorted_letters_.data();
    for (const Entry& entry : sorted_) {
      std::uint32_t reached = states[entry.shared];
      for (std::uint32_t at = entry.shared; at < entry.length; ++at, ++letter) {
        if (reached != Automaton::kNowhere) reached = automaton.next[reached * columns + *letter];
        states[at + 1] = reached;
      }
      visitor(entry.symbol, reached);
    }
  }

 private:
  /// A symbol; symbols are in the order of what they spell.
  struct Entry {
    std::uint32_t symbol;
    std::uint32_t shared;  // letters that are those of the symbol before it
    std::uint32_t length;
  };

  [[nodiscard]] std::span<const std::uint32_t> letters(std::uint32_t symbol) const {
    return {letters_.data() + begin_[symbol], begin_[symbol + 1] - begin_[symbol]};
  }

  std::vector<std::uint64_t> begin_;           // A + 1, in letters_
  std::vector<std::uint32_t> letters_;         // columns
  std::vector<Entry> sorted_;                  // A
  std::vector<std::uint32_t> sorted_letters_;  // of each, those that are not shared
  std::uint32_t longest_ = 0;
};

}  // namespace wend
