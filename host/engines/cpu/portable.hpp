#pragma once

#include <cstdint>

#include "host/engines/cpu/job.hpp"
#include "kernels/walk/advance.hpp"

// Chains one after another, by the very body of a GPU's thread: for CPUs without lanes of a known
// width, for views that have none, and for the odd steps between two groups of the lanes.
namespace wend {

/// Takes the chains of a job to their goals, or to the end of their queries, until stopped.
/// Returns the expansions.
template <class View>
std::uint64_t advance_portable(const View& view, kernels::Walk walk, const CpuJob& job) {
  return kernels::visit_walk(walk, [&]<kernels::Walk kWalk>() {
    kernels::RunLimits slice = job.limits;
    slice.step_budget = std::uint64_t{1} << 16U;  // between two looks at the stop flag
    std::uint64_t expansions = 0;
    for (ChainBlock block = job.next(job.source); block.begin < block.end;
         block = job.next(job.source)) {
      for (std::uint64_t chain = block.begin; chain < block.end; ++chain) {
        while (job.chains.samples[chain] < kernels::sample_goal(slice, chain) &&
               !kernels::out_of_queries(job.chains, chain, slice) && !job.stopped(job.source))
          expansions += kernels::advance_chain<kWalk>(view, job.chains, chain, slice, job.records);
      }
    }
    return expansions;
  });
}

/// CpuJob::align for a walk over this type of view.
template <class View>
decltype(CpuJob::align) alignment(kernels::Walk walk) {
  return kernels::visit_walk(walk, []<kernels::Walk kWalk>() -> decltype(CpuJob::align) {
    return [](const void* view, const kernels::ChainArrays& chains, std::uint64_t chain,
              const kernels::RunLimits& limits, std::uint32_t* records) {
      kernels::RunLimits one_group = limits;
      one_group.step_budget = 1;
      return kernels::advance_chain<kWalk>(*static_cast<const View*>(view), chains, chain,
                                           one_group, records);
    };
  });
}

}  // namespace wend
