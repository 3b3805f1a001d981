#pragma once

#include <cstdint>

#include "kernels/lanes/scalar.hpp"
#include "kernels/lanes/words64.hpp"
#include "kernels/views/knapsack_cursor.hpp"
#include "kernels/views/knapsack_tables.hpp"
#include "kernels/walk/chain_arrays.hpp"
#include "kernels/walk/rows.hpp"
#include "kernels/walk/walk.hpp"

namespace wend::kernels {

/// The walk over the rounded knapsack counter.
///
/// A chain's path is [0], [1] the remaining capacity, low and high, kept only between
/// launches, and from word 2 on the symbols, 32 a word, the first in the lowest bit. A record is
/// the symbols' words.
struct KnapsackView : KnapsackTables {
  CumulativeRows<2> rows;
  std::uint64_t capacity;
  std::uint32_t horizon;
  std::uint32_t root_row;

  static constexpr std::uint32_t kSymbolsBegin = 2;  ///< first path word that holds symbols
  static constexpr bool kDriverKeepsPath = false;    ///< the view does so itself
  static constexpr bool kSearches = true;            ///< a law takes a load of its own

  using KnapsackTables::row;

  template <class Lanes>
  using Cursor = KnapsackCursor<Lanes>;

  [[nodiscard]] WEND_HD std::uint32_t record_words() const { return (horizon + 31U) >> 5U; }
  [[nodiscard]] WEND_HD std::uint32_t path_words() const { return kSymbolsBegin + record_words(); }

  /// Reads the buckets of the cursor's lookup. Those that need a search are appended to `list`, as
  /// 2 * kWidth * vector + lane, + kWidth if it is the bucket of the reduced capacity. Returns the
  /// number of those; `list` has room for 3 * kWidth.
  template <class Lanes>
  WEND_HD std::uint32_t read_exponents(Cursor<Lanes>& cursor, std::uint32_t vector,
                                       std::uint32_t* list) const {
    const auto many = Lanes::splat(kManySteps);
    const std::uint32_t first = 2 * Lanes::kWidth * vector;
    cursor.exponents.without = read_bucket<Lanes>(cursor.lookup.without, cursor.remaining);
    cursor.exponents.with = read_bucket<Lanes>(cursor.lookup.with, cursor.lookup.reduced);
    const std::uint32_t count = append_lanes(list, at_least(cursor.exponents.without, many), first);
    return count +
           append_lanes(list + count, at_least(cursor.exponents.with, many), first + Lanes::kWidth);
  }

  /// One of the searches that read_exponents() has found due, `which` being its entry of `list`
  /// modulo 2 * kWidth: first asks for its steps, then searches them.
  template <class Lanes>
  WEND_HD void prefetch_steps(const Cursor<Lanes>& cursor, std::uint32_t which) const {
    const std::uint32_t lane = which % Lanes::kWidth;
    const bool with = which >= Lanes::kWidth;
    prefetch(
        breakpoints +
        (Lanes::get(with ? cursor.exponents.with : cursor.exponents.without, lane) - kManySteps));
  }
  template <class Lanes>
  WEND_HD void search_steps(Cursor<Lanes>& cursor, std::uint32_t which) const {
    const std::uint32_t lane = which % Lanes::kWidth;
    const bool with = which >= Lanes::kWidth;
    typename Lanes::U32& found = with ? cursor.exponents.with : cursor.exponents.without;
    const std::uint64_t remaining =
        get64<Lanes>(with ? cursor.lookup.reduced : cursor.remaining, lane);
    Lanes::set(found, lane, search(Lanes::get(found, lane) - kManySteps, remaining));
  }

  /// The row at which the next draw is looked up, once all is found; that of a walk's leaf does not
  /// matter.
  template <Walk kWalk, class Lanes>
  [[nodiscard]] WEND_HD typename Lanes::U32 row(const Cursor<Lanes>& cursor) const {
    using U32 = typename Lanes::U32;
    const auto at_root =
        mask_or(equal(cursor.depth, Lanes::splat(horizon)), equal(cursor.depth, Lanes::splat(0)));
    const U32 law =
        select(at_root, Lanes::splat(root_row), row<Lanes>(cursor.lookup, cursor.exponents));
    if constexpr (is_directed(kWalk)) return law + law + cursor.arrived_up;
    return law;
  }

  /// First half of the step that the row has decided: all but what takes the next node's item.
  template <Walk kWalk, class Lanes>
  WEND_HD void depart(Cursor<Lanes>& cursor, const Outcome<Lanes>& outcome) const {
    cursor.taken = turn<kWalk, Lanes>(cursor, outcome);
    const auto leaf = equal(cursor.depth, Lanes::splat(horizon));
    set_indices(cursor.item, select(leaf, Lanes::splat(0), cursor.depth) * kItemPairs);
  }

  /// Second half, which looks for the next step's law.
  template <Walk kWalk, class Lanes>
  WEND_HD Move<Lanes> arrive(Cursor<Lanes>& cursor) const {
    const auto leaf = equal(cursor.depth, Lanes::splat(horizon));
    const KnapsackItems<Lanes> item = gather_items<Lanes>(cursor.item);
    change_remaining<kWalk, Lanes>(cursor, cursor.taken, cursor.lookup.reduced, item.weight);
    look_up<Lanes>(item, select(leaf, splat64<Lanes>(capacity), cursor.remaining), cursor.lookup);
    prefetch_indices(guide, cursor.lookup.without);
    prefetch_indices(guide, cursor.lookup.with);
    return {cursor.taken.up, neither(cursor.taken.up, leaf), leaf};
  }

  /// All of a step, for one chain.
  template <Walk kWalk, class Lanes>
  WEND_HD Move<Lanes> step(Cursor<Lanes>& cursor, std::uint32_t draw) const {
    static_assert(Lanes::kWidth == 1);
    // A leaf of a walk looks at the first item and ignores what it finds.
    const bool at_leaf = cursor.depth == horizon;
    const std::uint32_t depth = select(at_leaf, 0U, cursor.depth);
    if constexpr (restarts(kWalk)) cursor.remaining = select(at_leaf, capacity, cursor.remaining);
    KnapsackLookup<Lanes> lookup;
    look_up<Lanes>(lane_item(items[depth]), cursor.remaining, lookup);
    std::uint32_t law = select(depth == 0U, root_row, row(lookup, cursor.remaining));
    if constexpr (is_directed(kWalk)) law = law + law + cursor.arrived_up;
    const KnapsackMove<Lanes> taken =
        turn<kWalk, Lanes>(cursor, rows.template pick<ScalarLanes>(law, draw));
    const bool leaf = cursor.depth == horizon;
    const KnapsackItem& item = items[select(leaf, 0U, cursor.depth)];
    change_remaining<kWalk, Lanes>(cursor, taken, lookup.reduced, item.weight);
    prefetch_buckets(item, cursor.remaining);
    return {taken.up, neither(taken.up, leaf), leaf};
  }

  /// The cursor's lookup of lane `lane`, where a chain has come in.
  template <class Lanes>
  WEND_HD void look_up_lane(Cursor<Lanes>& cursor, std::uint32_t lane) const {
    const std::uint32_t depth = Lanes::get(cursor.depth, lane);
    const bool leaf = depth == horizon;
    KnapsackLookup<ScalarLanes> lookup;
    look_up<ScalarLanes>(lane_item(items[select(leaf, 0U, depth)]),
                         select(leaf, capacity, get64(cursor.remaining, lane)), lookup);
    set64(cursor.lookup.reduced, lane, lookup.reduced);
    Lanes::set(cursor.lookup.row_begin, lane, lookup.row_begin);
    Lanes::set(cursor.lookup.row_low, lane, lookup.row_low);
    Lanes::set(cursor.lookup.row_span, lane, lookup.row_span);
    cursor.lookup.without.at[lane] = lookup.without.at[0];
    cursor.lookup.with.at[lane] = lookup.with.at[0];
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
      cursor.symbols = symbol_word(cursor, cursor.depth - 1U);
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
    if (cursor.depth != 0U) symbol_word(cursor, cursor.depth - 1U) = cursor.symbols;
  }

  WEND_HD void record(const Cursor<ScalarLanes>& cursor, std::uint32_t* out) const {
    const std::uint32_t last = record_words() - 1U;
    for (std::uint32_t word = 0; word < last; ++word) out[word] = symbol_word(cursor, word << 5U);
    out[last] = cursor.symbols;
  }

 private:
  /// The word of the path that holds symbol `number` of lane `lane`.
  template <class Lanes>
  [[nodiscard]] static WEND_HD std::uint32_t& symbol_word(const Cursor<Lanes>& cursor,
                                                          std::uint32_t number,
                                                          std::uint32_t lane = 0) {
    return cursor.path[(kSymbolsBegin + (number >> 5U)) * cursor.path_stride + lane];
  }

  // Up and down are as likely as each other, so that they are selected, not branched to; only the
  // first bit of a word is apart: the word before it then leaves the register, or comes back.
  // Bits from the depth on are 0.
  template <Walk kWalk, class Lanes>
  WEND_HD KnapsackMove<Lanes> turn(Cursor<Lanes>& cursor, const Outcome<Lanes>& outcome) const {
    using U32 = typename Lanes::U32;
    const U32 zero = Lanes::splat(0);
    const U32 one = Lanes::splat(1);
    const auto at_leaf = equal(cursor.depth, Lanes::splat(horizon));
    auto up = outcome.up;
    U32 place;  // of the symbol that is chosen or taken back
    if constexpr (restarts(kWalk)) {
      place = select(at_leaf, zero, cursor.depth);
      cursor.symbols = select(at_leaf, zero, cursor.symbols);
      cursor.remaining = select(at_leaf, splat64<Lanes>(capacity), cursor.remaining);
    } else {
      up = mask_or(up, at_leaf);
      place = subtract_mask(cursor.depth, up);
    }
    const U32 bit = place & Lanes::splat(31);
    const auto crosses = mask_and_not(equal(bit, zero), equal(place, zero));
    leave_word<Lanes>(cursor, mask_and_not(crosses, up), place);
    const U32 flag = shift_left(one, bit);
    const U32 chosen = (zero - outcome.symbol) & flag;
    if constexpr (restarts(kWalk)) {
      cursor.symbols = select(up, zero, cursor.symbols | chosen);
      cursor.depth = select(up, zero, place + one);
      return {up, equal(chosen, flag)};
    } else {
      const U32 changed = select(up, cursor.symbols & flag, chosen);
      cursor.symbols = cursor.symbols ^ changed;
      cursor.depth = select(up, place, place + one);
      if constexpr (is_directed(kWalk)) cursor.arrived_up = Lanes::one_where(up);
      return_to_word<Lanes>(cursor, mask_and(crosses, up), place);
      return {up, equal(changed, flag)};
    }
  }

  /// The rest of a step: `reduced` of the node that was left, the weight of the item arrived at.
  template <Walk kWalk, class Lanes>
  WEND_HD void change_remaining(Cursor<Lanes>& cursor, const KnapsackMove<Lanes>& taken,
                                U64<Lanes> reduced, U64<Lanes> weight) const {
    if constexpr (restarts(kWalk)) {
      cursor.remaining =
          select(taken.up, splat64<Lanes>(capacity), select(taken.item, reduced, cursor.remaining));
    } else {
      cursor.remaining = select(taken.item, select(taken.up, cursor.remaining + weight, reduced),
                                cursor.remaining);
    }
  }

  template <class Lanes>
  WEND_HD void leave_word(Cursor<Lanes>& cursor, typename Lanes::Mask leaving,
                          typename Lanes::U32 place) const {
    if (!Lanes::any(leaving)) return;
    if constexpr (Lanes::kWidth == 1) {
      symbol_word<Lanes>(cursor, place - 1U) = cursor.symbols;
    } else {
      for (std::uint32_t left = Lanes::bits(leaving); left != 0; left &= left - 1U) {
        const auto lane = static_cast<std::uint32_t>(__builtin_ctz(left));
        symbol_word<Lanes>(cursor, Lanes::get(place, lane) - 1U, lane) =
            Lanes::get(cursor.symbols, lane);
      }
    }
    cursor.symbols = select(leaving, Lanes::splat(0), cursor.symbols);
  }

  template <class Lanes>
  WEND_HD void return_to_word(Cursor<Lanes>& cursor, typename Lanes::Mask returning,
                              typename Lanes::U32 place) const {
    if (!Lanes::any(returning)) return;
    if constexpr (Lanes::kWidth == 1) {
      cursor.symbols = symbol_word<Lanes>(cursor, place - 1U);
    } else {
      for (std::uint32_t left = Lanes::bits(returning); left != 0; left &= left - 1U) {
        const auto lane = static_cast<std::uint32_t>(__builtin_ctz(left));
        const std::uint32_t word = symbol_word<Lanes>(cursor, Lanes::get(place, lane) - 1U, lane);
        cursor.symbols =
            select(equal(Lanes::iota(), Lanes::splat(lane)), Lanes::splat(word), cursor.symbols);
      }
    }
  }
};

}  // namespace wend::kernels
