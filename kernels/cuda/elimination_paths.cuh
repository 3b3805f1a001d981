#pragma once

#include <cstdint>

#include "kernels/cuda/block_group.cuh"
#include "kernels/cuda/check.hpp"
#include "kernels/cuda/elimination_paths.hpp"
#include "kernels/elimination/path_walk.hpp"

// One block owns one path at a time and strides over the members 64 at a time, a word of survivors;
// the masses of all members lie in the block's scratch in global memory, where 64 masses are a few
// lines and no other block's business. Blocks meet only in the merged survivors.
namespace wend::kernels {

/// Blocks of two warps that must fit an SM: the walk waits for loads of masses, which other warps
/// hide. With more than these, registers would spill.
inline constexpr unsigned kClassBlocks = 8;

/// Takes the bits that `own` has lost out of `merged`, both `words` halves of words of survivors.
__device__ inline void merge_survivors(std::uint32_t* merged, const std::uint32_t* own,
                                       std::uint64_t words) {
  for (std::uint64_t i = threadIdx.x; i < words; i += BlockGroup::kSize) {
    // Bits of `merged` are only ever cleared, so that an old value costs an atomic at worst.
    if ((merged[i] & ~own[i]) != 0) atomicAnd(merged + i, own[i]);
  }
}

template <class View>
__global__ void __launch_bounds__(BlockGroup::kSize, kClassBlocks)
    class_paths_kernel(const __grid_constant__ ClassPaths<View> job) {
  __shared__ BlockGroup::Exchange exchange;
  const BlockGroup group(exchange);
  const std::uint64_t words = member_words(job.view.count);
  const std::uint64_t members = blockIdx.x * words * kMembersPerWord;
  ClassScratch scratch = job.scratch;
  scratch.mass += members;
  if constexpr (View::kHasState) scratch.state += members;
  scratch.own += blockIdx.x * words;
  MemberOracle<View> oracle(job.truth_view, job.truth, job.noise);
  for (std::uint64_t path = blockIdx.x; path < job.count; path += gridDim.x) {
    ClassPathWalk<BlockGroup, ScalarF64, View, MemberOracle<View>> walk(group, job.view, oracle,
                                                                        job.round, scratch);
    const PathOutcome outcome = walk.run(job.paths[path], job.symbols + path * job.view.horizon);
    if (group.rank() == 0) job.outcomes[path] = outcome;
    group.sync();  // before another warp's half of a word is read, and before it begins again
    merge_survivors(reinterpret_cast<std::uint32_t*>(job.survivors),
                    reinterpret_cast<const std::uint32_t*>(scratch.own), 2 * words);
    group.sync();
  }
}

template <SomeMembersView View>
void run_class_paths_async(const ClassPaths<View>& job, cudaStream_t stream) {
  if (job.count == 0) return;
  cudaLaunchConfig_t config{};
  config.gridDim = job.blocks;
  config.blockDim = BlockGroup::kSize;
  config.stream = stream;
  // Not <<< >>>, after which cudaGetLastError would also report an older error of the caller's.
  cuda_check(cudaLaunchKernelEx(&config, class_paths_kernel<View>, job),
             "launching the paths of a class");
}

template <SomeMembersView View>
unsigned resident_class_blocks() {
  int device = 0;
  int processors = 0;
  int resident = 0;
  cuda_check(cudaGetDevice(&device), "asking for the device");
  cuda_check(cudaDeviceGetAttribute(&processors, cudaDevAttrMultiProcessorCount, device),
             "asking for the device's sizes");
  cuda_check(cudaOccupancyMaxActiveBlocksPerMultiprocessor(&resident, class_paths_kernel<View>,
                                                           BlockGroup::kSize, 0),
             "asking how many blocks fit");
  return static_cast<unsigned>(resident) * static_cast<unsigned>(processors);
}

}  // namespace wend::kernels
