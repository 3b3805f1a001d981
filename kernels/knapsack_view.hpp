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
  std::uint32_t guide_begin;  ///< level i + 1's first entry of `guide`
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
/// `breakpoints`: 3 words a step: capacity low, high, exponent from that capacity on. `guide`: for
/// each bucket b of a level the last step below capacity origin + (b << shift), then the level's
/// last step. A chain's path is [0], [1] the remaining capacity, low and high, kept only between
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

  static constexpr std::uint32_t kBreakpointWords = 3;
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

  /// Exponent of the mass of the items after `item` within capacity `remaining` >= item.origin.
  /// The guide leaves a few candidates on average, which are then halved: O(log breakpoints) at
  /// worst. Any `remaining` is safe.
  [[nodiscard]] WEND_HD std::uint32_t exponent(const KnapsackItem& item,
                                               std::uint64_t remaining) const {
    const std::uint64_t wide_bucket = (remaining - item.origin) >> item.guide_shift;
    const std::uint32_t bucket =
        wide_bucket < item.last_bucket ? static_cast<std::uint32_t>(wide_bucket) : item.last_bucket;
    std::uint32_t found = gather(guide, item.guide_begin + bucket);
    std::uint32_t candidates = gather(guide, item.guide_begin + bucket + 1U) - found + 1U;
    while (candidates > 1) {
      const std::uint32_t half = candidates >> 1U;
      const std::uint32_t probe = (found + half) * kBreakpointWords;
      const std::uint64_t capacity_there =
          gather(breakpoints, probe) | static_cast<std::uint64_t>(gather(breakpoints, probe + 1U))
                                           << 32U;
      found = select(capacity_there <= remaining, found + half, found);
      candidates -= half;
    }
    return gather(breakpoints, found * kBreakpointWords + 2U);
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
        move_down(cursor, item.weight, outcome.symbol);
      }
    } else {
      up = mask_or(up, at_leaf);
      if (up) {
        move_up(cursor);
      } else {
        move_down(cursor, item.weight, outcome.symbol);
      }
      if constexpr (kWalk == Walk::kLifted) cursor.arrived_up = add_mask(0U, up);
    }
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
  WEND_HD void return_to_root(Cursor<ScalarLanes>& cursor) const {
    cursor.depth = 0U;
    cursor.remaining = capacity;
    cursor.symbols = 0U;
  }

  // A word of symbols leaves the register when the next one begins, and comes back when the walk
  // backs out of that one; bits beyond the depth are always 0.
  WEND_HD void move_down(Cursor<ScalarLanes>& cursor, std::uint64_t weight,
                         std::uint32_t symbol) const {
    const std::uint32_t bit = cursor.depth & 31U;
    if (bit == 0U && cursor.depth != 0U) {
      cursor.symbol_word(cursor.depth - 1U) = cursor.symbols;
      cursor.symbols = 0U;
    }
    cursor.symbols |= symbol << bit;
    cursor.remaining -= symbol != 0U ? weight : 0U;
    ++cursor.depth;
  }

  WEND_HD void move_up(Cursor<ScalarLanes>& cursor) const {
    --cursor.depth;
    const std::uint32_t bit = cursor.depth & 31U;
    const std::uint32_t symbol = (cursor.symbols >> bit) & 1U;
    cursor.remaining += symbol != 0U ? items[cursor.depth].weight : 0U;
    cursor.symbols &= ~(1U << bit);
    if (bit == 0U && cursor.depth != 0U) cursor.symbols = cursor.symbol_word(cursor.depth - 1U);
  }
};

}  // namespace wend::kernels
