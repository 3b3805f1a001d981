#pragma once

#include <memory>

#include "host/oracles/neural/operations.hpp"
#include "kernels/lanes/simd.hpp"

namespace wend {

/// On the thread that calls, in the host's memory, by the instructions of a width: the same bits
/// with each. Throws Error(kUsage) if the CPU has not got it.
std::unique_ptr<NetworkOperations> make_host_operations(kernels::Simd simd = kernels::Simd::kAuto);

}  // namespace wend
