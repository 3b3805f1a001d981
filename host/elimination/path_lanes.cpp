// Compiled once a width, like host/engines/cpu/lanes.cpp.
#include WEND_LANES_HEADER

#include "host/elimination/job_run.hpp"
#include "kernels/elimination/list.hpp"

namespace wend {

template <kernels::Simd kSimd, class View>
kernels::PathOutcome run_path_lanes(const View& view, const View& truth_view, const ClassJob& job) {
  return run_path<typename kernels::LanesOf<kSimd>::F64>(view, truth_view, job);
}

#define WEND_RUNS_PATH(VIEW)                                                             \
  template kernels::PathOutcome run_path_lanes<kernels::Simd::WEND_SIMD, kernels::VIEW>( \
      const kernels::VIEW&, const kernels::VIEW&, const ClassJob&);
WEND_MEMBER_VIEWS(WEND_RUNS_PATH)
#undef WEND_RUNS_PATH

}  // namespace wend
