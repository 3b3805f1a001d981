#pragma once

#include <cuda_runtime_api.h>

#include <functional>
#include <optional>

namespace cuda_emulation {

/// Puts work at the end of a stream, or into the graph that captures it. It runs when somebody
/// waits for it, or in Order::kRandom for another stream.
cudaError_t enqueue(cudaStream_t stream, std::function<void()> work);

/// The same with a function of the host, which never runs before its stream is waited for: it may
/// wait itself.
cudaError_t enqueue_host(cudaStream_t stream, std::function<void()> work);

/// False for a stream that never was. Ends the process for one that was destroyed.
bool is_stream(cudaStream_t stream);
bool is_capturing(cudaStream_t stream);
/// For calls that no capture can be part of: an error while there is one, which then is broken.
/// CUDA allows some of them (nodes that allocate); wend's launchers promise not to.
std::optional<cudaError_t> break_captures();
/// Does all that waits in a stream, or in all of them, one piece of one stream after a piece of
/// another.
void drain(cudaStream_t stream);
void wait_for_all();
/// Forgets all streams and what waits in them.
void drop_streams();

/// The most dynamic shared memory that a kernel may have (device.cpp), and the check of a launch.
std::size_t dynamic_limit(const void* kernel);
cudaError_t check_launch(const cudaLaunchConfig_t& config, const void* kernel);

}  // namespace cuda_emulation
