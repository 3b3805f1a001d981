#pragma once

#include <cuda_runtime_api.h>

#include <functional>

namespace cuda_emulation {

/// Checks a launch against the device's limits and puts it into its stream. `thread` is the work of
/// one thread.
cudaError_t launch(const cudaLaunchConfig_t& config, const void* kernel,
                   std::function<void()> thread);

cudaError_t set_attribute(const void* kernel, cudaFuncAttribute attribute, int value);
cudaError_t get_attributes(cudaFuncAttributes* attributes, const void* kernel);
cudaError_t occupancy(int* blocks, const void* kernel, int threads, std::size_t dynamic_bytes);

}  // namespace cuda_emulation
