#pragma once

#include "kernels/cuda/launch_bounds.cuh"
#include "kernels/cuda/shared_top.cuh"
#include "kernels/cuda/walk_block.cuh"

// advance_async, which the walk_*.cu instantiate for the list of views.
namespace wend::kernels {

template <Walk kWalk, class View>
__global__ void __launch_bounds__(LaunchBounds<View>::kThreads, LaunchBounds<View>::kBlocks)
    advance_kernel(const View view, const WalkJob job) {
  advance_block<kWalk>(view, job);
}

/// A launch whose rows the caches serve.
template <Walk kWalk, class View>
void launch_cached(const View& view, const WalkJob& job, cudaStream_t stream) {
  const auto kernel = advance_kernel<kWalk, View>;
  constexpr unsigned kThreads = LaunchBounds<View>::kThreads;
  // The kernel uses next to no shared memory: all of it is better spent as L1 cache.
  cuda_check(cudaFuncSetAttribute(kernel, cudaFuncAttributePreferredSharedMemoryCarveout,
                                  cudaSharedmemCarveoutMaxL1),
             "asking for L1 cache");
  int resident = 0;
  cuda_check(cudaOccupancyMaxActiveBlocksPerMultiprocessor(&resident, kernel, kThreads, 0),
             "asking how many blocks fit");
  cudaLaunchConfig_t config{};
  config.gridDim = block_count(job.count, kThreads, resident);
  config.blockDim = kThreads;
  config.stream = stream;
  launch_walk(kernel, config, job.status, view, job);
}

template <SomeTableView View>
void advance_async(const View& view, Walk walk, const WalkJob& job, RowPlacement placement,
                   cudaStream_t stream) {
  if (job.count == 0) return;
  visit_walk(walk, [&]<Walk kWalk>() {
    if constexpr (kHasSharedTop<View>) {
      if (placement == RowPlacement::kSharedTop) return launch_shared<kWalk>(view, job, stream);
    }
    launch_cached<kWalk>(view, job, stream);
  });
}

}  // namespace wend::kernels

/// For the lists of kernels/views/list.hpp.
#define WEND_ADVANCES(VIEW) \
  template void advance_async<VIEW>(const VIEW&, Walk, const WalkJob&, RowPlacement, cudaStream_t);
