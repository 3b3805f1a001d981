#pragma once

#include <cstdint>
#include <type_traits>

#include "kernels/lanes/scalar.hpp"

// What the lanes need beside their 32-bit values where a chain's numbers have 64 bits, and shifts
// by a count of each lane's own. The wide lanes keep the low and the high words apart, as table
// entries of four words are loaded; their shifts are in their own headers.
namespace wend::kernels {

/// A 64-bit value a lane.
template <class Lanes>
struct WordPairs {
  typename Lanes::U32 low;
  typename Lanes::U32 high;
};

template <class Lanes>
using U64 = std::conditional_t<Lanes::kWidth == 1, std::uint64_t, WordPairs<Lanes>>;

template <class Lanes>
WEND_HD U64<Lanes> join_words(typename Lanes::U32 low, typename Lanes::U32 high) {
  if constexpr (Lanes::kWidth == 1) {
    return low | static_cast<std::uint64_t>(high) << 32U;
  } else {
    return {low, high};
  }
}

template <class Lanes>
WEND_HD U64<Lanes> splat64(std::uint64_t value) {
  return join_words<Lanes>(Lanes::splat(static_cast<std::uint32_t>(value)),
                           Lanes::splat(static_cast<std::uint32_t>(value >> 32U)));
}

/// One lane's value.
template <class Lanes>
WEND_HD std::uint64_t get64(const WordPairs<Lanes>& lanes, std::uint32_t lane) {
  return Lanes::get(lanes.low, lane) | static_cast<std::uint64_t>(Lanes::get(lanes.high, lane))
                                           << 32U;
}
template <class Lanes>
WEND_HD void set64(WordPairs<Lanes>& lanes, std::uint32_t lane, std::uint64_t value) {
  Lanes::set(lanes.low, lane, static_cast<std::uint32_t>(value));
  Lanes::set(lanes.high, lane, static_cast<std::uint32_t>(value >> 32U));
}

template <class Lanes>
WEND_HD WordPairs<Lanes> operator+(WordPairs<Lanes> a, WordPairs<Lanes> b) {
  const typename Lanes::U32 low = a.low + b.low;
  return {low, add_mask(a.high + b.high, less(low, a.low))};
}
template <class Lanes>
WEND_HD WordPairs<Lanes> operator-(WordPairs<Lanes> a, WordPairs<Lanes> b) {
  return {a.low - b.low, subtract_mask(a.high - b.high, less(a.low, b.low))};
}

WEND_HD bool at_least(std::uint64_t a, std::uint64_t b) { return a >= b; }
template <class Lanes>
WEND_HD typename Lanes::Mask at_least(WordPairs<Lanes> a, WordPairs<Lanes> b) {
  return mask_or(less(b.high, a.high), mask_and(equal(a.high, b.high), at_least(a.low, b.low)));
}

WEND_HD std::uint64_t select(bool mask, std::uint64_t yes, std::uint64_t no) {
  return mask ? yes : no;
}
template <class Lanes>
WEND_HD WordPairs<Lanes> select(typename Lanes::Mask mask, WordPairs<Lanes> yes,
                                WordPairs<Lanes> no) {
  return {select(mask, yes.low, no.low), select(mask, yes.high, no.high)};
}

WEND_HD std::uint32_t shift_left(std::uint32_t value, std::uint32_t count) {
  return value << count;
}

/// min(value >> count, most), count = 0..63.
WEND_HD std::uint32_t shifted_at_most(std::uint64_t value, std::uint32_t count,
                                      std::uint32_t most) {
  const std::uint64_t shifted = value >> count;
  return shifted < most ? static_cast<std::uint32_t>(shifted) : most;
}
template <class Lanes>
WEND_HD typename Lanes::U32 shifted_at_most(WordPairs<Lanes> value, typename Lanes::U32 count,
                                            typename Lanes::U32 most) {
  // A wide shift by 32 or more gives 0, which counts "below zero" are too.
  const typename Lanes::U32 word = Lanes::splat(32);
  const typename Lanes::U32 shifted = shift_right(value.low, count) |
                                      shift_left(value.high, word - count) |
                                      shift_right(value.high, count - word);
  const auto fits = equal(shift_right(value.high, count), Lanes::splat(0));
  return select(fits, min_u32(shifted, most), most);
}

/// Where each lane's next table entry lies, in pairs of words. Wide lanes keep it in memory, from
/// where it is loaded lane by lane, best a while after it was set.
template <class Lanes>
struct EntryIndices {
  alignas(Lanes::kWidth * sizeof(std::uint32_t)) std::uint32_t at[Lanes::kWidth];
};

WEND_HD void set_indices(EntryIndices<ScalarLanes>& places, std::uint32_t at) { places.at[0] = at; }
template <class Lanes>
WEND_HD void set_indices(EntryIndices<Lanes>& places, typename Lanes::U32 at) {
  store_lanes(places.at, at);
}

/// Loads entries of 2 or 4 words.
WEND_HD void gather_indices(const std::uint32_t* base, const EntryIndices<ScalarLanes>& places,
                            std::uint32_t (&entry)[2]) {
  gather_pair(base, places.at[0], entry[0], entry[1]);
}
WEND_HD void gather_indices(const std::uint32_t* base, const EntryIndices<ScalarLanes>& places,
                            std::uint32_t (&entry)[4]) {
  gather_pair(base, places.at[0], entry[0], entry[1]);
  gather_pair(base, places.at[0] + 1U, entry[2], entry[3]);
}
template <class Lanes, std::size_t kWords>
WEND_HD void gather_indices(const std::uint32_t* base, const EntryIndices<Lanes>& places,
                            typename Lanes::U32 (&entry)[kWords]) {
  gather_entries(base, places.at, entry);
}

}  // namespace wend::kernels
