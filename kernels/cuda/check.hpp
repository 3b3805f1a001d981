#pragma once

#include <cuda_runtime_api.h>

#include <string>

#include "wend/error.hpp"

namespace wend::kernels {

/// Throws Error(kRuntime) that names `what` was being done and CUDA's error. Also takes the error
/// off the runtime's list, so that a later check does not report it again.
inline void cuda_check(cudaError_t error, const char* what) {
  if (error == cudaSuccess) return;
  static_cast<void>(cudaGetLastError());
  throw Error(ErrorKind::kRuntime, "CUDA: " + std::string(what) + ": " + cudaGetErrorName(error) +
                                       " (" + cudaGetErrorString(error) + ")");
}

}  // namespace wend::kernels
