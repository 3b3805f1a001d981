#pragma once

#include <cstdint>

#include "kernels/lanes.hpp"

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
  Words words;

  template <class Lanes>
  WEND_HD Outcome<Lanes> pick(typename Lanes::U32 row, typename Lanes::U32 draw) const {
    using U32 = typename Lanes::U32;
    const U32 zero = Lanes::splat(0);
    const U32 clamped = min_u32(draw, Lanes::splat(0xFFFFFFFEU));
    U32 first;
    U32 second;
    if constexpr (A == 2) {
      gather_pair(words, row, first, second);
      return {less(clamped, first), add_mask(zero, at_least(clamped, second))};
    } else {
      U32 third;
      U32 fourth;
      gather_pair(words, row + row, first, second);
      gather_pair(words, row + row + Lanes::splat(1), third, fourth);
      U32 symbol = add_mask(zero, at_least(clamped, second));
      symbol = add_mask(symbol, at_least(clamped, third));
      if constexpr (A == 4) symbol = add_mask(symbol, at_least(clamped, fourth));
      return {less(clamped, first), symbol};
    }
  }
};

/// Rows of any A: an alias table (Walker 1977, in integers) of 2^slot_bits slots of two words:
/// a threshold on the draw's low bits, and two outcomes of 16 bits, the low one below the
/// threshold. One pair load a step whatever A is.
struct AliasRows {
  static constexpr std::uint32_t kAlphabet = 0;  // known at run time only
  const std::uint32_t* words;
  std::uint32_t slot_bits;  ///< 1..17

  template <class Lanes>
  WEND_HD Outcome<Lanes> pick(typename Lanes::U32 row, typename Lanes::U32 draw) const {
    using U32 = typename Lanes::U32;
    const std::uint32_t low_bits = 32U - slot_bits;
    U32 threshold;
    U32 outcomes;
    gather_pair(words, (row << slot_bits) | (draw >> low_bits), threshold, outcomes);
    const U32 low = draw & Lanes::splat((1U << low_bits) - 1U);
    const U32 outcome =
        select(less(low, threshold), outcomes & Lanes::splat(0xFFFFU), outcomes >> 16U);
    return {equal(outcome, Lanes::splat(0)), outcome - Lanes::splat(1)};
  }
};

}  // namespace wend::kernels
