#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>
#include <string>

// What tests can ask of the emulated device.
namespace cuda_emulation {

/// In which order a grid's blocks run, and a block's warps between its barriers: each as far as it
/// comes. kRandom also runs work of streams that nobody waits for yet.
enum class Order { kForward, kBackward, kRandom };

/// For all that runs from now on; at first kRandom, seed 1. What depends on the order is a race.
void set_order(Order order, std::uint64_t seed = 1);

/// Multiprocessors of the device, at first an H100's 132: with few of them grids are small, so that
/// threads and blocks take several pieces of work.
void set_processors(int count);

/// Makes the call of `function` ("cudaMallocAsync") that comes after `calls` others of it fail
/// once. After cudaErrorLaunchFailure, as after a kernel's fault, all calls fail that follow.
/// cudaSuccess: takes the wish back.
void fail_call(const std::string& function, cudaError_t error, std::uint64_t calls = 0);

/// A device as new: it works, and all its streams and memory are gone, whoever has them.
void reset_device();

/// Device and page-locked memory that is not freed.
std::uint64_t allocated_bytes();
std::uint64_t launches();

}  // namespace cuda_emulation
