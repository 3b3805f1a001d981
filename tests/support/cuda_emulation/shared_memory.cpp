// The dynamic shared memory of wend's kernels, which they declare as `extern __shared__`: the
// host's compiler wants it defined, under the name that they give it.
#include "tests/support/cuda_emulation/grid.hpp"
#include "tests/support/cuda_emulation/vector_types.hpp"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#endif

namespace wend::kernels {

thread_local uint2 top[cuda_emulation::kSharedMemory / sizeof(uint2)];

}  // namespace wend::kernels

namespace cuda_emulation {

void limit_dynamic_shared([[maybe_unused]] std::size_t bytes) {
#if defined(__SANITIZE_ADDRESS__)
  auto* begin = reinterpret_cast<char*>(wend::kernels::top);
  ASAN_UNPOISON_MEMORY_REGION(begin, sizeof wend::kernels::top);
  ASAN_POISON_MEMORY_REGION(begin + bytes, sizeof wend::kernels::top - bytes);
#endif
}

}  // namespace cuda_emulation
