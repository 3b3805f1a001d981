#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>
#include <functional>

#include "tests/support/cuda_emulation/emulation.hpp"

namespace cuda_emulation {

/// A device's limits: an H100's, but for its memory, which comes out of the host's.
inline constexpr int kProcessors = 132;
inline constexpr unsigned kMostThreads = 1024;          ///< of a block
inline constexpr unsigned kMostResidentThreads = 2048;  ///< of a multiprocessor
inline constexpr unsigned kMostResidentBlocks = 32;
inline constexpr std::size_t kSharedMemory = 228U << 10U;  ///< of a multiprocessor
inline constexpr std::size_t kReservedShared = 1U << 10U;  ///< of it, for each block
inline constexpr std::size_t kDefaultDynamic = 48U << 10U;
inline constexpr std::uint64_t kDeviceMemory = std::uint64_t{4} << 30U;

/// Runs all threads of a grid on the calling thread, block by block. Ends the process with a
/// message where threads wait for others that cannot come.
void run_grid(dim3 grid, dim3 block, std::size_t dynamic_bytes, const std::function<void()>& thread,
              Order order, std::uint64_t seed);

/// Gives the next block `bytes` of dynamic shared memory that hold nothing of use. What lies beyond
/// must not be touched: the address sanitizer sees to that, and where there is none the process
/// ends after a block that has written there.
void renew_dynamic_shared(std::size_t bytes);
void check_dynamic_shared(std::size_t bytes);

}  // namespace cuda_emulation
