#pragma once

#include <cstdint>

#include "kernels/lanes/scalar.hpp"

// A row holds the law of one step from one node: outcome 0 is "up" (for the sequential sampler:
// "rejected"), outcome 1+c is "down to child c". Probabilities are multiples of 2^-32, so that a
// step compares one 32-bit draw with integers and every backend decides alike. An outcome of
// probability zero has no unit and cannot be drawn.
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

/// Rows of any A: an alias table (Walker 1977, in integers) of 2^slot_bits slots of two words:
/// a threshold on the draw's low bits, and two outcomes of 16 bits, the low one below the
/// threshold. One pair load a step whatever A is.
struct AliasRows {
  static constexpr std::uint32_t kAlphabet = 0;  // known at run time only
  static constexpr std::uint32_t kWords = 2;     // of an entry: one slot
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
    const U32 outcome =
        select(less(low, entry[0]), entry[1] & Lanes::splat(0xFFFFU), entry[1] >> 16U);
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
