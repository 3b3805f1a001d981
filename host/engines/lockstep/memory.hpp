#pragma once

#include <cstdint>

#include "host/base/simd.hpp"
#include "host/oracles/model_oracle.hpp"
#include "kernels/walk/walk.hpp"

namespace wend {

struct LockstepOptions {
  unsigned threads = 0;                          ///< 0: one a core
  std::uint64_t memo_bytes = 0;                  ///< of rows that all chains share; 0: none
  std::uint64_t path_bytes = ~std::uint64_t{0};  ///< for the rows of paths, at most
  std::uint32_t max_batch = 0;  ///< nodes of a call, at most; 0: the oracle's own limit
  Simd simd = Simd::kAuto;      ///< of the host's lanes
};

/// Memory of an engine, known before it is made.
struct LockstepMemory {
  std::uint64_t node_bytes;   ///< of a node's row
  std::uint32_t levels;       ///< rows that a chain keeps, of its horizon
  std::uint64_t path_bytes;   ///< of all chains' rows
  std::uint64_t other_bytes;  ///< batches, sums of paths, a few words a chain
};

/// Rows of whole paths if they fit options.path_bytes, else of as many levels as do. Throws
/// Error(kUsage) if not even one level does.
LockstepMemory lockstep_memory(const ModelOracle& oracle, kernels::Walk walk, std::uint64_t chains,
                               const LockstepOptions& options);

/// Contexts of the oracle that an engine uses: each has a slot at least.
std::uint64_t context_count(const ModelOracle& oracle, std::uint64_t chains);
/// Nodes of a call, at most.
std::uint32_t batch_limit(const ModelOracle& oracle, std::uint64_t chains,
                          const LockstepOptions& options);

}  // namespace wend
