// The walk of lockstep chains, and what moves rows between them.
#include "kernels/cuda/check.hpp"
#include "kernels/cuda/lockstep.hpp"
#include "kernels/cuda/walk_block.cuh"
#include "kernels/lockstep/keepers.hpp"
#include "kernels/lockstep/path_sums.hpp"
#include "kernels/walk/rows.hpp"
#include "kernels/walk/unit_rows.hpp"

namespace wend::kernels {
namespace {

constexpr unsigned kThreads = 64;  // a block: see launch_bounds.cuh
constexpr unsigned kWalkBlocks = 8;
constexpr unsigned kOtherThreads = 256;
constexpr std::uint64_t kMostBlocks = std::uint64_t{1} << 16U;

/// The rows of a node that lies at some words: cumulative for A <= 4, else by units.
template <int A>
struct NodeRows {
  std::uint32_t outcomes;
  std::uint32_t slot_bits;

  __device__ auto operator()(const std::uint32_t* words) const {
    if constexpr (A == 0) {
      return UnitRows{words, outcomes, slot_bits};
    } else {
      return CumulativeRows<A>{words};
    }
  }
};

template <Walk kWalk, int A, bool kSums>
__global__ void __launch_bounds__(kThreads, kWalkBlocks)
    walk_lockstep_kernel(const __grid_constant__ LockstepJob job) {
  const std::uint32_t index = blockIdx.x * kThreads + threadIdx.x;
  if (index >= job.count) return;
  const std::uint32_t chain = job.active[index];
  const NodeRows<A> rows{job.shape.alphabet + 1, job.slot_bits};
  const auto walk = [&](const auto& sums) {
    const RunLimits& limits = job.limits;
    SampleKeeper keeper(job.chains, chain, limits, job.record_words, job.records);
    return walk_on<kWalk>(job.shape, job.paths, rows, sums, job.counts, job.chains, chain,
                          ChainDraws(limits.seed, limits.purpose, limits.first_chain + chain),
                          limits.step_budget, keeper);
  };
  Rest rest;
  if constexpr (kSums)
    rest = walk(LogPathSums{job.log_mass, job.log_weight, job.shape.horizon, job.shape.alphabet,
                            job.ratios_at});
  else
    rest = walk(NoPathSums{});
  const std::uint32_t depth = job.chains.depth[chain];
  const std::uint32_t taken = job.counts.taken[chain];
  job.standing[index] = {
      chain,
      static_cast<std::uint16_t>(depth),
      rest,
      job.counts.owed[chain],
      depth == 0 ? 0U : job.chains.path[chain + depth * job.chains.path_word_stride],
      taken < depth ? taken : depth};
}

/// Neighbouring threads read the same symbol of neighbouring chains.
__global__ void __launch_bounds__(kOtherThreads)
    pack_prefixes_kernel(const __grid_constant__ LockstepJob job) {
  const std::uint64_t cells = std::uint64_t{job.count} * job.shape.horizon;
  const std::uint64_t stride = static_cast<std::uint64_t>(gridDim.x) * blockDim.x;
  for (std::uint64_t cell = static_cast<std::uint64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
       cell < cells; cell += stride) {
    const std::uint64_t index = cell % job.count;
    const std::uint64_t h = cell / job.count;
    const Standing& standing = job.standing[index];
    if (standing.rest != Rest::kWaits || h >= standing.depth) continue;
    job.prefix[index * job.shape.horizon + h] =
        job.chains.path[standing.chain + (h + 1) * job.chains.path_word_stride];
  }
}

/// A warp a node.
__global__ void __launch_bounds__(kOtherThreads)
    gather_batch_kernel(const Standing* all, const std::uint32_t* prefixes,
                        const std::uint32_t horizon, const std::uint32_t* places,
                        const std::uint32_t size, const BatchColumns nodes) {
  const std::uint32_t lane = threadIdx.x % kWarp;
  const std::uint32_t stride = gridDim.x * (kOtherThreads / kWarp);
  for (std::uint32_t i = blockIdx.x * (kOtherThreads / kWarp) + threadIdx.x / kWarp; i < size;
       i += stride) {
    const std::uint32_t place = places[i];
    const Standing standing = all[place];
    if (lane == 0) {
      nodes.slot[i] = standing.chain;
      nodes.depth[i] = standing.depth;
      nodes.symbol[i] = standing.symbol;
      nodes.known[i] = standing.known;
    }
    if (nodes.prefix == nullptr) continue;
    for (std::uint32_t h = lane; h < horizon; h += kWarp)
      nodes.prefix[std::uint64_t{i} * horizon + h] =
          h < standing.depth ? prefixes[std::uint64_t{place} * horizon + h] : 0U;
  }
}

/// A block a row.
__global__ void __launch_bounds__(kOtherThreads)
    copy_rows_kernel(const RowCopy* copies, const std::uint32_t count, const std::uint64_t words) {
  for (std::uint32_t i = blockIdx.x; i < count; i += gridDim.x) {
    const RowCopy copy = copies[i];
    for (std::uint64_t word = threadIdx.x; word < words; word += blockDim.x)
      copy.to[word] = copy.from[word];
  }
}

__global__ void __launch_bounds__(kOtherThreads)
    install_rows_kernel(const Installed* installed, const std::uint32_t count, const PathRows paths,
                        const LockstepCounts counts) {
  const std::uint32_t i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= count) return;
  const Installed& at = installed[i];
  paths.got(at.chain, at.depth);
  counts.owed[at.chain] = Owed::kNothing;
  if (at.asked != 0) counts.taken[at.chain] = at.depth;
}

template <class... Parameters, class... Arguments>
void launch(const char* what, void (*kernel)(Parameters...), std::uint64_t blocks, unsigned threads,
            cudaStream_t stream, const Arguments&... arguments) {
  cudaLaunchConfig_t config{};
  config.gridDim = static_cast<unsigned>(blocks);
  config.blockDim = threads;
  config.stream = stream;
  cuda_check(cudaLaunchKernelEx(&config, kernel, arguments...), what);
}

std::uint64_t blocks_of(std::uint64_t count, unsigned threads) {
  const std::uint64_t wanted = (count + threads - 1) / threads;
  return wanted < kMostBlocks ? wanted : kMostBlocks;
}

template <Walk kWalk, int A>
void launch_walk(const LockstepJob& job, cudaStream_t stream) {
  const auto kernel = job.log_mass != nullptr ? walk_lockstep_kernel<kWalk, A, true>
                                              : walk_lockstep_kernel<kWalk, A, false>;
  launch("launching the lockstep walk", kernel, (job.count + kThreads - 1) / kThreads, kThreads,
         stream, job);
}

}  // namespace

void walk_lockstep_async(Walk walk, const LockstepJob& job, cudaStream_t stream) {
  if (job.count == 0) return;
  visit_walk(walk, [&]<Walk kWalk>() {
    switch (job.slot_bits == 0 ? job.shape.alphabet : 0U) {
      case 2:
        return launch_walk<kWalk, 2>(job, stream);
      case 3:
        return launch_walk<kWalk, 3>(job, stream);
      case 4:
        return launch_walk<kWalk, 4>(job, stream);
      default:
        return launch_walk<kWalk, 0>(job, stream);
    }
  });
  launch("packing prefixes", pack_prefixes_kernel,
         blocks_of(std::uint64_t{job.count} * job.shape.horizon, kOtherThreads), kOtherThreads,
         stream, job);
}

void gather_batch_async(const LockstepJob& job, const std::uint32_t* places, std::uint32_t size,
                        const BatchColumns& nodes, cudaStream_t stream) {
  if (size == 0) return;
  launch("gathering a batch", gather_batch_kernel, blocks_of(size, kOtherThreads / kWarp),
         kOtherThreads, stream, job.standing, job.prefix, job.shape.horizon, places, size, nodes);
}

void copy_rows_async(const RowCopy* copies, std::uint32_t count, std::uint64_t words,
                     cudaStream_t stream) {
  if (count == 0) return;
  const unsigned threads = words < kOtherThreads ? kWarp : kOtherThreads;
  launch("copying rows", copy_rows_kernel, blocks_of(count, 1), threads, stream, copies, count,
         words);
}

void install_rows_async(const Installed* installed, std::uint32_t count, const PathRows& paths,
                        const LockstepCounts& counts, cudaStream_t stream) {
  if (count == 0) return;
  launch("installing rows", install_rows_kernel, (count + kOtherThreads - 1) / kOtherThreads,
         kOtherThreads, stream, installed, count, paths, counts);
}

}  // namespace wend::kernels
