#include "python/src/cuda_oracle.hpp"
#include "wend/error.hpp"

namespace wend::python {

std::shared_ptr<CudaBatchOracle> make_device_oracle(Callback /*expand*/, OracleTraits /*traits*/) {
  throw Error(ErrorKind::kUsage, "device", "cuda: wend was built without CUDA");
}

std::shared_ptr<BatchOracle> ask_device_from_host(std::shared_ptr<CudaBatchOracle> /*oracle*/) {
  throw Error(ErrorKind::kUsage, "device", "cuda: wend was built without CUDA");
}

void bind_device_batch(nb::module_& /*module*/) {}

}  // namespace wend::python
