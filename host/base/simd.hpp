#pragma once

#include <string_view>

#include "kernels/lanes/simd.hpp"

namespace wend {

using kernels::Simd;

/// "scalar", "avx2", "avx512".
std::string_view to_string(Simd simd);
/// True if this build has the code, and this CPU the instructions.
bool cpu_has(Simd simd);
/// What `simd` comes to on this CPU: kAuto is the widest that it has. Throws Error(kUsage) if the
/// CPU has not got it.
Simd resolve(Simd simd);

/// Calls visitor.template operator()<simd>() for a width that has lanes, else scalar().
template <class Visitor, class Scalar>
decltype(auto) visit_lanes([[maybe_unused]] Simd simd, [[maybe_unused]] const Visitor& visitor,
                           const Scalar& scalar) {
#if WEND_AVX512
  if (simd == Simd::kAvx512) return visitor.template operator()<Simd::kAvx512>();
#endif
#if WEND_AVX2
  if (simd == Simd::kAvx2) return visitor.template operator()<Simd::kAvx2>();
#endif
  return scalar();
}

}  // namespace wend
