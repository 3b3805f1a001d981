#include "host/oracles/neural/cuda_oracle.hpp"

#include <cuda_runtime_api.h>

#include <algorithm>
#include <cstddef>
#include <utility>

#include "host/oracles/cuda_model.hpp"
#include "host/oracles/neural/cuda_operations.hpp"
#include "host/oracles/neural/reader.hpp"
#include "wend/cuda_oracle.hpp"

namespace wend {
namespace {

std::uint64_t free_bytes() {
  std::size_t free = 0;
  std::size_t total = 0;
  kernels::cuda_check(cudaMemGetInfo(&free, &total), "asking for the memory that is free");
  return free;
}

class CudaNeuralOracle final : public CudaBatchOracle {
 public:
  CudaNeuralOracle(std::shared_ptr<const Network> network, const NeuralTarget& target,
                   std::uint64_t chains)
      : network_(std::move(network)), target_(target) {
    NeuralLimits limits = cuda_neural_limits(target.alphabet);
    auto operations =
        std::make_unique<CudaOperations>(*network_, neural_positions(target), limits.block);
    operations_ = operations.get();
    const std::uint64_t prompt = neural_memory(*network_, target, limits, 0).prompt;
    const std::uint64_t free = free_bytes();
    const std::uint64_t available = (free - std::min(free, prompt)) / 4;
    NeuralMemory memory = neural_memory(*network_, target, limits, available);
    // Rather smaller blocks than too few nodes to fill one.
    while (memory.max_batch < limits.block && limits.block > kLeastCudaBlock) {
      limits.block = limits.max_batch = std::max(limits.block / 2, kLeastCudaBlock);
      memory = neural_memory(*network_, target, limits, available);
    }
    memory.slots = std::clamp<std::uint64_t>(chains, memory.max_batch, memory.slots);
    traits_ = neural_traits(target, memory);
    reader_ = std::make_unique<NetworkReader>(
        *network_, target_.prompt, target_.law,
        NetworkReader::Sizes{target.horizon, memory.slots, limits.block, memory.max_batch},
        std::move(operations));
    prompt_ = reader_->read_prompt();
    operations_->wait();
  }

  [[nodiscard]] const OracleTraits& traits() const override { return traits_; }

  void expand(const CudaOracleBatch& batch, float* log_ratio, cuda::Stream stream) override {
    operations_->use(stream);
    reader_->expand(batch.host, prompt_, log_ratio);
  }

 private:
  std::shared_ptr<const Network> network_;
  NeuralTarget target_;
  OracleTraits traits_;
  CudaOperations* operations_ = nullptr;  // the reader's
  std::unique_ptr<NetworkReader> reader_;
  NeuralPrompt prompt_;
};

}  // namespace

std::unique_ptr<NetworkOperations> make_cuda_operations(const Network& network,
                                                        std::uint32_t positions,
                                                        std::uint32_t block) {
  return std::make_unique<CudaOperations>(network, positions, block);
}

std::shared_ptr<BatchOracle> make_cuda_neural_oracle(std::shared_ptr<const Network> network,
                                                     const NeuralTarget& target,
                                                     std::uint64_t chains) {
  return ask_from_host(std::make_shared<CudaNeuralOracle>(std::move(network), target, chains));
}

}  // namespace wend
