// Compiled once a width, like host/engines/cpu/lanes.cpp.
#include WEND_LANES_HEADER

#include "host/oracles/neural/product.hpp"

namespace wend {

template <kernels::Simd kSimd>
void multiply_lanes(const kernels::ProductJob& job) {
  kernels::Product<typename kernels::FloatLanesOf<kSimd>::Type>::run(job);
}

template void multiply_lanes<kernels::Simd::WEND_SIMD>(const kernels::ProductJob&);

}  // namespace wend
