#pragma once

#include <cstdint>

#include "kernels/lanes/scalar.hpp"
#include "kernels/walk/rows.hpp"

namespace wend::kernels {

/// Rows of A >= 5 symbols that are asked for once and looked at a few times: the outcomes' units,
/// and what a sum over them comes to before every 64th. They decide as AliasRows do, slot by slot,
/// from these sums, and are made in a quarter of the time and a third of the space.
///
/// With C = 2^(32 - slot_bits) draws a slot, E_j the excess over C of the outcomes up to and with
/// j, and D_i the room that those before i leave in their slots: the rest of a light outcome i's
/// slot is that of the first heavy j with E_j > D_i; a heavy one keeps C + E_j - D of its own slot,
/// D being the first of the rooms' sums that reaches E_j, and the next heavy one has the rest.
struct UnitRows {
  static constexpr std::uint32_t kAlphabet = 0;  // known at run time only
  static constexpr std::uint32_t kBlock = 64;
  const std::uint32_t* words;
  std::uint32_t outcomes;   ///< A + 1
  std::uint32_t slot_bits;  ///< 3..19

  [[nodiscard]] WEND_HD static std::uint32_t blocks(std::uint32_t outcomes) {
    return (outcomes + kBlock - 1) / kBlock;
  }
  /// Units, then for every block and for the end: excess and room before it, 64 bits each.
  [[nodiscard]] WEND_HD static std::uint32_t sums_at(std::uint32_t outcomes) {
    return (outcomes + 1U) & ~1U;
  }
  [[nodiscard]] WEND_HD static std::uint32_t words_per_row(std::uint32_t outcomes) {
    return sums_at(outcomes) + 4 * (blocks(outcomes) + 1);
  }

  template <class Lanes>
  [[nodiscard]] WEND_HD Outcome<ScalarLanes> pick(std::uint32_t row, std::uint32_t draw) const {
    const std::uint32_t outcome = decide(words + row * words_per_row(outcomes), draw);
    return {outcome == 0, outcome - 1};
  }

  /// The outcome that a draw stands for. O(log A + kBlock).
  [[nodiscard]] WEND_HD std::uint32_t decide(const std::uint32_t* units, std::uint32_t draw) const {
    const std::uint32_t capacity = 1U << (32U - slot_bits);
    const std::uint32_t slot = draw >> (32U - slot_bits);
    const std::uint32_t low = draw & (capacity - 1U);
    // Mostly up: the rest of a light slot is outcome 0's if that has more than the slots before
    // could have room for.
    const std::uint32_t first = units[0];
    if (first > capacity && std::uint64_t{slot} * capacity < first - capacity) {
      const std::uint32_t own = slot < outcomes ? units[slot] : 0;
      if (own < capacity) return low < own ? slot : 0;
    }
    if (slot >= outcomes) {
      const Sums all = sums(units, blocks(outcomes));
      return heavy_beyond(units, capacity, all.room + std::uint64_t{slot - outcomes} * capacity,
                          slot);
    }
    const std::uint32_t own = units[slot];
    if (own == capacity || (own < capacity && low < own)) return slot;
    const Sums before = sums_before(units, capacity, slot);
    if (own < capacity) return heavy_beyond(units, capacity, before.room, slot);
    const std::uint64_t excess = before.excess + own - capacity;
    const std::uint64_t keeps = capacity + excess - room_reaching(units, capacity, excess);
    return low < keeps ? slot : heavy_beyond(units, capacity, excess, slot);
  }

  struct Sums {
    std::uint64_t excess;
    std::uint64_t room;

    // No branch: which outcomes are heavy no CPU can predict.
    WEND_HD void add(std::uint32_t units, std::uint32_t capacity) {
      const std::uint32_t more = units > capacity ? units : capacity;
      excess += more - capacity;
      room += more - units;
    }
  };

  /// For whoever writes a row: adds a block's units, which are there, to the sums.
  WEND_HD void add_block(const std::uint32_t* units, std::uint32_t block, Sums& to) const {
    const std::uint32_t capacity = 1U << (32U - slot_bits);
    const std::uint32_t begin = block * kBlock;
    const std::uint32_t end = begin + kBlock < outcomes ? begin + kBlock : outcomes;
    for (std::uint32_t i = begin; i < end; ++i) to.add(units[i], capacity);
  }
  /// Writes what the sums come to before a block, or at the end.
  WEND_HD void put_sums(std::uint32_t* units, std::uint32_t block, const Sums& before) const {
    std::uint32_t* at = units + sums_at(outcomes) + 4 * block;
    at[0] = static_cast<std::uint32_t>(before.excess);
    at[1] = static_cast<std::uint32_t>(before.excess >> 32U);
    at[2] = static_cast<std::uint32_t>(before.room);
    at[3] = static_cast<std::uint32_t>(before.room >> 32U);
  }

 private:
  [[nodiscard]] WEND_HD Sums sums(const std::uint32_t* units, std::uint32_t block) const {
    const std::uint32_t* at = units + sums_at(outcomes) + 4 * block;
    return {at[0] | (std::uint64_t{at[1]} << 32U), at[2] | (std::uint64_t{at[3]} << 32U)};
  }

  [[nodiscard]] WEND_HD Sums sums_before(const std::uint32_t* units, std::uint32_t capacity,
                                         std::uint32_t outcome) const {
    Sums before = sums(units, outcome / kBlock);
    for (std::uint32_t i = outcome / kBlock * kBlock; i < outcome; ++i)
      before.add(units[i], capacity);
    return before;
  }

  /// The last block with reached(its sums) false; block 0's is.
  template <class Reached>
  [[nodiscard]] WEND_HD std::uint32_t last_block(const std::uint32_t* units,
                                                 const Reached& reached) const {
    std::uint32_t low = 0;
    std::uint32_t high = blocks(outcomes);
    while (low < high) {
      const std::uint32_t middle = (low + high + 1) / 2;
      if (reached(sums(units, middle)))
        high = middle - 1;
      else
        low = middle;
    }
    return low;
  }

  /// The first heavy outcome with an excess, with those before, of more than `excess`; `otherwise`
  /// if there is none, as behind an outcome that has all draws.
  [[nodiscard]] WEND_HD std::uint32_t heavy_beyond(const std::uint32_t* units,
                                                   std::uint32_t capacity, std::uint64_t excess,
                                                   std::uint32_t otherwise) const {
    const std::uint32_t block =
        last_block(units, [excess](const Sums& at) { return at.excess > excess; });
    std::uint64_t before = sums(units, block).excess;
    for (std::uint32_t i = block * kBlock; i < outcomes; ++i) {
      before += (units[i] > capacity ? units[i] : capacity) - capacity;
      if (before > excess) return i;
    }
    return otherwise;
  }

  /// The first sum of rooms of at least `excess` > 0; slots behind the outcomes are all room.
  [[nodiscard]] WEND_HD std::uint64_t room_reaching(const std::uint32_t* units,
                                                    std::uint32_t capacity,
                                                    std::uint64_t excess) const {
    const std::uint32_t block =
        last_block(units, [excess](const Sums& at) { return at.room >= excess; });
    std::uint64_t before = sums(units, block).room;
    for (std::uint32_t i = block * kBlock; i < outcomes; ++i) {
      before += (units[i] > capacity ? units[i] : capacity) - units[i];
      if (before >= excess) return before;
    }
    return before + (excess - before + capacity - 1) / capacity * capacity;
  }
};

}  // namespace wend::kernels
