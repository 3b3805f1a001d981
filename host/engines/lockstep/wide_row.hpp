#pragma once

#include <cstdint>

#include "kernels/lanes/simd.hpp"
#include "kernels/lockstep/make_row.hpp"

namespace wend {

/// What the units of a block of UnitRows come to, and what those beyond a slot's capacity.
struct BlockUnits {
  double units;
  double excess;
};

/// Room for one row in lanes, arrays of the caller's.
struct RowRoom {
  static constexpr std::uint32_t kMore = 8;  ///< zeros, for the last vector
  double* children;    ///< 1 + A + kMore, the children from element 1 on; element 0 is 0
  double* weights;     ///< 1 + A + kMore
  BlockUnits* blocks;  ///< UnitRows::blocks(1 + A)
};

/// kernels::RowBuilder in lanes, to the same words: for UnitRows of 16 symbols and more where
/// nothing is thinned. False if it does not make this row, because of a fault or for
/// what is rare; then the words of the node hold anything. O(A).
template <kernels::Simd kSimd>
bool make_wide_row_lanes(const kernels::RowPlan& plan, const kernels::RowSource& source,
                         std::uint32_t depth, const RowRoom& room, std::uint32_t* node);

}  // namespace wend
