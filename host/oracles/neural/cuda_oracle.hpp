#pragma once

#include <cstdint>
#include <memory>

#include "host/oracles/neural/neural_oracle.hpp"
#include "wend/oracle.hpp"

namespace wend {

/// On the GPU that is current; see CudaOperations. Throws as below.
std::unique_ptr<NetworkOperations> make_cuda_operations(const Network& network,
                                                        std::uint32_t positions,
                                                        std::uint32_t block);

/// The oracle of make_neural_oracle on the GPU that is current: the same bits. Keeps the states of
/// `chains` slots, or of as many as fit, with its workspace, a quarter of what the GPU has free
/// behind the weights and the prompt's states. Throws Error(kUsage) where wend was built without
/// CUDA, Error(kRuntime) if CUDA fails or the GPU has no room.
std::shared_ptr<BatchOracle> make_cuda_neural_oracle(std::shared_ptr<const Network> network,
                                                     const NeuralTarget& target,
                                                     std::uint64_t chains);

}  // namespace wend
