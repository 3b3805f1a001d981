#pragma once

#include <cstdint>

#include "kernels/lanes/scalar.hpp"
#include "kernels/lanes/words64.hpp"

// What knapsack_view.hpp keeps of an item, and of the chains that walk over items.
namespace wend::kernels {

/// What a step from depth i needs to know: item i, where the masses of the items after it (level
/// i + 1) lie in the tables, and where the step laws of this item lie among the rows.
struct alignas(16) KnapsackItem {
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

/// A KnapsackItem a lane.
template <class Lanes>
struct KnapsackItems {
  U64<Lanes> weight;
  U64<Lanes> origin;
  typename Lanes::U32 guide_begin;
  typename Lanes::U32 last_bucket;
  typename Lanes::U32 guide_shift;
  typename Lanes::U32 row_begin;
  typename Lanes::U32 row_low;
  typename Lanes::U32 row_span;
};

/// Where the law at a node is to be read: it takes two table entries, which are on their way to the
/// caches meanwhile.
template <class Lanes>
struct KnapsackLookup {
  U64<Lanes> reduced;  ///< capacity that remains if the item is taken; all of it if it does not fit
  typename Lanes::U32 row_begin;  ///< if the item does not fit, the row for that
  typename Lanes::U32 row_low;
  typename Lanes::U32 row_span;
  EntryIndices<Lanes> without;  ///< the bucket of all the remaining capacity
  EntryIndices<Lanes> with;     ///< and that of `reduced`
};

/// What the two buckets of a lookup say: exponents, or where they are to be searched for.
template <class Lanes>
struct KnapsackExponents {
  typename Lanes::U32 without;
  typename Lanes::U32 with;
};

/// Where a step goes.
template <class Lanes>
struct KnapsackMove {
  typename Lanes::Mask up;
  typename Lanes::Mask item;  ///< the edge that is taken chooses the item
};

/// Where the chains stand. Wide lanes have their symbols' words in scratch memory.
template <class Lanes>
struct KnapsackCursor {
  U64<Lanes> remaining;
  typename Lanes::U32 depth;
  typename Lanes::U32 arrived_up;
  typename Lanes::U32 symbols;   ///< the word of the last chosen symbol, in a register
  KnapsackLookup<Lanes> lookup;  ///< of the node here; that of a leaf is the root's
  KnapsackExponents<Lanes>
      exponents;              ///< at the node here, since the last call of read_exponents()
  KnapsackMove<Lanes> taken;  ///< that led here
  EntryIndices<Lanes> item;   ///< of the node here, among the items' words
  std::uint32_t* path;        ///< word w of lane l is at path[w * path_stride + l]
  std::uint64_t path_stride;
};

template <>
struct KnapsackCursor<ScalarLanes> {
  std::uint64_t remaining;
  std::uint32_t depth;
  std::uint32_t arrived_up;
  std::uint32_t symbols;
  std::uint32_t* path;
  std::uint64_t path_stride;
};

}  // namespace wend::kernels
