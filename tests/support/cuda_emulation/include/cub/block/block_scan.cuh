#pragma once

#include <cstdint>

#include "tests/support/cuda_emulation/device_code.hpp"

namespace cub {

/// Sums over the threads of a block before each, which all of them must ask for. As in CUB the
/// storage may be used again after a barrier.
template <class T, int kThreads>
class BlockScan {
 public:
  struct TempStorage {
    T values[static_cast<unsigned>(kThreads)];
  };
  explicit BlockScan(TempStorage& storage) : storage_(storage) {}

  void ExclusiveSum(T value, T& before, const char* file = __builtin_FILE(),
                    int line = __builtin_LINE()) {
    storage_.values[threadIdx.x] = value;
    __syncthreads(file, line);
    before = 0;
    for (unsigned i = 0; i < threadIdx.x; ++i) before += storage_.values[i];
  }

 private:
  TempStorage& storage_;
};

}  // namespace cub
