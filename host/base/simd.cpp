#include "host/base/simd.hpp"

#include <string>

#include "wend/error.hpp"

namespace wend {

std::string_view to_string(Simd simd) {
  switch (simd) {
    case Simd::kAuto:
      return "auto";
    case Simd::kScalar:
      return "scalar";
    case Simd::kAvx2:
      return "avx2";
    case Simd::kAvx512:
      return "avx512";
  }
  return "unknown";
}

bool cpu_has(Simd simd) {
  switch (simd) {
    case Simd::kAuto:
    case Simd::kScalar:
      return true;
#if WEND_AVX2
    case Simd::kAvx2:
      return __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("bmi2") != 0 &&
             __builtin_cpu_supports("fma") != 0;
#endif
#if WEND_AVX512
    case Simd::kAvx512:
      return __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512bw") != 0 &&
             __builtin_cpu_supports("avx512dq") != 0 && __builtin_cpu_supports("avx512vl") != 0;
#endif
    default:
      return false;
  }
}

Simd resolve(Simd simd) {
  if (simd == Simd::kAuto) {
    for (const Simd candidate : {Simd::kAvx512, Simd::kAvx2})
      if (cpu_has(candidate)) return candidate;
    return Simd::kScalar;
  }
  if (!cpu_has(simd))
    throw Error(ErrorKind::kUsage, "this CPU has not got " + std::string(to_string(simd)));
  return simd;
}

}  // namespace wend
