#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>

#include "kernels/elimination/concepts.hpp"
#include "kernels/elimination/path_walk.hpp"

namespace wend::kernels {

/// The paths of one launch, by the oracle of a member. All pointers, those of the views and of the
/// round included, are device memory.
template <class View>
struct ClassPaths {
  View view;        ///< V
  View truth_view;  ///< the members among which the truth is
  std::uint64_t truth;
  PrefixNoise noise;
  ClassRound round;
  const ClassPath* paths;
  std::uint64_t count;  ///< of paths
  /// For each of `blocks` blocks: for every 64 of V's members as many masses (and states, for a
  /// view that has them) and a word of `own`, one block's after the other's.
  ClassScratch scratch;
  unsigned blocks;
  PathOutcome* outcomes;     ///< count
  std::uint32_t* symbols;    ///< count x H; a path that ends early writes no more than it has
  std::uint64_t* survivors;  ///< a word for every 64 members of V; members that a path eliminates
                             ///< lose their bit
};

/// Draws every path and asks along it, a block of kMembersPerWord threads a path, `blocks` at a
/// time; see ClassPathWalk. Outcomes, symbols and survivors depend on neither `blocks` nor the
/// device. The work goes to `stream` alone, the device is not waited for, nothing is allocated.
/// Throws Error(kRuntime) if the launch fails.
///
/// This and what follows is defined for the views of kernels/elimination/list.hpp.
template <SomeMembersView View>
void run_class_paths_async(const ClassPaths<View>& job, cudaStream_t stream);

/// Blocks of run_class_paths_async that the current device runs at once: more are of no use.
template <SomeMembersView View>
unsigned resident_class_blocks();

}  // namespace wend::kernels
