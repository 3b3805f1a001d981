// Compiled once a width, like host/engines/cpu/lanes.cpp. The vectors are the compiler's.
#include "host/oracles/neural/row_functions_of.hpp"

namespace wend {

template <kernels::Simd kSimd>
const RowFunctions& row_functions_lanes() {
  return RowFunctionsOf<kSimd>::kFunctions;
}

template const RowFunctions& row_functions_lanes<kernels::Simd::WEND_SIMD>();

}  // namespace wend
