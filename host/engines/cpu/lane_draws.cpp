#include "host/engines/cpu/lane_draws.hpp"

#include "host/base/cpu_features.hpp"
#include "host/engines/cpu/job.hpp"

namespace wend {

std::vector<LaneDraws> lane_draws() {
#if WEND_X86
  return {{"avx2", 8, cpu_has_avx2, draw_avx2}, {"avx512", 16, cpu_has_avx512, draw_avx512}};
#else
  return {};
#endif
}

}  // namespace wend
