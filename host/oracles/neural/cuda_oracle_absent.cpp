// What stands for neural oracles on a device where wend was built without CUDA.
#include "host/oracles/neural/cuda_oracle.hpp"
#include "wend/error.hpp"

namespace wend {

std::unique_ptr<NetworkOperations> make_cuda_operations(const Network& /*network*/,
                                                        std::uint32_t /*positions*/,
                                                        std::uint32_t /*block*/) {
  throw Error(ErrorKind::kUsage, "backend = cuda", "this wend was built without CUDA");
}

std::shared_ptr<BatchOracle> make_cuda_neural_oracle(std::shared_ptr<const Network> /*network*/,
                                                     const NeuralTarget& /*target*/,
                                                     std::uint64_t /*chains*/) {
  throw Error(ErrorKind::kUsage, "backend = cuda", "this wend was built without CUDA");
}

}  // namespace wend
