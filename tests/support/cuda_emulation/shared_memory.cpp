// The dynamic shared memory of wend's kernels, which they declare as `extern __shared__`: the
// host's compiler wants it defined, under the name that they give it.
#include <algorithm>
#include <cstring>

#include "tests/support/cuda_emulation/device.hpp"
#include "tests/support/cuda_emulation/grid.hpp"
#include "tests/support/cuda_emulation/vector_types.hpp"

#if defined(WEND_SANITIZED)
#include <sanitizer/asan_interface.h>
#endif

namespace wend::kernels {

thread_local uint2 top[cuda_emulation::kSharedMemory / sizeof(uint2)];

}  // namespace wend::kernels

namespace cuda_emulation {
namespace {

unsigned char* dynamic_shared() { return reinterpret_cast<unsigned char*>(wend::kernels::top); }

// Beyond a block's share are bytes that must stay, or poison for the sanitizer.
#if !defined(WEND_SANITIZED)
constexpr std::size_t kGuard = 1024;
constexpr unsigned char kUntouched = 0xEE;

std::size_t guard_end(std::size_t bytes) {
  return std::min(bytes + kGuard, sizeof wend::kernels::top);
}
#endif

}  // namespace

void renew_dynamic_shared(std::size_t bytes) {
  unsigned char* begin = dynamic_shared();
#if defined(WEND_SANITIZED)
  ASAN_UNPOISON_MEMORY_REGION(begin, sizeof wend::kernels::top);
  ASAN_POISON_MEMORY_REGION(begin + bytes, sizeof wend::kernels::top - bytes);
#else
  std::fill(begin + bytes, begin + guard_end(bytes), kUntouched);
#endif
  std::memset(begin, 0xCD, bytes);
}

void check_dynamic_shared([[maybe_unused]] std::size_t bytes) {
#if !defined(WEND_SANITIZED)
  const unsigned char* begin = dynamic_shared();
  if (!std::all_of(begin + bytes, begin + guard_end(bytes),
                   [](unsigned char byte) { return byte == kUntouched; }))
    undefined("a block has written beyond its dynamic shared memory");
#endif
}

}  // namespace cuda_emulation
