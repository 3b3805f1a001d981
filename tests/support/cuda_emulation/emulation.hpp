#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>
#include <string>

// What tests can ask of the emulated device.
namespace cuda_emulation {

/// In which order a grid's blocks run, and a block's threads between two barriers.
enum class Order { kForward, kBackward, kRandom };

/// For all launches from now on; at first kRandom, seed 1. What depends on the order is a race.
void set_order(Order order, std::uint64_t seed = 1);

/// Makes the call of `function` ("cudaMallocAsync") that comes after `calls` others of it fail
/// once.
void fail_call(const std::string& function, cudaError_t error, std::uint64_t calls = 0);

/// Work that waits in all streams, and device and page-locked memory that is not freed.
std::uint64_t pending_operations();
std::uint64_t allocated_bytes();
std::uint64_t launches();

}  // namespace cuda_emulation
