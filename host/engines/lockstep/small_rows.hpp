#pragma once

#include <cstdint>

#include "host/base/simd.hpp"
#include "kernels/lockstep/make_row.hpp"

namespace wend {

/// What the rows of some nodes of two to four symbols are made of, and where to.
struct SmallRows {
  static constexpr std::uint32_t kRows = 16;
  const float* logs;     ///< [row][A], where the oracle answers log ratios
  const double* masses;  ///< [row][A], where it answers masses
  const double* own;     ///< a row, with masses
  std::uint32_t depths[kRows];
  std::uint32_t* nodes[kRows];
};

/// True if make_small_rows makes rows of such a run, given lanes: nothing is thinned, and sums
/// are kept of log ratios alone.
inline bool suits_small_rows(const kernels::RowPlan& plan) {
  return plan.alphabet <= 4 && (plan.has_logs || !plan.keeps_sums) && !plan.thinned;
}

/// kernels::RowBuilder for all of them at once, to the same words. False if it does not make them,
/// because of a fault in one or for want of lanes; then the words of the nodes are as they were.
bool make_small_rows(const kernels::RowPlan& plan, const SmallRows& rows, Simd simd);

/// Defined where its width is compiled.
template <Simd kSimd>
bool make_small_rows_lanes(const kernels::RowPlan& plan, const SmallRows& rows);

}  // namespace wend
