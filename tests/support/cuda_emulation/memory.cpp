// Device memory and page-locked memory: what is new, and what is free again, holds no zeros.
#include "tests/support/cuda_emulation/memory.hpp"

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <map>

#include "tests/support/cuda_emulation/device.hpp"
#include "tests/support/cuda_emulation/grid.hpp"
#include "tests/support/cuda_emulation/streams.hpp"

#if defined(__SANITIZE_ADDRESS__)
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

Ranges& device_memory() {
  static Ranges ranges;
  return ranges;
}
Ranges& pinned_memory() {
  static Ranges ranges;
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

bool holds(const Ranges& ranges, const void* address, std::size_t bytes) {
  std::uintptr_t begin = 0;
  const Range* range = around(ranges, number(address), begin);
  return range != nullptr && !range->freed && number(address) + bytes <= begin + range->bytes;
}

std::size_t total(const Ranges& ranges) {
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
#if defined(__SANITIZE_ADDRESS__)
  ASAN_UNPOISON_MEMORY_REGION(reinterpret_cast<void*>(begin), bytes);
#endif
}

void forbid([[maybe_unused]] std::uintptr_t begin, [[maybe_unused]] std::size_t bytes) {
#if defined(__SANITIZE_ADDRESS__)
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
  return holds(device_memory(), begin, bytes);
}

bool touches_device(const void* begin, std::size_t bytes) {
  std::uintptr_t first = 0;
  return around(device_memory(), number(begin), first) != nullptr ||
         (bytes > 0 && around(device_memory(), number(begin) + bytes - 1, first) != nullptr);
}

bool is_pinned(const void* begin, std::size_t bytes) {
  return holds(pinned_memory(), begin, bytes);
}

void release(void* memory) {
  const auto known = device_memory().find(number(memory));
  allow(known->first, known->second.bytes);
  std::memset(memory, kFree, known->second.bytes);
  device_memory().erase(known);
  std::free(memory);
}

std::uint64_t allocated_bytes() {
  const std::scoped_lock lock(device_mutex());
  return total(device_memory()) + total(pinned_memory());
}

}  // namespace cuda_emulation

using namespace cuda_emulation;  // NOLINT(google-build-using-namespace)

cudaError_t cudaMallocAsync(void** memory, std::size_t bytes, cudaStream_t stream) {
  CUDA_EMULATION_CALL;
  if (!is_stream(stream) || bytes == 0) return noted(cudaErrorInvalidValue);
  if (bytes > kDeviceMemory - total(device_memory())) return noted(cudaErrorMemoryAllocation);
  *memory = allocate(bytes);
  if (*memory == nullptr) return noted(cudaErrorMemoryAllocation);
  device_memory()[number(*memory)] = {bytes, false};
  forbid(number(*memory), bytes);
  return cudaSuccess;
}

cudaError_t cudaFreeAsync(void* memory, cudaStream_t stream) {
  CUDA_EMULATION_CALL;
  const auto known = device_memory().find(number(memory));
  if (!is_stream(stream) || known == device_memory().end() || known->second.freed)
    return noted(cudaErrorInvalidValue);
  known->second.freed = true;
  return enqueue(stream, [memory] { release(memory); });
}

cudaError_t cudaMallocHost(void** memory, std::size_t bytes) {
  CUDA_EMULATION_CALL;
  *memory = allocate(bytes);
  if (*memory == nullptr) return noted(cudaErrorMemoryAllocation);
  pinned_memory()[number(*memory)] = {bytes, false};
  return cudaSuccess;
}

cudaError_t cudaFreeHost(void* memory) {
  CUDA_EMULATION_CALL;
  const auto known = pinned_memory().find(number(memory));
  if (known == pinned_memory().end()) return noted(cudaErrorInvalidValue);
  wait_for_all();  // as CUDA does: work that still uses it must not find it gone
  pinned_memory().erase(known);
  std::free(memory);
  return cudaSuccess;
}

cudaError_t cudaMemGetInfo(std::size_t* free, std::size_t* all) {
  CUDA_EMULATION_CALL;
  *all = kDeviceMemory;
  *free = kDeviceMemory - total(device_memory());
  return cudaSuccess;
}
