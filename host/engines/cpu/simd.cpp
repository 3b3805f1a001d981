#include "host/engines/cpu/simd.hpp"

#include <algorithm>
#include <thread>

#include "host/base/cpu_features.hpp"
#include "wend/error.hpp"

namespace wend {
namespace {

bool cpu_has(Simd simd) {
  return simd == Simd::kScalar || (simd == Simd::kAvx2 && cpu_has_avx2()) ||
         (simd == Simd::kAvx512 && cpu_has_avx512());
}

}  // namespace

std::string to_string(Simd simd) {
  return simd == Simd::kAvx512 ? "avx512" : simd == Simd::kAvx2 ? "avx2" : "scalar";
}

Simd resolve(Simd simd) {
  if (simd == Simd::kAuto) {
    for (const Simd candidate : {Simd::kAvx512, Simd::kAvx2})
      if (cpu_has(candidate)) return candidate;
    return Simd::kScalar;
  }
  if (!cpu_has(simd)) throw Error(ErrorKind::kUsage, "this CPU has not got " + to_string(simd));
  return simd;
}

Device describe_cpu(unsigned threads, Simd simd) {
  return {Backend::kCpu, "cpu, " + std::to_string(threads) +
                             (threads == 1 ? " thread, " : " threads, ") + to_string(simd)};
}

unsigned resolve_threads(unsigned threads) {
  return threads != 0 ? threads : std::max(1U, std::thread::hardware_concurrency());
}

}  // namespace wend
