// Compiled once a width, with that width's instructions: WEND_SIMD names it, WEND_LANES_HEADER has
// its lanes. Every template that is instantiated here has the lanes among its arguments, so that no
// code of this file can stand in for a function that other CPUs run.
#include WEND_LANES_HEADER

#include "host/engines/cpu/lane_driver.hpp"
#include "kernels/views/list.hpp"

namespace wend {

template <kernels::Simd kSimd, class View>
std::uint64_t advance_lanes(const View& view, kernels::Walk walk, const CpuJob& job) {
  return drive_lanes<typename kernels::LanesOf<kSimd>::U32>(view, walk, job);
}

#define WEND_ADVANCES(VIEW)                                                                        \
  template std::uint64_t advance_lanes<kernels::Simd::WEND_SIMD, VIEW>(const VIEW&, kernels::Walk, \
                                                                       const CpuJob&);
WEND_VIEWS(WEND_ADVANCES)
#undef WEND_ADVANCES

}  // namespace wend
