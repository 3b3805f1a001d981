#pragma once

#include <cstdint>

#include "host/engines/lockstep/solo_row_group.hpp"
#include "kernels/lanes/simd.hpp"
#include "kernels/lockstep/make_row.hpp"

namespace wend {

/// What a row is made of, and where to: see kernels::RowBuilder.
struct RowJob {
  const kernels::RowPlan& plan;
  const kernels::RowSource& source;
  double* children;  ///< room for A
  double* weights;   ///< room for A + 1
  std::uint32_t depth;
  std::uint32_t* node;
};

/// In the instructions of a width that the CPU has: the same words in all of them.
kernels::RowVerdict make_row(const RowJob& job, kernels::Simd simd);

/// The same, where the width is known.
template <kernels::Simd kSimd>
kernels::RowVerdict make_row_of(const RowJob& job) {
  constexpr SoloRowGroup<kSimd> kGroup;
  return kernels::RowBuilder<SoloRowGroup<kSimd>>(kGroup, job.plan, job.children, job.weights)
      .make(job.source, job.depth, job.node);
}

/// Defined where its width is compiled.
template <kernels::Simd kSimd>
kernels::RowVerdict make_row_lanes(const RowJob& job);

}  // namespace wend
