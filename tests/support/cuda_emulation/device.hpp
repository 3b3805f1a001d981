#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>
#include <mutex>
#include <optional>

// What the parts of the emulation share.
namespace cuda_emulation {

/// Held by whatever the device does, and by every change of its state: one thing at a time.
std::recursive_mutex& device_mutex();

/// Notes an error for cudaGetLastError(), of this thread, and returns it.
cudaError_t noted(cudaError_t error);

/// The error that fail_call() wants of this call, noted.
std::optional<cudaError_t> failing(const char* function);

/// Whether bytes lie within device memory that is allocated, or in any that is.
bool is_device_range(const void* begin, std::size_t bytes);
bool touches_device(const void* begin, std::size_t bytes);
/// Whether bytes are page-locked memory of the host.
bool is_pinned(const void* begin, std::size_t bytes);

}  // namespace cuda_emulation

/// The first lines of every call of the runtime.
#define CUDA_EMULATION_CALL                                           \
  const std::scoped_lock device_lock(cuda_emulation::device_mutex()); \
  if (const auto wanted = cuda_emulation::failing(__func__); wanted) return *wanted
