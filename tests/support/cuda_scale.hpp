#pragma once

#include <cstdint>

namespace wend::test {

/// A size of a test on a GPU: less where that is emulated, at a thousandth of the speed and with
/// sanitizers less. More work than runs at once has its tests there with few multiprocessors
/// (emulated_engine_test).
constexpr std::uint64_t on_gpu(std::uint64_t real, std::uint64_t emulated) {
#if defined(WEND_CUDA_EMULATED)
  static_cast<void>(real);
  return emulated;
#else
  static_cast<void>(emulated);
  return real;
#endif
}

}  // namespace wend::test
