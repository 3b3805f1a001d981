#include "host/elimination/job_run.hpp"
#include "kernels/lanes/f64_avx512.hpp"

namespace wend {

template <class View>
kernels::PathOutcome run_path_avx512(const View& view, const View& truth_view,
                                     const ClassJob& job) {
  return run_path<kernels::Avx512F64>(view, truth_view, job);
}

template kernels::PathOutcome run_path_avx512(const kernels::ProductMembersView&,
                                              const kernels::ProductMembersView&, const ClassJob&);
template kernels::PathOutcome run_path_avx512(const kernels::NeedleMembersView&,
                                              const kernels::NeedleMembersView&, const ClassJob&);
template kernels::PathOutcome run_path_avx512(const kernels::TableMembersView&,
                                              const kernels::TableMembersView&, const ClassJob&);
template kernels::PathOutcome run_path_avx512(const kernels::PoolMembersView&,
                                              const kernels::PoolMembersView&, const ClassJob&);

}  // namespace wend
