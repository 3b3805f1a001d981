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

/// Blocks of advance_kernel that an SM runs at once.
template <Walk kWalk, class View>
int cached_blocks() {
  int resident = 0;
  cuda_check(cudaOccupancyMaxActiveBlocksPerMultiprocessor(&resident, advance_kernel<kWalk, View>,
                                                           LaunchBounds<View>::kThreads, 0),
             "asking how many blocks fit");
  return resident;
}

/// A launch whose rows the caches serve.
template <Walk kWalk, class View>
void launch_cached(const View& view, const WalkJob& job, cudaStream_t stream) {
  const auto kernel = advance_kernel<kWalk, View>;
  // The kernel uses next to no shared memory: all of it is better spent as L1 cache.
  cuda_check(cudaFuncSetAttribute(kernel, cudaFuncAttributePreferredSharedMemoryCarveout,
                                  cudaSharedmemCarveoutMaxL1),
             "asking for L1 cache");
  constexpr unsigned kThreads = LaunchBounds<View>::kThreads;
  cudaLaunchConfig_t config{};
  config.gridDim = block_count(job.active, kThreads, cached_blocks<kWalk, View>());
  config.blockDim = kThreads;
  config.stream = stream;
  launch_walk(kernel, config, job.status, view, job);
}

template <SomeTableView View>
std::uint64_t resident_chains([[maybe_unused]] const View& view, Walk walk,
                              [[maybe_unused]] RowPlacement placement) {
  const auto sms = static_cast<std::uint64_t>(device_attribute(cudaDevAttrMultiProcessorCount));
  if constexpr (kHasSharedTop<View>) {
    if (placement == RowPlacement::kSharedTop) return sms * shared_top_chains(view);
  }
  return visit_walk(walk, [&]<Walk kWalk>() {
    return sms * LaunchBounds<View>::kThreads *
           static_cast<std::uint64_t>(cached_blocks<kWalk, View>());
  });
}

template <SomeTableView View>
void advance_async(const View& view, Walk walk, const WalkJob& job, RowPlacement placement,
                   cudaStream_t stream) {
  if (job.active == 0) return;
  check_count(job.count);
  visit_walk(walk, [&]<Walk kWalk>() {
    if constexpr (kHasSharedTop<View>) {
      if (placement == RowPlacement::kSharedTop) return launch_shared<kWalk>(view, job, stream);
    }
    launch_cached<kWalk>(view, job, stream);
  });
}

}  // namespace wend::kernels

/// For the lists of kernels/views/list.hpp.
#define WEND_ADVANCES(VIEW)                                                          \
  template void advance_async<VIEW>(const VIEW&, Walk, const WalkJob&, RowPlacement, \
                                    cudaStream_t);                                   \
  template std::uint64_t resident_chains<VIEW>(const VIEW&, Walk, RowPlacement);
