#pragma once

#include <cuda_runtime_api.h>

#include <functional>

namespace cuda_emulation {

/// Puts work at the end of a stream, or into the graph that captures it. It runs when somebody
/// waits, no sooner: so what is not waited for has not happened.
cudaError_t enqueue(cudaStream_t stream, std::function<void()> work);

bool is_stream(cudaStream_t stream);
bool is_capturing(cudaStream_t stream);
/// Does all that waits in a stream, or in all of them, one piece of one stream after a piece of
/// another.
void drain(cudaStream_t stream);
void wait_for_all();

/// The most dynamic shared memory that a kernel may have (device.cpp), and the check of a launch.
std::size_t dynamic_limit(const void* kernel);
cudaError_t check_launch(const cudaLaunchConfig_t& config, const void* kernel);

}  // namespace cuda_emulation
