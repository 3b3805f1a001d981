// Compiled once a width, like host/engines/cpu/lanes.cpp. The vectors are the compiler's.
#include "host/engines/lockstep/make_row.hpp"

namespace wend {

template <kernels::Simd kSimd>
kernels::RowVerdict make_row_lanes(const RowJob& job) {
  return make_row_of<kSimd>(job);
}

template kernels::RowVerdict make_row_lanes<kernels::Simd::WEND_SIMD>(const RowJob&);

}  // namespace wend
