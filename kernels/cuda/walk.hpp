#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>

#include "kernels/views/concepts.hpp"
#include "kernels/walk/chain_arrays.hpp"
#include "kernels/walk/walk.hpp"

namespace wend::kernels {

/// What the device counts by itself, apart from the chains' own counters; in device memory.
struct RunStatus {
  unsigned long long expansions;  ///< answered by the oracle, over all launches
  unsigned long long
      unfinished;  ///< of the last launch's chains: short of their goal, with queries left
};

/// Where the first rows of a tree's table are kept for a launch.
enum class RowPlacement {
  kCaches,    ///< the GPU's caches decide
  kSharedTop  ///< as many as fit in each block's shared memory: the top levels of the tree
};

/// The chains of a launch, and what it does with them. All pointers are device memory.
struct WalkJob {
  ChainArrays chains;    ///< `count` elements each, the path word-major: strides 1 and `count`
  std::uint64_t count;   ///< of chains
  std::uint64_t first;   ///< < count: the launch takes the chains from here on,
  std::uint64_t active;  ///< <= count: so many, chain 0 following the last one
  RunLimits limits;
  std::uint32_t* records;  ///< chains x round_size x record_words words
  RunStatus* status;       ///< `expansions` grows
};

/// Chains that have a thread each at the same time; a launch that takes more leaves most of the
/// device idle while it takes the last ones. Throws Error(kRuntime).
template <SomeTableView View>
std::uint64_t resident_chains(const View& view, Walk walk, RowPlacement placement);

/// Takes the chains of the job on, one thread a chain, until it has its samples of this round or
/// has used about limits.step_budget steps; see kernels::advance_chain. A chain that has fewer
/// samples than limits.round_begin is left where it stands; where it owes more, it counts as
/// unfinished.
///
/// `view`'s tables are device memory too. The work goes to `stream` alone, the device is not waited
/// for, nothing is allocated: the call can be captured in a graph. kSharedTop does nothing for
/// views but TreeView<CumulativeRows<A>>. Throws Error(kRuntime) if the launch fails.
///
/// All of this is defined for the views of kernels/views/list.hpp.
template <SomeTableView View>
void advance_async(const View& view, Walk walk, const WalkJob& job, RowPlacement placement,
                   cudaStream_t stream);

/// Writes the H symbols of each of `count` records, `symbols` being count x H.
template <SomeTableView View>
void decode_async(const View& view, const std::uint32_t* records, std::uint64_t count,
                  std::uint32_t* symbols, cudaStream_t stream);

/// Loads decode_async's kernel, so that a first call that is being captured does not have to.
template <SomeTableView View>
void load_decoder(const View& view);

}  // namespace wend::kernels
