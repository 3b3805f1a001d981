#pragma once

#include <cstdint>

#include "kernels/lanes/scalar.hpp"
#include "kernels/lanes/words64.hpp"
#include "kernels/views/knapsack_cursor.hpp"
#include "kernels/walk/chain_arrays.hpp"
#include "kernels/walk/rows.hpp"
#include "kernels/walk/walk.hpp"

namespace wend::kernels {

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

  static constexpr bool kHasPath = false;  ///< that the driver must keep
  static constexpr bool kSearches = true;  ///< a law takes a load of its own
  static constexpr std::uint32_t kItemPairs = sizeof(KnapsackItem) / (2 * sizeof(std::uint32_t));

  template <class Lanes>
  using Cursor = KnapsackCursor<Lanes>;

  [[nodiscard]] WEND_HD std::uint32_t record_words() const { return (horizon + 31U) >> 5U; }
  [[nodiscard]] WEND_HD std::uint32_t path_words() const { return kSymbolsBegin + record_words(); }

  /// Exponent of the mass of the items after `item` within capacity `remaining` >= item.origin: one
  /// bucket, and the steps in it where they are many: O(log breakpoints) at worst. Any `remaining`
  /// is safe.
  [[nodiscard]] WEND_HD std::uint32_t exponent(const KnapsackItem& item,
                                               std::uint64_t remaining) const {
    const Places<ScalarLanes> place{{2U * bucket<ScalarLanes>(lane_item(item), remaining)}};
    return exponent(place, remaining);
  }

  /// Number of the row that holds the law at a node of depth >= 1.
  [[nodiscard]] WEND_HD std::uint32_t row(const KnapsackItem& item, std::uint64_t remaining) const {
    KnapsackSight<ScalarLanes> sight;
    look<ScalarLanes>(lane_item(item), remaining, sight);
    return row(sight, remaining);
  }

  /// Reads the buckets of the cursor's sight. Those that need a search are appended to `list`, as
  /// 2 * kWidth * vector + lane, + kWidth if it is the bucket of the reduced capacity. Returns the
  /// number of those; `list` has room for 3 * kWidth.
  template <class Lanes>
  WEND_HD std::uint32_t find(Cursor<Lanes>& cursor, std::uint32_t vector,
                             std::uint32_t* list) const {
    const auto many = Lanes::splat(kManySteps);
    const std::uint32_t first = 2 * Lanes::kWidth * vector;
    cursor.find.without = read_bucket<Lanes>(cursor.sight.without, cursor.remaining);
    cursor.find.with = read_bucket<Lanes>(cursor.sight.with, cursor.sight.reduced);
    const std::uint32_t count = append_lanes(list, at_least(cursor.find.without, many), first);
    return count +
           append_lanes(list + count, at_least(cursor.find.with, many), first + Lanes::kWidth);
  }

  /// One of the searches that find() has found due, `which` being its entry of `list` modulo
  /// 2 * kWidth: first asks for its steps, then searches them.
  template <class Lanes>
  WEND_HD void prefetch_steps(const Cursor<Lanes>& cursor, std::uint32_t which) const {
    const std::uint32_t lane = which % Lanes::kWidth;
    const bool with = which >= Lanes::kWidth;
    prefetch(breakpoints +
             (Lanes::get(with ? cursor.find.with : cursor.find.without, lane) - kManySteps));
  }
  template <class Lanes>
  WEND_HD void search_steps(Cursor<Lanes>& cursor, std::uint32_t which) const {
    const std::uint32_t lane = which % Lanes::kWidth;
    const bool with = which >= Lanes::kWidth;
    typename Lanes::U32& found = with ? cursor.find.with : cursor.find.without;
    const std::uint64_t remaining =
        get64<Lanes>(with ? cursor.sight.reduced : cursor.remaining, lane);
    Lanes::set(found, lane, search(Lanes::get(found, lane) - kManySteps, remaining));
  }

  /// The row at which the next draw is looked up, once all is found; that of a walk's leaf does not
  /// matter.
  template <Walk kWalk, class Lanes>
  [[nodiscard]] WEND_HD typename Lanes::U32 row(const Cursor<Lanes>& cursor) const {
    using U32 = typename Lanes::U32;
    const auto at_root =
        mask_or(equal(cursor.depth, Lanes::splat(horizon)), equal(cursor.depth, Lanes::splat(0)));
    const U32 law = select(at_root, Lanes::splat(root_row), row<Lanes>(cursor.sight, cursor.find));
    if constexpr (is_directed(kWalk)) return law + law + cursor.arrived_up;
    return law;
  }

  /// First half of the step that the row has decided: all but what takes the next node's item.
  template <Walk kWalk, class Lanes>
  WEND_HD void depart(Cursor<Lanes>& cursor, const Outcome<Lanes>& outcome) const {
    cursor.taken = turn<kWalk, Lanes>(cursor, outcome);
    const auto leaf = equal(cursor.depth, Lanes::splat(horizon));
    set_places(cursor.item, select(leaf, Lanes::splat(0), cursor.depth) * kItemPairs);
  }

  /// Second half, which looks for the next step's law.
  template <Walk kWalk, class Lanes>
  WEND_HD Move<Lanes> arrive(Cursor<Lanes>& cursor) const {
    const auto leaf = equal(cursor.depth, Lanes::splat(horizon));
    const KnapsackItems<Lanes> item = gather_items<Lanes>(cursor.item);
    change_remaining<kWalk, Lanes>(cursor, cursor.taken, cursor.sight.reduced, item.weight);
    look<Lanes>(item, select(leaf, splat64<Lanes>(capacity), cursor.remaining), cursor.sight);
    prefetch_places(guide, cursor.sight.without);
    prefetch_places(guide, cursor.sight.with);
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
    KnapsackSight<Lanes> sight;
    look<Lanes>(lane_item(items[depth]), cursor.remaining, sight);
    std::uint32_t law = select(depth == 0U, root_row, row(sight, cursor.remaining));
    if constexpr (is_directed(kWalk)) law = law + law + cursor.arrived_up;
    const KnapsackTurn<Lanes> taken =
        turn<kWalk, Lanes>(cursor, rows.template pick<ScalarLanes>(law, draw));
    const bool leaf = cursor.depth == horizon;
    const KnapsackItem& item = items[select(leaf, 0U, cursor.depth)];
    change_remaining<kWalk, Lanes>(cursor, taken, sight.reduced, item.weight);
    prefetch_buckets(item, cursor.remaining);
    return {taken.up, neither(taken.up, leaf), leaf};
  }

  /// The cursor's sight of lane `lane`, where a chain has come in.
  template <class Lanes>
  WEND_HD void look_from(Cursor<Lanes>& cursor, std::uint32_t lane) const {
    const std::uint32_t depth = Lanes::get(cursor.depth, lane);
    const bool leaf = depth == horizon;
    KnapsackSight<ScalarLanes> sight;
    look<ScalarLanes>(lane_item(items[select(leaf, 0U, depth)]),
                      select(leaf, capacity, get64(cursor.remaining, lane)), sight);
    set64(cursor.sight.reduced, lane, sight.reduced);
    Lanes::set(cursor.sight.row_begin, lane, sight.row_begin);
    Lanes::set(cursor.sight.row_low, lane, sight.row_low);
    Lanes::set(cursor.sight.row_span, lane, sight.row_span);
    cursor.sight.without.at[lane] = sight.without.at[0];
    cursor.sight.with.at[lane] = sight.with.at[0];
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

  [[nodiscard]] static WEND_HD KnapsackItems<ScalarLanes> lane_item(const KnapsackItem& item) {
    return {item.weight,      item.origin,    item.guide_begin, item.last_bucket,
            item.guide_shift, item.row_begin, item.row_low,     item.row_span};
  }

  template <class Lanes>
  [[nodiscard]] WEND_HD KnapsackItems<Lanes> gather_items(const Places<Lanes>& places) const {
    const auto* words = reinterpret_cast<const std::uint32_t*>(items);
    typename Lanes::U32 first[4];
    typename Lanes::U32 second[4];
    typename Lanes::U32 third[2];
    gather_places(words, places, first);
    gather_places(words + 4, places, second);
    gather_places(words + 8, places, third);
    return {join_words<Lanes>(first[0], first[1]),
            join_words<Lanes>(first[2], first[3]),
            second[0],
            second[1],
            second[2],
            second[3],
            third[0],
            third[1]};
  }

  template <class Lanes>
  [[nodiscard]] WEND_HD typename Lanes::U32 bucket(const KnapsackItems<Lanes>& item,
                                                   U64<Lanes> remaining) const {
    return item.guide_begin +
           shifted_at_most(remaining - item.origin, item.guide_shift, item.last_bucket);
  }

  template <class Lanes>
  WEND_HD void look(const KnapsackItems<Lanes>& item, U64<Lanes> remaining,
                    KnapsackSight<Lanes>& sight) const {
    using U32 = typename Lanes::U32;
    const auto fits = at_least(remaining, item.weight);
    sight.reduced = select(fits, remaining - item.weight, remaining);
    sight.row_begin =
        select(fits, item.row_begin, item.row_begin + item.row_span + Lanes::splat(1));
    sight.row_low = item.row_low;
    sight.row_span = item.row_span;
    const U32 without = bucket<Lanes>(item, remaining);
    const U32 with = bucket<Lanes>(item, sight.reduced);
    set_places(sight.without, without + without);
    set_places(sight.with, with + with);
  }

  template <class Lanes>
  [[nodiscard]] WEND_HD typename Lanes::U32 row(const KnapsackSight<Lanes>& sight,
                                                const KnapsackFind<Lanes>& exponents) const {
    using U32 = typename Lanes::U32;
    const U32 difference = exponents.without - exponents.with;
    // An item that does not fit has the difference 0, and row 0 from row_begin on.
    const U32 above =
        select(less(difference, sight.row_low), Lanes::splat(0), difference - sight.row_low);
    return sight.row_begin + min_u32(above, sight.row_span);
  }
  [[nodiscard]] WEND_HD std::uint32_t row(const KnapsackSight<ScalarLanes>& sight,
                                          std::uint64_t remaining) const {
    return row<ScalarLanes>(
        sight, {exponent(sight.without, remaining), exponent(sight.with, sight.reduced)});
  }

  /// The exponent, or kManySteps + the place of the bucket's steps.
  template <class Lanes>
  [[nodiscard]] WEND_HD typename Lanes::U32 read_bucket(const Places<Lanes>& place,
                                                        U64<Lanes> remaining) const {
    typename Lanes::U32 words[4];
    gather_places(guide, place, words);
    return select(at_least(remaining, join_words<Lanes>(words[0], words[1])), words[3], words[2]);
  }
  [[nodiscard]] WEND_HD std::uint32_t exponent(const Places<ScalarLanes>& place,
                                               std::uint64_t remaining) const {
    const std::uint32_t found = read_bucket<ScalarLanes>(place, remaining);
    return found < kManySteps ? found : search(found - kManySteps, remaining);
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
  WEND_HD void prefetch_buckets(const KnapsackItem& item, std::uint64_t remaining) const {
    const KnapsackItems<ScalarLanes> lane = lane_item(item);
    prefetch(guide + std::uint64_t{kGuideWords} * bucket<ScalarLanes>(lane, remaining));
    prefetch(guide +
             std::uint64_t{kGuideWords} * bucket<ScalarLanes>(lane, remaining - item.weight));
  }
  template <class Lanes>
  static WEND_HD void prefetch_places(const std::uint32_t* base, const Places<Lanes>& places) {
    for (std::uint32_t lane = 0; lane < Lanes::kWidth; ++lane)
      prefetch(base + 2 * static_cast<std::uint64_t>(places.at[lane]));
  }

  // Up and down are as likely as each other, so that they are selected, not branched to; only the
  // first bit of a word is apart: the word before it then leaves the register, or comes back.
  // Bits from the depth on are 0.
  template <Walk kWalk, class Lanes>
  WEND_HD KnapsackTurn<Lanes> turn(Cursor<Lanes>& cursor, const Outcome<Lanes>& outcome) const {
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
  WEND_HD void change_remaining(Cursor<Lanes>& cursor, const KnapsackTurn<Lanes>& taken,
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
