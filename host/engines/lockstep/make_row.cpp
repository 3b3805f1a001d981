#include "host/engines/lockstep/make_row.hpp"

#include "host/base/simd.hpp"

namespace wend {

kernels::RowVerdict make_row(const RowJob& job, Simd simd) {
  return visit_lanes(
      simd, [&]<Simd kSimd>() { return make_row_lanes<kSimd>(job); },
      [&] { return make_row_of<Simd::kScalar>(job); });
}

}  // namespace wend
