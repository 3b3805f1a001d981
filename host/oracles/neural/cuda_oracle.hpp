#pragma once

#include <memory>

#include "host/oracles/neural/neural_oracle.hpp"
#include "wend/oracle.hpp"

namespace wend {

/// The oracle of make_neural_oracle on the GPU that is current: the same bits. Takes a quarter of
/// what the GPU has free, behind the weights, for states. Throws
/// Error(kUsage) where wend was built without CUDA, Error(kRuntime) if CUDA fails or the GPU has no
/// room.
std::shared_ptr<BatchOracle> make_cuda_neural_oracle(std::shared_ptr<const Network> network,
                                                     const NeuralTarget& target);

}  // namespace wend
