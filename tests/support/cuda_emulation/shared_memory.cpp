// The dynamic shared memory of wend's kernels, which they declare as `extern __shared__`: the
// host's compiler wants it defined, under the name that they give it.
#include <cstring>

#include "tests/support/cuda_emulation/grid.hpp"
#include "tests/support/cuda_emulation/vector_types.hpp"

#if defined(WEND_SANITIZED)
#include <sanitizer/asan_interface.h>
#endif

namespace wend::kernels {

thread_local uint2 top[cuda_emulation::kSharedMemory / sizeof(uint2)];

}  // namespace wend::kernels

namespace cuda_emulation {

void renew_dynamic_shared(std::size_t bytes) {
  auto* begin = reinterpret_cast<char*>(wend::kernels::top);
#if defined(WEND_SANITIZED)
  ASAN_UNPOISON_MEMORY_REGION(begin, sizeof wend::kernels::top);
  ASAN_POISON_MEMORY_REGION(begin + bytes, sizeof wend::kernels::top - bytes);
#endif
  std::memset(begin, 0xCD, bytes);
}

}  // namespace cuda_emulation
