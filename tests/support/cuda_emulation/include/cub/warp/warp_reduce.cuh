#pragma once

#include <cstdint>

#include "tests/support/cuda_emulation/device_code.hpp"

namespace cub {

/// The sum over a warp's threads, which all of them must ask for. As in CUB the result is lane 0's
/// alone: the others get a number that is as good as any.
template <class T>
class WarpReduce {
 public:
  struct TempStorage {
    T unused;
  };
  explicit WarpReduce(TempStorage& /*storage*/) {}

  T Sum(T value, const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
    const std::uint32_t lanes = cuda_emulation::warp_lanes();
    T sum = 0;
    cuda_emulation::exchange(lanes, value, {cuda_emulation::Meeting::Kind::kReduction, file, line},
                             [&](const auto& value_of) {
                               for (unsigned lane = 0; lane < 32; ++lane)
                                 if ((lanes >> lane & 1U) != 0) sum += value_of(lane);
                             });
    return cuda_emulation::lane() == 0 ? sum : static_cast<T>(0xDEADBEEFU);
  }
};

}  // namespace cub
