#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "wend/potential.hpp"

namespace wend {

/// A deterministic automaton over letters 0 .. letters - 1: the symbols themselves, or the bytes
/// that symbols stand for. State 0 is the start; a sequence is accepted if what it spells leads
/// from there to an accepting state.
struct Automaton {
  static constexpr std::uint32_t kNowhere = 0xFFFFFFFFU;  ///< from which nothing is accepted

  std::uint32_t letters = 256;
  /// The column of each letter in `next`; empty: its own number. Letters that act alike, as all
  /// those that occur in no pattern, share one.
  std::vector<std::uint32_t> column;
  std::vector<std::uint32_t> next;      ///< states x columns: a state, or kNowhere
  std::vector<std::uint8_t> accepting;  ///< of each state: 1 or 0
};

/// Accepts what has none of `forbid` and all of `require` among its substrings, anywhere; patterns
/// are non-empty, at most 16 different ones required. The automaton of Aho and Corasick (1975)
/// times the set of required patterns that have been met, as far as it can be reached. Time and
/// memory O(total length x 2^required x columns). Throws Error(kUsage).
Automaton substring_automaton(std::uint32_t letters,
                              const std::vector<std::vector<std::uint32_t>>& forbid,
                              const std::vector<std::vector<std::uint32_t>>& require);
/// The same over bytes.
Automaton substring_automaton(const std::vector<std::string>& forbid,
                              const std::vector<std::string>& require);

/// Accepts the byte strings that a regular expression matches as a whole: POSIX extended syntax
/// without character classes by name, back references and anchors, in bytes; `.` is any byte but a
/// line feed. At most 4,096 bytes, braces at most 1,000. The least automaton there is, made by
/// libfa; it can have 2^length states, and take as long. Throws Error(kUsage): what is no regular
/// expression, with libfa's reason, or a wend that was built without libfa.
Automaton regular_expression(const std::string& pattern);

/// What sequences are, for potentials that must know.
struct SequenceShape {
  std::uint32_t alphabet = 0;             ///< A
  std::uint32_t horizon = 0;              ///< H
  std::vector<std::uint32_t> end;         ///< symbols after which a sequence is complete
  std::vector<std::string> symbol_bytes;  ///< A strings of bytes that symbols stand for, or none;
                                          ///< those of end symbols are not looked at
};

/// The constraint that a sequence is accepted, up to its end symbol. V is 1 where some completion
/// of the right length is accepted, with symbols of any kind: before an end symbol, or at depth H;
/// else 0, so that no dead end of the constraint is entered. Letters are bytes where `shape` has
/// them, else symbols. It never rises; several of them, in a product, are their intersection.
///
/// Where the symbols lead from a state is computed once and kept, 2 A bytes a state, for as many
/// states as fit `row_bytes` (at least one), the others again when they are needed: O(letters of
/// all symbols, their common beginnings once). A node costs O(letters of the prefix) and O(A)
/// loads. Made in O(that x states); memory as the automaton and 4 bytes x states x lengths that
/// differ. Throws Error(kUsage): an automaton that is none, more than 65,534 states between
/// symbols, nothing accepted.
std::shared_ptr<Potential> make_automaton_potential(Automaton automaton, const SequenceShape& shape,
                                                    std::string name = "automaton",
                                                    std::uint64_t row_bytes = std::uint64_t{1}
                                                                              << 28U);

/// The constraint that a sequence has `least` to `most` symbols before its end symbol; one without,
/// at depth H, has H. It never rises. Throws Error(kUsage): no end symbols, least > most, least >
/// H.
std::shared_ptr<Potential> make_length_potential(const SequenceShape& shape, std::uint32_t least,
                                                 std::uint32_t most);

}  // namespace wend
