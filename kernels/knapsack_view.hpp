#pragma once

#include <cstdint>

#include "kernels/chain_arrays.hpp"
#include "kernels/lanes.hpp"
#include "kernels/rows.hpp"
#include "kernels/walk.hpp"

namespace wend::kernels {

/// What a step from depth i needs to know: item i, where the masses of the items after it (level
/// i + 1) lie in the tables, and where the step laws of this item lie among the rows.
struct KnapsackItem {
  std::uint64_t weight;
  std::uint64_t origin;       ///< least remaining capacity at depth i + 1
  std::uint32_t guide_begin;  ///< level i + 1's first bucket in `guide`
  std::uint32_t last_bucket;
  std::uint32_t guide_shift;  ///< capacities from origin on per bucket, in bits; 0..63
  std::uint32_t row_begin;    ///< row of exponent differences up to row_low
  std::uint32_t row_low;
  std::uint32_t row_span;  ///< row_begin + row_span: differences from row_low + row_span on;
                           ///< the row after it: the item does not fit
};

/// The rounded knapsack counter. The mass of the items from i on is a rising step function of the
/// remaining capacity whose values are powers of one number q > 1; the table lists its steps. A
/// node's law depends on its children's exponents through their difference alone, so that a step
/// is two searches in one level, then one row. Integers only.
///
/// A level's capacities, from origin on, are cut into equal buckets, about as many as it has steps.
/// `guide` has 4 words for each: the first capacity inside the bucket (low, high; 2^64 - 1 if there
/// is none) at which the exponent rises, the exponent below it, and the exponent from it on. Where
/// the exponent rises again in the bucket, the last word is kManySteps + the place in `breakpoints`
/// of all its steps: their number, then 3 words each: capacity low, high, exponent.
///
/// A chain's path is [0], [1] the remaining capacity, low and high, kept only between
/// launches, and from word 2 on the symbols, 32 a word, the first in the lowest bit. A record is
/// the symbols' words.
struct KnapsackView {
  CumulativeRows<2> rows;
  const KnapsackItem* items;  ///< H
  const std::uint32_t* breakpoints;
  const std::uint32_t* guide;
  std::uint64_t capacity;
  std::uint32_t horizon;
  std::uint32_t root_row;

  static constexpr std::uint32_t kGuideWords = 4;
  static constexpr std::uint32_t kBreakpointWords = 3;
  static constexpr std::uint32_t kManySteps = 0x80000000U;
  static constexpr std::uint32_t kSymbolsBegin = 2;  ///< first path word that holds symbols

  template <class Lanes>
  struct Cursor {
    static_assert(Lanes::kWidth == 1, "the search runs in scalar lanes");
    std::uint64_t remaining;
    std::uint32_t depth;
    std::uint32_t arrived_up;
    std::uint32_t symbols;  ///< the word of the last chosen symbol, in a register
    std::uint32_t* path;
    std::uint64_t path_stride;

    [[nodiscard]] WEND_HD std::uint32_t& symbol_word(std::uint32_t last) const {
      return path[(kSymbolsBegin + (last >> 5U)) * path_stride];
    }
  };

  [[nodiscard]] WEND_HD std::uint32_t record_words() const { return (horizon + 31U) >> 5U; }
  [[nodiscard]] WEND_HD std::uint32_t path_words() const { return kSymbolsBegin + record_words(); }

  /// Exponent of the mass of the items after `item` within capacity `remaining` >= item.origin: one
  /// bucket, and the steps in it where they are many: O(log breakpoints) at worst. Any `remaining`
  /// is safe.
  [[nodiscard]] WEND_HD std::uint32_t exponent(const KnapsackItem& item,
                                               std::uint64_t remaining) const {
    const std::uint32_t place = bucket(item, remaining);
    std::uint32_t low;
    std::uint32_t high;
    std::uint32_t before;
    std::uint32_t after;
    gather_pair(guide, place + place, low, high);
    gather_pair(guide, place + place + 1U, before, after);
    const std::uint32_t found =
        select((low | static_cast<std::uint64_t>(high) << 32U) <= remaining, after, before);
    return found < kManySteps ? found : search(found - kManySteps, remaining);
  }

  /// Number of the row that holds the law at a node of depth >= 1.
  [[nodiscard]] WEND_HD std::uint32_t row(const KnapsackItem& item, std::uint64_t remaining) const {
    const bool fits = item.weight <= remaining;
    const std::uint32_t without = exponent(item, remaining);
    const std::uint32_t with = exponent(item, remaining - (fits ? item.weight : 0U));
    const std::uint32_t difference = without - with;
    const std::uint32_t above =
        select(less(difference, item.row_low), 0U, difference - item.row_low);
    return item.row_begin + select(fits, min_u32(above, item.row_span), item.row_span + 1U);
  }

  template <Walk kWalk, class Lanes>
  WEND_HD Move<Lanes> step(Cursor<Lanes>& cursor, std::uint32_t draw) const {
    const bool at_leaf = cursor.depth == horizon;
    if constexpr (kWalk == Walk::kSequential) {
      if (at_leaf) return_to_root(cursor);
    }
    // A leaf of a walk looks at the first item and ignores what it finds.
    const std::uint32_t depth = select(cursor.depth == horizon, 0U, cursor.depth);
    const KnapsackItem& item = items[depth];
    std::uint32_t law = select(depth == 0U, root_row, row(item, cursor.remaining));
    if constexpr (kWalk == Walk::kLifted) law = law + law + cursor.arrived_up;
    const Outcome<ScalarLanes> outcome = rows.template pick<ScalarLanes>(law, draw);
    bool up = outcome.up;
    if constexpr (kWalk == Walk::kSequential) {
      if (up) {
        return_to_root(cursor);
      } else {
        move(cursor, false, outcome.symbol);
      }
    } else {
      up = mask_or(up, at_leaf);
      move(cursor, up, outcome.symbol);
      if constexpr (kWalk == Walk::kLifted) cursor.arrived_up = add_mask(0U, up);
    }
    prefetch_buckets(cursor);
    const bool leaf = cursor.depth == horizon;
    return {up, mask_and_not(!leaf, up), leaf};
  }

  WEND_HD Cursor<ScalarLanes> load(const ChainArrays& chains, std::uint64_t chain) const {
    Cursor<ScalarLanes> cursor{capacity,
                               chains.depth[chain],
                               chains.arrived_up[chain],
                               0U,
                               chains.path + chain * chains.path_chain_stride,
                               chains.path_word_stride};
    if (cursor.depth != 0U) {
      cursor.remaining =
          cursor.path[0] | static_cast<std::uint64_t>(cursor.path[cursor.path_stride]) << 32U;
      cursor.symbols = cursor.symbol_word(cursor.depth - 1U);
    }
    return cursor;
  }

  WEND_HD void store(const Cursor<ScalarLanes>& cursor, const ChainArrays& chains,
                     std::uint64_t chain) const {
    chains.node[chain] = 0U;
    chains.depth[chain] = static_cast<std::uint16_t>(cursor.depth);
    chains.arrived_up[chain] = static_cast<std::uint16_t>(cursor.arrived_up);
    cursor.path[0] = static_cast<std::uint32_t>(cursor.remaining);
    cursor.path[cursor.path_stride] = static_cast<std::uint32_t>(cursor.remaining >> 32U);
    if (cursor.depth != 0U) cursor.symbol_word(cursor.depth - 1U) = cursor.symbols;
  }

  WEND_HD void record(const Cursor<ScalarLanes>& cursor, std::uint32_t* out) const {
    const std::uint32_t last = record_words() - 1U;
    for (std::uint32_t word = 0; word < last; ++word) out[word] = cursor.symbol_word(word << 5U);
    out[last] = cursor.symbols;
  }

 private:
  [[nodiscard]] WEND_HD std::uint32_t bucket(const KnapsackItem& item,
                                             std::uint64_t remaining) const {
    const std::uint64_t number = (remaining - item.origin) >> item.guide_shift;
    return item.guide_begin +
           (number < item.last_bucket ? static_cast<std::uint32_t>(number) : item.last_bucket);
  }

  /// Exponent of the last of a bucket's steps up to `remaining`, which is not below the first.
  [[nodiscard]] WEND_HD std::uint32_t search(std::uint32_t steps, std::uint64_t remaining) const {
    std::uint32_t found = 0;
    std::uint32_t candidates = gather(breakpoints, steps);
    while (candidates > 1) {
      const std::uint32_t half = candidates >> 1U;
      const std::uint32_t probe = steps + 1U + (found + half) * kBreakpointWords;
      const std::uint64_t capacity_there =
          gather(breakpoints, probe) | static_cast<std::uint64_t>(gather(breakpoints, probe + 1U))
                                           << 32U;
      found = select(capacity_there <= remaining, found + half, found);
      candidates -= half;
    }
    return gather(breakpoints, steps + 3U + found * kBreakpointWords);
  }

  /// Asks for the buckets that the next step will look at.
  WEND_HD void prefetch_buckets(const Cursor<ScalarLanes>& cursor) const {
    const KnapsackItem& item = items[select(cursor.depth == horizon, 0U, cursor.depth)];
    prefetch(guide + std::uint64_t{kGuideWords} * bucket(item, cursor.remaining));
    prefetch(guide + std::uint64_t{kGuideWords} * bucket(item, cursor.remaining - item.weight));
  }

  WEND_HD void return_to_root(Cursor<ScalarLanes>& cursor) const {
    cursor.depth = 0U;
    cursor.remaining = capacity;
    cursor.symbols = 0U;
  }

  // Up and down are as likely as each other, so that they are selected, not branched to; only the
  // first bit of a word is apart: the word before it then leaves the register, or comes back.
  // Bits from the depth on are 0.
  WEND_HD void move(Cursor<ScalarLanes>& cursor, bool up, std::uint32_t chosen) const {
    const std::uint32_t place = cursor.depth - select(up, 1U, 0U);
    const std::uint32_t bit = place & 31U;
    const bool crosses = bit == 0U && place != 0U;
    if (mask_and_not(crosses, up)) {
      cursor.symbol_word(place - 1U) = cursor.symbols;
      cursor.symbols = 0U;
    }
    const std::uint32_t symbol = select(up, (cursor.symbols >> bit) & 1U, chosen);
    // Modulo 2^64, so that minus one is a factor too.
    const std::uint64_t gain = up ? std::uint64_t{symbol} : std::uint64_t{0} - symbol;
    cursor.remaining += gain * items[place].weight;
    cursor.symbols ^= symbol << bit;
    cursor.depth = select(up, place, place + 1U);
    if (mask_and(crosses, up)) cursor.symbols = cursor.symbol_word(place - 1U);
  }
};

}  // namespace wend::kernels
