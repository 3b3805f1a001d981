#include "host/elimination/job_run.hpp"
#include "kernels/elimination/list.hpp"
#include "kernels/lanes/f64.hpp"

namespace wend {

template <class View>
kernels::PathOutcome run_path_scalar(const View& view, const View& truth_view,
                                     const ClassJob& job) {
  return run_path<kernels::ScalarF64>(view, truth_view, job);
}

#define WEND_RUNS_PATH(VIEW)                                    \
  template kernels::PathOutcome run_path_scalar<kernels::VIEW>( \
      const kernels::VIEW&, const kernels::VIEW&, const ClassJob&);
WEND_MEMBER_VIEWS(WEND_RUNS_PATH)

}  // namespace wend
