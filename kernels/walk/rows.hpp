#pragma once

#include <cstdint>

#include "kernels/lanes/scalar.hpp"

// A row holds the law of one step from one node: outcome 0 is "up" (for the sequential sampler:
// "rejected"), outcome 1+c is "down to child c". Probabilities are multiples of 2^-32, so that a
// step compares one 32-bit draw with integers and every backend decides alike. An outcome of
// probability zero has no unit and cannot be drawn. Which of the two formats a row has depends on A
// alone, whoever makes it, and so does the outcome that a draw stands for.
namespace wend::kernels {

template <class Lanes>
struct Outcome {
  typename Lanes::Mask up;
  typename Lanes::U32 symbol;  ///< the child; meaningless where up
};

/// Rows of A <= 4 symbols: threshold i is the number of units before outcome 1+i, 2^32-1 standing
/// for "never". A row is padded to kWords words, and one pair load fetches it where A = 2.
/// The draw 2^32-1 counts as 2^32-2, so that "never" is never. `Words` is a pointer, or what else
/// gather_pair reads from.
template <int A, class Words = const std::uint32_t*>
struct CumulativeRows {
  static_assert(A >= 2 && A <= 4);
  static constexpr std::uint32_t kAlphabet = A;
  static constexpr std::uint32_t kWords = A == 2 ? 2 : 4;
  static constexpr bool kEntryNeedsDraw = false;
  Words words;

  /// Where the kWords words lie that decide on a draw at a row, in pairs of words.
  template <class Lanes>
  [[nodiscard]] WEND_HD typename Lanes::U32 entry(typename Lanes::U32 row,
                                                  typename Lanes::U32) const {
    if constexpr (A == 2) {
      return row;
    } else {
      return row + row;
    }
  }

  template <class Lanes>
  [[nodiscard]] WEND_HD Outcome<Lanes> decide(const typename Lanes::U32 (&entry)[kWords],
                                              typename Lanes::U32 draw) const {
    using U32 = typename Lanes::U32;
    const U32 clamped = min_u32(draw, Lanes::splat(0xFFFFFFFEU));
    U32 symbol = Lanes::one_where(at_least(clamped, entry[1]));
    if constexpr (A > 2) symbol = add_mask(symbol, at_least(clamped, entry[2]));
    if constexpr (A > 3) symbol = add_mask(symbol, at_least(clamped, entry[3]));
    return {less(clamped, entry[0]), symbol};
  }

  template <class Lanes>
  [[nodiscard]] WEND_HD Outcome<Lanes> pick(typename Lanes::U32 row,
                                            typename Lanes::U32 draw) const {
    using U32 = typename Lanes::U32;
    const U32 pair = entry<Lanes>(row, draw);
    U32 found[kWords];
    gather_pair(words, pair, found[0], found[1]);
    if constexpr (A > 2) gather_pair(words, pair + Lanes::splat(1), found[2], found[3]);
    return decide<Lanes>(found, draw);
  }
};

/// Rows of any A: an alias table (Walker 1977, in integers) of 2^slot_bits slots, more than there
/// are outcomes. A draw's high bits name a slot, and slot i belongs to outcome i: a draw whose low
/// bits are below the slot's threshold is outcome i, any other is the slot's alias. One pair load a
/// step whatever A is. Which alias a slot has follows from sums over the outcomes before it
/// (host/oracles/row_table.cpp), so that a draw can also be decided by a block of threads that has
/// the row's units and no table.
struct AliasRows {
  static constexpr std::uint32_t kAlphabet = 0;  // known at run time only
  static constexpr std::uint32_t kWords = 2;     // of an entry: threshold, alias
  static constexpr bool kEntryNeedsDraw = true;
  const std::uint32_t* words;
  std::uint32_t slot_bits;  ///< 3..16

  template <class Lanes>
  [[nodiscard]] WEND_HD typename Lanes::U32 entry(typename Lanes::U32 row,
                                                  typename Lanes::U32 draw) const {
    return (row << slot_bits) | (draw >> (32U - slot_bits));
  }

  template <class Lanes>
  [[nodiscard]] WEND_HD Outcome<Lanes> decide(const typename Lanes::U32 (&entry)[kWords],
                                              typename Lanes::U32 draw) const {
    using U32 = typename Lanes::U32;
    const U32 low = draw & Lanes::splat((1U << (32U - slot_bits)) - 1U);
    const U32 outcome = select(less(low, entry[0]), draw >> (32U - slot_bits), entry[1]);
    return {equal(outcome, Lanes::splat(0)), outcome - Lanes::splat(1)};
  }

  template <class Lanes>
  [[nodiscard]] WEND_HD Outcome<Lanes> pick(typename Lanes::U32 row,
                                            typename Lanes::U32 draw) const {
    typename Lanes::U32 slot[kWords];
    gather_pair(words, entry<Lanes>(row, draw), slot[0], slot[1]);
    return decide<Lanes>(slot, draw);
  }
};

}  // namespace wend::kernels
