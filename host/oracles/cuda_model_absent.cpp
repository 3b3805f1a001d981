// What stands for oracles on a device where wend was built without CUDA.
#include "host/oracles/cuda_model.hpp"
#include "wend/error.hpp"

namespace wend {

std::shared_ptr<BatchOracle> ask_from_host(std::shared_ptr<CudaBatchOracle> /*oracle*/) {
  throw Error(ErrorKind::kUsage, "this wend was built without CUDA");
}

CudaBatchOracle* on_device(const BatchOracle& /*oracle*/) { return nullptr; }

}  // namespace wend
