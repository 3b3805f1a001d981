#pragma once

#include <cstdint>

#include "kernels/chain_arrays.hpp"
#include "kernels/lanes.hpp"
#include "kernels/walk.hpp"

namespace wend::kernels {

/// The rounded knapsack counter: for each item a sorted list of capacities at which the rounded
/// mass of the items from there on rises, found by search; the step's law follows in integers.
/// (placeholder fields: see host/knapsack_rounded.*)
struct KnapsackView {
  std::uint32_t horizon;

  template <class Lanes>
  struct Cursor {
    std::uint64_t remaining;
    std::uint32_t depth;
    std::uint32_t arrived_up;
    std::uint32_t* path;  ///< words 0, 1: remaining capacity; then the symbols, 32 a word
    std::uint32_t path_stride;
  };
};

}  // namespace wend::kernels
