#pragma once

#include <cstddef>

namespace cuda_emulation {

/// Gives the memory at `memory` back for good, once the stream that freed it has come so far.
void release(void* memory);

/// Frees all device and page-locked memory.
void drop_memory();

/// While one lives, device memory may be touched: by the device's work. The host must not, which
/// the address sanitizer sees.
class DeviceAccess {
 public:
  DeviceAccess();
  DeviceAccess(const DeviceAccess&) = delete;
  DeviceAccess& operator=(const DeviceAccess&) = delete;
  ~DeviceAccess();
};

}  // namespace cuda_emulation
