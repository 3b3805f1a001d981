#pragma once

#include "kernels/cuda/walk_block.cuh"
#include "kernels/views/tree.hpp"
#include "kernels/walk/rows.hpp"

// A tree's rows are numbered breadth-first, and a walk spreads evenly over the depths: the rows of
// the top levels, which fit in shared memory, serve most steps. Shared memory answers 32 scattered
// loads of a warp in a few cycles, where L1 looks up one line after the other.
namespace wend::kernels {

/// True for the views that have a kernel with shared rows.
template <class View>
inline constexpr bool kHasSharedTop = false;
template <int A>
inline constexpr bool kHasSharedTop<TreeView<CumulativeRows<A>>> = true;

/// A table whose first pairs of words have a copy in the block's shared memory.
struct SharedTopWords {
  const std::uint32_t* global;
  const uint2* shared;
  std::uint32_t shared_pairs;
};

__device__ __forceinline__ void gather_pair(const SharedTopWords& words, std::uint32_t index,
                                            std::uint32_t& low, std::uint32_t& high) {
  if (index < words.shared_pairs) {
    const uint2 pair = words.shared[index];
    low = pair.x;
    high = pair.y;
  } else {
    gather_pair(words.global, index, low, high);
  }
}

/// Threads of a block, two of which share an SM.
template <int A>
inline constexpr unsigned kSharedTopThreads = A == 2 ? 768 : 640;

/// Chains that an SM takes on at once.
template <int A>
constexpr std::uint64_t shared_top_chains(const TreeView<CumulativeRows<A>>& /*view*/) {
  return 2 * std::uint64_t{kSharedTopThreads<A>};
}

template <Walk kWalk, int A>
__global__ void __launch_bounds__(kSharedTopThreads<A>, 2)
    advance_shared_kernel(const TreeView<CumulativeRows<A>> view, const std::uint32_t shared_pairs,
                          const WalkJob job) {
  extern __shared__ uint2 top[];
  for (std::uint32_t pair = threadIdx.x; pair < shared_pairs; pair += blockDim.x)
    top[pair] = __ldg(reinterpret_cast<const uint2*>(view.rows.words) + pair);
  __syncthreads();
  using Rows = CumulativeRows<A, SharedTopWords>;
  const TreeView<Rows> shared_view{Rows{{view.rows.words, top, shared_pairs}},
                                   view.alphabet,
                                   view.horizon,
                                   view.first_leaf,
                                   view.parent_magic,
                                   view.parent_shift};
  advance_block<kWalk>(shared_view, job);
}

/// A launch whose top rows lie in shared memory.
template <Walk kWalk, int A>
void launch_shared(const TreeView<CumulativeRows<A>>& view, const WalkJob& job,
                   cudaStream_t stream) {
  const auto kernel = advance_shared_kernel<kWalk, A>;
  // Half of an SM's shared memory a block, less what the system keeps, the reduction's, and a
  // margin for it.
  const auto room =
      static_cast<std::uint64_t>(device_attribute(cudaDevAttrMaxSharedMemoryPerMultiprocessor) / 2 -
                                 device_attribute(cudaDevAttrReservedSharedMemoryPerBlock) - 1024);
  constexpr std::uint64_t kRowBytes = CumulativeRows<A>::kWords * sizeof(std::uint32_t);
  constexpr std::uint64_t kRowsPerNode = rows_per_node(kWalk);
  const std::uint64_t table = view.first_leaf * kRowsPerNode * kRowBytes;
  const std::uint64_t bytes = table < room ? table : room / kRowBytes * kRowBytes;
  // The limit is the kernel's, whichever engine set it last: the same for every table.
  cuda_check(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize,
                                  static_cast<int>(room)),
             "asking for shared memory");
  cuda_check(cudaFuncSetAttribute(kernel, cudaFuncAttributePreferredSharedMemoryCarveout,
                                  cudaSharedmemCarveoutMaxShared),
             "asking for shared memory");
  // Few chains are spread over all SMs in smaller blocks.
  const auto sms = static_cast<std::uint64_t>(device_attribute(cudaDevAttrMultiProcessorCount));
  const std::uint64_t per_block = (job.active + 2 * sms - 1) / (2 * sms);
  const std::uint64_t rounded = (per_block + kWarp - 1) / kWarp * kWarp;
  const auto threads = static_cast<unsigned>(
      rounded < kSharedTopThreads<A> ? rounded : std::uint64_t{kSharedTopThreads<A>});
  cudaLaunchConfig_t config{};
  config.gridDim = block_count(job.active, threads, 2);
  config.blockDim = threads;
  config.dynamicSmemBytes = bytes;
  config.stream = stream;
  launch_walk(kernel, config, job.status, view, static_cast<std::uint32_t>(bytes / sizeof(uint2)),
              job);
}

}  // namespace wend::kernels
