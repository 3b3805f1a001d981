#pragma once

#include <nanobind/nanobind.h>

#include <memory>

#include "python/src/callback.hpp"
#include "wend/cuda_oracle.hpp"

namespace wend::python {

/// A Python function whose batches and answers are arrays in device memory, by DLPack. Throws
/// Error(kUsage) where wend was built without CUDA.
std::shared_ptr<CudaBatchOracle> make_device_oracle(Callback expand, OracleTraits traits);
/// The same, to be asked from the host.
std::shared_ptr<BatchOracle> ask_device_from_host(std::shared_ptr<CudaBatchOracle> oracle);

void bind_device_batch(nb::module_& module);

}  // namespace wend::python
