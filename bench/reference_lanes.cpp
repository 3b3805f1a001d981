// Compiled once a width, like host/engines/cpu/lanes.cpp.
#include WEND_LANES_HEADER

#include "bench/reference_lanes.hpp"

#include "bench/references.hpp"

namespace wend::bench {

template <kernels::Simd kSimd>
References references_of() {
  using Lanes = typename kernels::LanesOf<kSimd>::U32;
  return {kSimd, philox_lanes<Lanes>, gather_lanes<Lanes>, Lanes::kWidth};
}

template References references_of<kernels::Simd::WEND_SIMD>();

}  // namespace wend::bench
