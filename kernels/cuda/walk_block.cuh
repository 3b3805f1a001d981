#pragma once

#include <cub/warp/warp_reduce.cuh>

#include "kernels/cuda/check.hpp"
#include "kernels/cuda/walk.hpp"
#include "kernels/walk/advance.hpp"

// What the walk's kernels share, wherever they have their rows: a block's work, and the launch.
//
// One thread owns one chain and keeps all that changes from step to step in registers; memory is
// touched for the row, for the path where there is one, and for a sample. A launch is bounded by a
// step budget rather than by the samples, so that the host hears of it several times a second.
namespace wend::kernels {

inline constexpr unsigned kWarp = 32;

/// The work of one block: its chains, then what they add to the status, a warp at a time.
template <Walk kWalk, class View>
__device__ __forceinline__ void advance_block(const View& view, const WalkJob& job) {
  using Reduce = cub::WarpReduce<unsigned long long>;
  __shared__ typename Reduce::TempStorage storage[1024 / kWarp];
  unsigned long long expansions = 0;
  unsigned long long unfinished = 0;
  const ChainArrays& chains = job.chains;
  const RunLimits& limits = job.limits;
  // 32 bits, of which there are enough (check_count): registers are what this kernel is short of.
  const auto active = static_cast<std::uint32_t>(job.active);
  for (std::uint32_t index = blockIdx.x * blockDim.x + threadIdx.x; index < active;
       index += gridDim.x * blockDim.x) {
    const auto to_wrap = static_cast<std::uint32_t>(job.count - job.first);
    const std::uint32_t chain =
        index < to_wrap ? static_cast<std::uint32_t>(job.first) + index : index - to_wrap;
    // A chain that is behind its round has no record in the buffer: it stays, unfinished.
    if (chains.samples[chain] >= limits.round_begin)
      expansions += advance_chain<kWalk>(view, chains, chain, limits, job.records);
    unfinished +=
        chains.samples[chain] < sample_goal(limits, chain) && !out_of_queries(chains, chain, limits)
            ? 1U
            : 0U;
  }
  Reduce reduce(storage[threadIdx.x / kWarp]);
  expansions = reduce.Sum(expansions);
  __syncwarp();
  unfinished = reduce.Sum(unfinished);
  if (threadIdx.x % kWarp == 0) {
    if (expansions != 0) atomicAdd(&job.status->expansions, expansions);
    if (unfinished != 0) atomicAdd(&job.status->unfinished, unfinished);
  }
}

inline int device_attribute(cudaDeviceAttr attribute) {
  int device = 0;
  int value = 0;
  cuda_check(cudaGetDevice(&device), "asking for the device");
  cuda_check(cudaDeviceGetAttribute(&value, attribute, device), "asking for the device's sizes");
  return value;
}

/// Blocks of `threads` for the chains, no more than run at once: the rest is a loop in the kernel.
inline unsigned block_count(std::uint64_t chains, unsigned threads, int blocks_per_sm) {
  const auto most = static_cast<std::uint64_t>(blocks_per_sm) *
                    static_cast<std::uint64_t>(device_attribute(cudaDevAttrMultiProcessorCount));
  const std::uint64_t wanted = (chains + threads - 1) / threads;
  return static_cast<unsigned>(wanted < most ? wanted : most);
}

/// Throws Error(kUsage) for chains that the kernels cannot number.
inline void check_count(std::uint64_t chains) {
  if (chains > std::uint64_t{1} << 31U)
    throw Error(ErrorKind::kUsage, "chains", "a GPU takes at most 2^31");
}

/// Launches `kernel` with these arguments, once the count of unfinished chains is cleared.
template <class... Parameters, class... Arguments>
void launch_walk(void (*kernel)(Parameters...), const cudaLaunchConfig_t& config, RunStatus* status,
                 const Arguments&... arguments) {
  cuda_check(cudaMemsetAsync(&status->unfinished, 0, sizeof status->unfinished, config.stream),
             "clearing the status");
  // Not <<< >>>, after which cudaGetLastError would also report an older error of the caller's.
  cuda_check(cudaLaunchKernelEx(&config, kernel, arguments...), "launching the walk");
}

}  // namespace wend::kernels
