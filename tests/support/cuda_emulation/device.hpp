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

/// Ends the process: what happened is undefined in CUDA.
[[noreturn]] void undefined(const char* what);

/// The error that this call must return without doing anything, noted: a device that is hidden or
/// broken, a call from a host function, or what fail_call() wants.
std::optional<cudaError_t> refusal(const char* function);

/// While one lives, this thread runs a function of cudaLaunchHostFunc, which must not call CUDA.
class HostFunction {
 public:
  HostFunction();
  HostFunction(const HostFunction&) = delete;
  HostFunction& operator=(const HostFunction&) = delete;
  ~HostFunction();
};

/// Whether bytes lie within device memory that may be used, or that is there yet (whose free waits
/// in a stream), or touch any that is there.
bool is_device_range(const void* begin, std::size_t bytes);
bool is_there(const void* begin, std::size_t bytes);
bool touches_device(const void* begin, std::size_t bytes);
/// Whether bytes are page-locked memory of the host.
bool is_pinned(const void* begin, std::size_t bytes);

}  // namespace cuda_emulation

/// The first lines of every call of the runtime.
#define CUDA_EMULATION_CALL                                           \
  const std::scoped_lock device_lock(cuda_emulation::device_mutex()); \
  if (const auto wanted = cuda_emulation::refusal(__func__); wanted) return *wanted
