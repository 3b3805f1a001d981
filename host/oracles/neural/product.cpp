#include "host/oracles/neural/product.hpp"

#include "host/base/simd.hpp"

namespace wend {

void multiply(const kernels::ProductJob& job, Simd simd) {
  visit_lanes(
      simd, [&]<Simd kSimd>() { multiply_lanes<kSimd>(job); },
      [&] { kernels::Product<kernels::ScalarF32>::run(job); });
}

}  // namespace wend
