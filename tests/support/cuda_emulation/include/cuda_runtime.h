#pragma once

// What nvcc includes in every .cu file by itself.

#include <cuda_runtime_api.h>

#include <tuple>
#include <utility>

#include "tests/support/cuda_emulation/device_code.hpp"
#include "tests/support/cuda_emulation/launch.hpp"

template <class... Parameters, class... Arguments>
cudaError_t cudaLaunchKernelEx(const cudaLaunchConfig_t* config, void (*kernel)(Parameters...),
                               Arguments&&... arguments) {
  // Arguments are copied when a launch is asked for, not when it runs.
  return cuda_emulation::launch(
      *config, reinterpret_cast<const void*>(kernel),
      [kernel, copies = std::tuple<Parameters...>(std::forward<Arguments>(arguments)...)] {
        std::apply(kernel, copies);
      });
}

template <class... Parameters>
cudaError_t cudaFuncSetAttribute(void (*kernel)(Parameters...), cudaFuncAttribute attribute,
                                 int value) {
  return cuda_emulation::set_attribute(reinterpret_cast<const void*>(kernel), attribute, value);
}

template <class... Parameters>
cudaError_t cudaFuncGetAttributes(cudaFuncAttributes* attributes, void (*kernel)(Parameters...)) {
  return cuda_emulation::get_attributes(attributes, reinterpret_cast<const void*>(kernel));
}

template <class... Parameters>
cudaError_t cudaOccupancyMaxActiveBlocksPerMultiprocessor(int* blocks,
                                                          void (*kernel)(Parameters...),
                                                          int threads, std::size_t dynamic_bytes) {
  return cuda_emulation::occupancy(blocks, reinterpret_cast<const void*>(kernel), threads,
                                   dynamic_bytes);
}
