#pragma once

#include <cstdint>

#include "kernels/lanes/scalar.hpp"
#include "kernels/lanes/words64.hpp"
#include "kernels/views/knapsack_cursor.hpp"

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
struct KnapsackTables {
  const KnapsackItem* items;  ///< H
  const std::uint32_t* breakpoints;
  const std::uint32_t* guide;

  static constexpr std::uint32_t kGuideWords = 4;
  static constexpr std::uint32_t kBreakpointWords = 3;
  static constexpr std::uint32_t kManySteps = 0x80000000U;
  static constexpr std::uint32_t kItemPairs = sizeof(KnapsackItem) / (2 * sizeof(std::uint32_t));

  /// Exponent of the mass of the items after `item` within capacity `remaining` >= item.origin: one
  /// bucket, and the steps in it where they are many: O(log breakpoints) at worst. Any `remaining`
  /// is safe.
  [[nodiscard]] WEND_HD std::uint32_t exponent(const KnapsackItem& item,
                                               std::uint64_t remaining) const {
    const EntryIndices<ScalarLanes> place{{2U * bucket<ScalarLanes>(lane_item(item), remaining)}};
    return exponent(place, remaining);
  }

  /// Number of the row that holds the law at a node of depth >= 1.
  [[nodiscard]] WEND_HD std::uint32_t row(const KnapsackItem& item, std::uint64_t remaining) const {
    KnapsackLookup<ScalarLanes> lookup;
    look_up<ScalarLanes>(lane_item(item), remaining, lookup);
    return row(lookup, remaining);
  }

  [[nodiscard]] static WEND_HD KnapsackItems<ScalarLanes> lane_item(const KnapsackItem& item) {
    return {item.weight,      item.origin,    item.guide_begin, item.last_bucket,
            item.guide_shift, item.row_begin, item.row_low,     item.row_span};
  }

  template <class Lanes>
  [[nodiscard]] WEND_HD KnapsackItems<Lanes> gather_items(
      const EntryIndices<Lanes>& indices) const {
    const auto* words = reinterpret_cast<const std::uint32_t*>(items);
    typename Lanes::U32 first[4];
    typename Lanes::U32 second[4];
    typename Lanes::U32 third[2];
    gather_indices(words, indices, first);
    gather_indices(words + 4, indices, second);
    gather_indices(words + 8, indices, third);
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
  WEND_HD void look_up(const KnapsackItems<Lanes>& item, U64<Lanes> remaining,
                       KnapsackLookup<Lanes>& lookup) const {
    using U32 = typename Lanes::U32;
    const auto fits = at_least(remaining, item.weight);
    lookup.reduced = select(fits, remaining - item.weight, remaining);
    lookup.row_begin =
        select(fits, item.row_begin, item.row_begin + item.row_span + Lanes::splat(1));
    lookup.row_low = item.row_low;
    lookup.row_span = item.row_span;
    const U32 without = bucket<Lanes>(item, remaining);
    const U32 with = bucket<Lanes>(item, lookup.reduced);
    set_indices(lookup.without, without + without);
    set_indices(lookup.with, with + with);
  }

  template <class Lanes>
  [[nodiscard]] WEND_HD typename Lanes::U32 row(const KnapsackLookup<Lanes>& lookup,
                                                const KnapsackExponents<Lanes>& exponents) const {
    using U32 = typename Lanes::U32;
    const U32 difference = exponents.without - exponents.with;
    // An item that does not fit has the difference 0, and row 0 from row_begin on.
    const U32 above =
        select(less(difference, lookup.row_low), Lanes::splat(0), difference - lookup.row_low);
    return lookup.row_begin + min_u32(above, lookup.row_span);
  }
  [[nodiscard]] WEND_HD std::uint32_t row(const KnapsackLookup<ScalarLanes>& lookup,
                                          std::uint64_t remaining) const {
    return row<ScalarLanes>(
        lookup, {exponent(lookup.without, remaining), exponent(lookup.with, lookup.reduced)});
  }

  /// The exponent, or kManySteps + the place of the bucket's steps.
  template <class Lanes>
  [[nodiscard]] WEND_HD typename Lanes::U32 read_bucket(const EntryIndices<Lanes>& place,
                                                        U64<Lanes> remaining) const {
    typename Lanes::U32 words[4];
    gather_indices(guide, place, words);
    return select(at_least(remaining, join_words<Lanes>(words[0], words[1])), words[3], words[2]);
  }
  [[nodiscard]] WEND_HD std::uint32_t exponent(const EntryIndices<ScalarLanes>& place,
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
  static WEND_HD void prefetch_indices(const std::uint32_t* base,
                                       const EntryIndices<Lanes>& indices) {
    for (std::uint32_t lane = 0; lane < Lanes::kWidth; ++lane)
      prefetch(base + 2 * static_cast<std::uint64_t>(indices.at[lane]));
  }
};

}  // namespace wend::kernels
