// Device memory and page-locked memory: what is new, and what is free again, holds no zeros.
#include "tests/support/cuda_emulation/memory.hpp"

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <map>

#include "tests/support/cuda_emulation/device.hpp"
#include "tests/support/cuda_emulation/grid.hpp"
#include "tests/support/cuda_emulation/streams.hpp"

#if defined(WEND_SANITIZED)
#include <sanitizer/asan_interface.h>
#endif

namespace cuda_emulation {
namespace {

constexpr std::size_t kAlignment = 256;
constexpr int kNew = 0xCD;
constexpr int kFree = 0xDD;

struct Range {
  std::size_t bytes;
  bool freed;  // asked for, though its stream may not have come so far
};

using Ranges = std::map<std::uintptr_t, Range>;

// Never destroyed: what a process leaves at its end goes with it.
Ranges& device_memory() {
  static Ranges& ranges = *new Ranges;
  return ranges;
}
Ranges& pinned_memory() {
  static Ranges& ranges = *new Ranges;
  return ranges;
}

std::uintptr_t number(const void* address) { return reinterpret_cast<std::uintptr_t>(address); }

/// The range that an address lies in.
const Range* around(const Ranges& ranges, std::uintptr_t address, std::uintptr_t& begin) {
  auto after = ranges.upper_bound(address);
  if (after == ranges.begin()) return nullptr;
  --after;
  begin = after->first;
  return address < after->first + after->second.bytes ? &after->second : nullptr;
}

/// The range that has all of these bytes.
const Range* holder(const Ranges& ranges, const void* address, std::size_t bytes) {
  std::uintptr_t begin = 0;
  const Range* range = around(ranges, number(address), begin);
  return range != nullptr && number(address) + bytes <= begin + range->bytes ? range : nullptr;
}

std::size_t bytes_of(const Ranges& ranges) {
  std::size_t sum = 0;
  for (const auto& [begin, range] : ranges) sum += range.bytes;
  return sum;
}

void* allocate(std::size_t bytes) {
  // Not aligned_alloc, whose sizes are rounded up: beyond the last byte a sanitizer looks on.
  void* memory = nullptr;
  if (::posix_memalign(&memory, kAlignment, bytes) != 0) return nullptr;
  std::memset(memory, kNew, bytes);
  return memory;
}

void allow([[maybe_unused]] std::uintptr_t begin, [[maybe_unused]] std::size_t bytes) {
#if defined(WEND_SANITIZED)
  ASAN_UNPOISON_MEMORY_REGION(reinterpret_cast<void*>(begin), bytes);
#endif
}

void forbid([[maybe_unused]] std::uintptr_t begin, [[maybe_unused]] std::size_t bytes) {
#if defined(WEND_SANITIZED)
  ASAN_POISON_MEMORY_REGION(reinterpret_cast<void*>(begin), bytes);
#endif
}

}  // namespace

DeviceAccess::DeviceAccess() {
  for (const auto& [begin, range] : device_memory()) allow(begin, range.bytes);
}

DeviceAccess::~DeviceAccess() {
  for (const auto& [begin, range] : device_memory()) forbid(begin, range.bytes);
}

bool is_device_range(const void* begin, std::size_t bytes) {
  const Range* range = holder(device_memory(), begin, bytes);
  return range != nullptr && !range->freed;
}

bool is_there(const void* begin, std::size_t bytes) {
  return holder(device_memory(), begin, bytes) != nullptr;
}

bool touches_device(const void* begin, std::size_t bytes) {
  std::uintptr_t first = 0;
  return around(device_memory(), number(begin), first) != nullptr ||
         (bytes > 0 && around(device_memory(), number(begin) + bytes - 1, first) != nullptr);
}

bool is_pinned(const void* begin, std::size_t bytes) {
  return holder(pinned_memory(), begin, bytes) != nullptr;
}

void release(void* memory) {
  const auto known = device_memory().find(number(memory));
  if (known == device_memory().end()) undefined("device memory is freed twice");
  allow(known->first, known->second.bytes);
  std::memset(memory, kFree, known->second.bytes);
  device_memory().erase(known);
  std::free(memory);
}

void drop_memory() {
  while (!device_memory().empty())
    release(reinterpret_cast<void*>(device_memory().begin()->first));  // NOLINT(*-int-to-ptr)
  for (const auto& [begin, range] : pinned_memory())
    std::free(reinterpret_cast<void*>(begin));  // NOLINT(*-int-to-ptr)
  pinned_memory().clear();
}

std::uint64_t allocated_bytes() {
  const std::scoped_lock lock(device_mutex());
  return bytes_of(device_memory()) + bytes_of(pinned_memory());
}

}  // namespace cuda_emulation

using namespace cuda_emulation;  // NOLINT(google-build-using-namespace)

cudaError_t cudaMallocAsync(void** memory, std::size_t bytes, cudaStream_t stream) {
  CUDA_EMULATION_CALL;
  if (const auto error = break_captures()) return *error;
  if (!is_stream(stream) || bytes == 0) return noted(cudaErrorInvalidValue);
  if (bytes > kDeviceMemory - bytes_of(device_memory())) return noted(cudaErrorMemoryAllocation);
  *memory = allocate(bytes);
  if (*memory == nullptr) return noted(cudaErrorMemoryAllocation);
  device_memory()[number(*memory)] = {bytes, false};
  forbid(number(*memory), bytes);
  return cudaSuccess;
}

cudaError_t cudaFreeAsync(void* memory, cudaStream_t stream) {
  CUDA_EMULATION_CALL;
  if (const auto error = break_captures()) return *error;
  const auto known = device_memory().find(number(memory));
  if (!is_stream(stream) || known == device_memory().end() || known->second.freed)
    return noted(cudaErrorInvalidValue);
  known->second.freed = true;
  return enqueue(stream, [memory] { release(memory); });
}

cudaError_t cudaMallocHost(void** memory, std::size_t bytes) {
  CUDA_EMULATION_CALL;
  if (const auto error = break_captures()) return *error;
  *memory = allocate(bytes);
  if (*memory == nullptr) return noted(cudaErrorMemoryAllocation);
  pinned_memory()[number(*memory)] = {bytes, false};
  return cudaSuccess;
}

cudaError_t cudaFreeHost(void* memory) {
  CUDA_EMULATION_CALL;
  if (const auto error = break_captures()) return *error;
  const auto known = pinned_memory().find(number(memory));
  if (known == pinned_memory().end()) return noted(cudaErrorInvalidValue);
  wait_for_all();  // as CUDA does: work that still uses it must not find it gone
  pinned_memory().erase(known);
  std::free(memory);
  return cudaSuccess;
}

cudaError_t cudaMemGetInfo(std::size_t* free, std::size_t* total) {
  CUDA_EMULATION_CALL;
  *total = kDeviceMemory;
  *free = kDeviceMemory - bytes_of(device_memory());
  return cudaSuccess;
}
