#include "host/engines/lockstep/small_rows.hpp"

namespace wend {

bool make_small_rows(const kernels::RowPlan& plan, const SmallRows& rows, Simd simd) {
  return visit_lanes(
      simd, [&]<Simd kSimd>() { return make_small_rows_lanes<kSimd>(plan, rows); },
      [] { return false; });
}

}  // namespace wend
