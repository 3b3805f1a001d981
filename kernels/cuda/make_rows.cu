// Rows of what an oracle answers, a block a row: a warp where a row has few symbols.
#include "kernels/cuda/check.hpp"
#include "kernels/cuda/make_rows.hpp"
#include "kernels/cuda/row_group.cuh"
#include "kernels/cuda/walk_block.cuh"

namespace wend::kernels {
namespace {

/// Outcomes that a warp makes the rows of.
constexpr std::uint32_t kFewOutcomes = kWarp;

template <std::uint32_t kThreads>
__global__ void __launch_bounds__(kThreads, kThreads == kWarp ? 32 : 3)
    make_rows_kernel(const __grid_constant__ RowsJob job) {
  using Group = BlockRowGroup<kThreads>;
  __shared__ typename Group::Exchange exchange;
  const Group group(exchange);
  const std::uint32_t alphabet = job.plan.alphabet;
  double* scratch = job.scratch + blockIdx.x * row_scratch(alphabet);
  const RowBuilder<Group> builder(group, job.plan, scratch, scratch + alphabet);
  for (std::uint32_t i = blockIdx.x; i < job.size; i += gridDim.x) {
    const std::uint64_t at = std::uint64_t{i} * alphabet;
    const RowSource source{job.logs == nullptr ? nullptr : job.logs + at,
                           job.masses == nullptr ? nullptr : job.masses + at,
                           job.own == nullptr ? 0.0 : job.own[i],
                           job.kept == nullptr ? nullptr : job.kept + at};
    const std::uint32_t depth = job.nodes.depth[i];
    const RowVerdict verdict =
        builder.make(source, depth, job.paths.node(job.nodes.slot[i], depth));
    if (verdict.fault != RowFault::kNone && group.rank() == 0) {
      job.verdicts[job.place[i]] = verdict;
      atomicMin(job.first_fault, job.place[i]);
    }
    group.sync();
  }
}

template <class Launch>
auto with_kernel(std::uint32_t alphabet, const Launch& launch) {
  if (alphabet + 1 <= kFewOutcomes) return launch(make_rows_kernel<kWarp>, kWarp);
  return launch(make_rows_kernel<kPartialSums>, kPartialSums);
}

}  // namespace

std::uint32_t resident_row_blocks(std::uint32_t alphabet) {
  return with_kernel(alphabet, [](void (*kernel)(RowsJob), std::uint32_t threads) {
    int resident = 0;
    cuda_check(cudaOccupancyMaxActiveBlocksPerMultiprocessor(&resident, kernel,
                                                             static_cast<int>(threads), 0),
               "asking how many blocks fit");
    return static_cast<std::uint32_t>(resident * device_attribute(cudaDevAttrMultiProcessorCount));
  });
}

void make_rows_async(const RowsJob& job, cudaStream_t stream) {
  if (job.size == 0) return;
  with_kernel(job.plan.alphabet, [&](void (*kernel)(RowsJob), std::uint32_t threads) {
    cudaLaunchConfig_t config{};
    config.gridDim = job.size < job.blocks ? job.size : job.blocks;
    config.blockDim = threads;
    config.stream = stream;
    cuda_check(cudaLaunchKernelEx(&config, kernel, job), "launching the making of rows");
  });
}

}  // namespace wend::kernels
