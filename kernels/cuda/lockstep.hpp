#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>

#include "kernels/cuda/make_rows.hpp"
#include "kernels/lockstep/walk.hpp"
#include "kernels/walk/chain_arrays.hpp"
#include "kernels/walk/walk.hpp"

// What the lockstep engine does on a device beside making rows. Everything goes to one stream,
// allocates nothing and waits for nothing; every call throws Error(kRuntime) if its launch fails.
namespace wend::kernels {

/// Where a chain stands after its walk, for the host.
struct Standing {
  std::uint32_t chain;
  std::uint16_t depth;
  Rest rest;
  Owed owed;
  std::uint32_t symbol;  ///< that led there; 0 at the root
  std::uint32_t known;   ///< symbols that its slot of the oracle still has right, <= depth
};
static_assert(sizeof(Standing) == 16);

/// Chains that walk until they have no row. All pointers are device memory.
struct LockstepJob {
  LockstepShape shape;
  PathRows paths;
  LockstepCounts counts;
  ChainArrays chains;
  RunLimits limits;
  double* log_mass;  ///< [chain][H + 1], and the next too; null: no sums are kept
  double* log_weight;
  std::uint64_t ratios_at;  ///< see LogPathSums
  std::uint32_t slot_bits;  ///< of UnitRows; 0: CumulativeRows
  std::uint32_t record_words;
  std::uint32_t* records;
  const std::uint32_t* active;  ///< `count` chains
  std::uint32_t count;
  Standing* standing;     ///< `count`
  std::uint32_t* prefix;  ///< count x H: of chains that wait, the symbols of where they stand
};

/// A thread a chain, kernels::walk_on; then the prefixes of those that wait.
void walk_lockstep_async(Walk walk, const LockstepJob& job, cudaStream_t stream);

/// Some of the chains of a job, to be asked for: `places` of them, numbers in job.standing.
/// Writes their columns; nodes.prefix may be null.
void gather_batch_async(const LockstepJob& job, const std::uint32_t* places, std::uint32_t size,
                        const BatchColumns& nodes, cudaStream_t stream);

struct RowCopy {
  const std::uint32_t* from;
  std::uint32_t* to;
};
/// Copies rows of `words` words; no row is both read and written.
void copy_rows_async(const RowCopy* copies, std::uint32_t count, std::uint64_t words,
                     cudaStream_t stream);

/// A chain that has got the row of the depth where it stands.
struct Installed {
  std::uint32_t chain;
  std::uint16_t depth;
  std::uint16_t asked;  ///< 1 if its slot of the oracle was asked
};
void install_rows_async(const Installed* installed, std::uint32_t count, const PathRows& paths,
                        const LockstepCounts& counts, cudaStream_t stream);

}  // namespace wend::kernels
