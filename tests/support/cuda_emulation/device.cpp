// The device, its limits, and errors.
#include "tests/support/cuda_emulation/device.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>
#include <utility>

#include "tests/support/cuda_emulation/grid.hpp"
#include "tests/support/cuda_emulation/launch.hpp"
#include "tests/support/cuda_emulation/memory.hpp"
#include "tests/support/cuda_emulation/streams.hpp"

namespace cuda_emulation {
namespace {

thread_local cudaError_t last_error = cudaSuccess;
thread_local bool in_host_function = false;

// After a fault of a kernel every call fails, until the process ends or reset_device().
cudaError_t broken = cudaSuccess;
int processors = kProcessors;

bool breaks_device(cudaError_t error) { return error == cudaErrorLaunchFailure; }

struct Failure {
  cudaError_t error;
  std::uint64_t calls;  // before it
};

std::map<std::string, Failure>& failures() {
  static std::map<std::string, Failure> all;
  return all;
}

/// The most dynamic shared memory that each kernel has been allowed.
std::map<const void*, std::size_t>& dynamic_limits() {
  static std::map<const void*, std::size_t> all;
  return all;
}

struct ErrorText {
  cudaError_t error;
  const char* name;
  const char* text;
};
constexpr ErrorText kErrors[] = {
    {cudaSuccess, "cudaSuccess", "no error"},
    {cudaErrorInvalidValue, "cudaErrorInvalidValue", "invalid argument"},
    {cudaErrorMemoryAllocation, "cudaErrorMemoryAllocation", "out of memory"},
    {cudaErrorInvalidConfiguration, "cudaErrorInvalidConfiguration",
     "invalid configuration argument"},
    {cudaErrorInvalidMemcpyDirection, "cudaErrorInvalidMemcpyDirection",
     "invalid copy direction for memcpy"},
    {cudaErrorNoDevice, "cudaErrorNoDevice", "no CUDA-capable device is detected"},
    {cudaErrorInvalidDevice, "cudaErrorInvalidDevice", "invalid device ordinal"},
    {cudaErrorInvalidResourceHandle, "cudaErrorInvalidResourceHandle", "invalid resource handle"},
    {cudaErrorNotReady, "cudaErrorNotReady", "device not ready"},
    {cudaErrorNotPermitted, "cudaErrorNotPermitted", "operation not permitted"},
    {cudaErrorLaunchFailure, "cudaErrorLaunchFailure", "unspecified launch failure"},
    {cudaErrorStreamCaptureUnsupported, "cudaErrorStreamCaptureUnsupported",
     "operation not permitted when stream is capturing"},
    {cudaErrorStreamCaptureInvalidated, "cudaErrorStreamCaptureInvalidated",
     "operation failed due to a previous error during capture"},
    {cudaErrorCapturedEvent, "cudaErrorCapturedEvent",
     "operation not permitted on an event last recorded in a capturing stream"}};

const ErrorText& text_of(cudaError_t error) {
  static constexpr ErrorText kUnknown{cudaSuccess, "cudaErrorUnknown", "unknown error"};
  for (const ErrorText& known : kErrors)
    if (known.error == error) return known;
  return kUnknown;
}

/// As CUDA's driver: read once, and what names no device of this machine hides them all.
bool visible() {
  static const bool visible = [] {
    const char* names = std::getenv("CUDA_VISIBLE_DEVICES");
    return names == nullptr || *names == '0';
  }();
  return visible;
}

unsigned whole_warps(unsigned threads) { return (threads + 31) / 32 * 32; }

}  // namespace

std::recursive_mutex& device_mutex() {
  static std::recursive_mutex mutex;
  return mutex;
}

cudaError_t noted(cudaError_t error) {
  if (error != cudaSuccess) last_error = error;
  return error;
}

void undefined(const char* what) {
  std::fprintf(stderr, "cuda_emulation: %s\n", what);
  std::abort();
}

HostFunction::HostFunction() { in_host_function = true; }
HostFunction::~HostFunction() { in_host_function = false; }

std::optional<cudaError_t> refusal(const char* function) {
  if (in_host_function) return noted(cudaErrorNotPermitted);
  if (!visible()) return noted(cudaErrorNoDevice);
  if (broken != cudaSuccess) return noted(broken);
  const auto wanted = failures().find(function);
  if (wanted == failures().end()) return std::nullopt;
  if (wanted->second.calls-- > 0) return std::nullopt;
  const cudaError_t error = wanted->second.error;
  failures().erase(wanted);
  if (breaks_device(error)) broken = error;
  return noted(error);
}

void reset_device() {
  const std::scoped_lock lock(device_mutex());
  failures().clear();
  broken = cudaSuccess;
  last_error = cudaSuccess;
  drop_streams();
  drop_memory();
}

void set_processors(int count) {
  const std::scoped_lock lock(device_mutex());
  processors = count;
}

void fail_call(const std::string& function, cudaError_t error, std::uint64_t calls) {
  const std::scoped_lock lock(device_mutex());
  if (error == cudaSuccess) {
    failures().erase(function);
  } else {
    failures()[function] = {error, calls};
  }
}

cudaError_t set_attribute(const void* kernel, cudaFuncAttribute attribute, int value) {
  const std::scoped_lock lock(device_mutex());
  if (const auto wanted = refusal("cudaFuncSetAttribute")) return *wanted;
  if (attribute == cudaFuncAttributePreferredSharedMemoryCarveout) return cudaSuccess;
  if (value < 0 || static_cast<std::size_t>(value) > kSharedMemory - kReservedShared)
    return noted(cudaErrorInvalidValue);
  dynamic_limits()[kernel] = static_cast<std::size_t>(value);
  return cudaSuccess;
}

std::size_t dynamic_limit(const void* kernel) {
  const auto known = dynamic_limits().find(kernel);
  return known == dynamic_limits().end() ? kDefaultDynamic : known->second;
}

cudaError_t get_attributes(cudaFuncAttributes* attributes, const void* kernel) {
  const std::scoped_lock lock(device_mutex());
  if (const auto wanted = refusal("cudaFuncGetAttributes")) return *wanted;
  attributes->maxDynamicSharedSizeBytes = static_cast<int>(dynamic_limit(kernel));
  return cudaSuccess;
}

cudaError_t occupancy(int* blocks, const void* kernel, int threads, std::size_t dynamic_bytes) {
  const std::scoped_lock lock(device_mutex());
  if (const auto wanted = refusal("cudaOccupancyMaxActiveBlocksPerMultiprocessor")) return *wanted;
  if (threads < 1 || static_cast<unsigned>(threads) > kMostThreads ||
      dynamic_bytes > dynamic_limit(kernel))
    return noted(cudaErrorInvalidValue);
  const unsigned by_threads = kMostResidentThreads / whole_warps(static_cast<unsigned>(threads));
  const auto by_memory = static_cast<unsigned>(kSharedMemory / (dynamic_bytes + kReservedShared));
  *blocks = static_cast<int>(std::min({kMostResidentBlocks, by_threads, by_memory}));
  return cudaSuccess;
}

cudaError_t check_launch(const cudaLaunchConfig_t& config, const void* kernel) {
  const dim3 grid = config.gridDim;
  const dim3 block = config.blockDim;
  const std::uint64_t threads = std::uint64_t{block.x} * block.y * block.z;
  if (grid.x == 0 || grid.y == 0 || grid.z == 0 || grid.x > 0x7FFFFFFFU || grid.y > 65535 ||
      grid.z > 65535 || threads == 0 || threads > kMostThreads || block.z > 64)
    return cudaErrorInvalidConfiguration;
  return config.dynamicSmemBytes > dynamic_limit(kernel) ? cudaErrorInvalidValue : cudaSuccess;
}

}  // namespace cuda_emulation

using cuda_emulation::noted;

const char* cudaGetErrorName(cudaError_t error) { return cuda_emulation::text_of(error).name; }
const char* cudaGetErrorString(cudaError_t error) { return cuda_emulation::text_of(error).text; }

cudaError_t cudaGetLastError() {
  const std::scoped_lock lock(cuda_emulation::device_mutex());
  const cudaError_t last = std::exchange(cuda_emulation::last_error, cudaSuccess);
  return cuda_emulation::broken != cudaSuccess ? cuda_emulation::broken : last;
}

cudaError_t cudaGetDeviceCount(int* count) {
  *count = 0;
  CUDA_EMULATION_CALL;
  *count = 1;
  return cudaSuccess;
}

cudaError_t cudaGetDevice(int* device) {
  CUDA_EMULATION_CALL;
  *device = 0;
  return cudaSuccess;
}

cudaError_t cudaSetDevice(int device) {
  CUDA_EMULATION_CALL;
  return noted(device == 0 ? cudaSuccess : cudaErrorInvalidDevice);
}

cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int device) {
  CUDA_EMULATION_CALL;
  if (device != 0) return noted(cudaErrorInvalidDevice);
  *properties = {};
  std::strcpy(properties->name, "cuda (emulated)");
  properties->totalGlobalMem = cuda_emulation::kDeviceMemory;
  properties->multiProcessorCount = cuda_emulation::processors;
  return cudaSuccess;
}

cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr attribute, int device) {
  CUDA_EMULATION_CALL;
  if (device != 0) return noted(cudaErrorInvalidDevice);
  switch (attribute) {
    case cudaDevAttrMultiProcessorCount:
      *value = cuda_emulation::processors;
      return cudaSuccess;
    case cudaDevAttrComputeCapabilityMajor:
      *value = 9;
      return cudaSuccess;
    case cudaDevAttrMaxSharedMemoryPerMultiprocessor:
      *value = cuda_emulation::kSharedMemory;
      return cudaSuccess;
    case cudaDevAttrReservedSharedMemoryPerBlock:
      *value = cuda_emulation::kReservedShared;
      return cudaSuccess;
    case cudaDevAttrMemoryPoolsSupported:
      *value = 1;
      return cudaSuccess;
  }
  return noted(cudaErrorInvalidValue);
}

cudaError_t cudaDriverGetVersion(int* version) {
  CUDA_EMULATION_CALL;
  *version = 13000;
  return cudaSuccess;
}
