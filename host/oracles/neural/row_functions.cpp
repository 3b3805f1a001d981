#include "host/oracles/neural/row_functions.hpp"

#include "host/base/simd.hpp"
#include "host/oracles/neural/row_functions_of.hpp"

namespace wend {

const RowFunctions& row_functions(Simd simd) {
  return visit_lanes(
      simd, []<Simd kSimd>() -> const RowFunctions& { return row_functions_lanes<kSimd>(); },
      []() -> const RowFunctions& { return RowFunctionsOf<Simd::kScalar>::kFunctions; });
}

}  // namespace wend
