#include "bench/references.hpp"

#include "host/base/cpu_features.hpp"

namespace wend::bench {

const References* references() {
#if WEND_X86
  static constexpr References kAvx512{"avx512", philox_avx512, gather_avx512, 16};
  static constexpr References kAvx2{"avx2", philox_avx2, gather_avx2, 8};
  if (cpu_has_avx512()) return &kAvx512;
  if (cpu_has_avx2()) return &kAvx2;
#endif
  return nullptr;
}

}  // namespace wend::bench
