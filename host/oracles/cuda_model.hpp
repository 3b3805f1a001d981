#pragma once

#include <memory>

#include "wend/cuda_oracle.hpp"
#include "wend/oracle.hpp"

namespace wend {

/// An oracle on a device, asked from the host: batches go to the GPU that is current, rows come
/// back. Throws Error(kUsage) where wend was built without CUDA, for traits that do not fit;
/// expand() throws Error(kRuntime) if CUDA fails.
std::shared_ptr<BatchOracle> ask_from_host(std::shared_ptr<CudaBatchOracle> oracle);

/// The oracle on a device that ask_from_host has made `oracle` of; null if it was not.
CudaBatchOracle* on_device(const BatchOracle& oracle);

}  // namespace wend
