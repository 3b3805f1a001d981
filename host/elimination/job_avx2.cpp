#include "host/elimination/job_run.hpp"
#include "kernels/elimination/list.hpp"
#include "kernels/lanes/f64_avx2.hpp"

namespace wend {

template <class View>
kernels::PathOutcome run_path_avx2(const View& view, const View& truth_view, const ClassJob& job) {
  return run_path<kernels::Avx2F64>(view, truth_view, job);
}

#define WEND_RUNS_PATH(VIEW)                                  \
  template kernels::PathOutcome run_path_avx2<kernels::VIEW>( \
      const kernels::VIEW&, const kernels::VIEW&, const ClassJob&);
WEND_MEMBER_VIEWS(WEND_RUNS_PATH)

}  // namespace wend
