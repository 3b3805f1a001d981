#pragma once

#include <cstdint>

#include "tests/support/cuda_emulation/device_code.hpp"

namespace cub {

/// A reduction over a block's threads, which all of them must ask for. As in CUB the result is
/// thread 0's alone, and the storage may be used again after a barrier: who writes there before
/// spoils what thread 0 has not read.
template <class T, int kThreads>
class BlockReduce {
 public:
  struct TempStorage {
    T values[static_cast<unsigned>(kThreads)];
  };
  explicit BlockReduce(TempStorage& storage) : storage_(storage) {}

  template <class Operation>
  T Reduce(T value, Operation operation, const char* file = __builtin_FILE(),
           int line = __builtin_LINE()) {
    storage_.values[threadIdx.x] = value;
    __syncthreads(file, line);
    if (threadIdx.x != 0) return T(0xDEADBEEFU);
    T all = storage_.values[0];
    for (int i = 1; i < kThreads; ++i) all = operation(all, storage_.values[i]);
    return all;
  }
  T Sum(T value, const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
    return Reduce(
        value, [](T a, T b) { return a + b; }, file, line);
  }

 private:
  TempStorage& storage_;
};

}  // namespace cub
