#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>

#include "kernels/lockstep/make_row.hpp"
#include "kernels/lockstep/walk.hpp"

namespace wend::kernels {

/// The nodes of a batch, in device memory: include/wend/cuda_oracle.hpp says what they are.
struct BatchColumns {
  std::uint32_t* slot;
  std::uint32_t* depth;
  std::uint32_t* symbol;
  std::uint32_t* known;
  std::uint32_t* prefix;  ///< H words a node; or null
};

/// The rows of a batch, and where they go. All pointers, those of `plan` too, are device memory.
struct RowsJob {
  RowPlan plan;
  PathRows paths;
  BatchColumns nodes;          ///< of which slot and depth
  const std::uint32_t* place;  ///< a node: where its verdict goes
  const float* logs;           ///< size x A, or null
  const double* masses;        ///< size x A, or null
  const double* own;           ///< size, with masses
  const double* kept;          ///< size x A, or null
  std::uint32_t size;
  double* scratch;             ///< row_scratch(alphabet) numbers a block
  std::uint32_t blocks;        ///< that there is scratch for
  RowVerdict* verdicts;        ///< written where there is a fault
  std::uint32_t* first_fault;  ///< the least place of a fault, kNoFault before
};
inline constexpr std::uint32_t kNoFault = ~std::uint32_t{0};

/// Numbers of scratch of a block.
WEND_HD constexpr std::uint64_t row_scratch(std::uint32_t alphabet) {
  return 2 * std::uint64_t{alphabet} + 2;
}
/// Blocks that run at once. Throws Error(kRuntime).
std::uint32_t resident_row_blocks(std::uint32_t alphabet);

/// Makes the rows on `stream`, a block a row; see RowBuilder. Allocates nothing, waits for nothing.
/// Throws Error(kRuntime) if the launch fails.
void make_rows_async(const RowsJob& job, cudaStream_t stream);

}  // namespace wend::kernels
