#include "host/oracles/neural/neural_oracle.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <mutex>
#include <optional>
#include <span>
#include <utility>

#include "host/base/printable.hpp"
#include "host/base/utf8.hpp"
#include "host/oracles/device_twin.hpp"
#include "host/oracles/neural/cuda_oracle.hpp"
#include "host/oracles/neural/embedding_features.hpp"
#include "host/oracles/neural/host_operations.hpp"
#include "host/oracles/neural/reader.hpp"

namespace wend {
namespace {

using kernels::padded;

constexpr std::uint64_t kMostSlots = std::uint64_t{1} << 16U;  // of a context
constexpr std::uint64_t kFewSlots = 16;  // below which fewer contexts are better

/// Names that can be shown: bytes that are no text in hexadecimal.
std::vector<std::string> names_of(const std::vector<std::string>& symbols) {
  std::vector<std::string> names;
  names.reserve(symbols.size());
  for (const std::string& symbol : symbols) {
    std::u32string points;
    names.push_back(append_utf8(symbol, points) ? symbol : printable(symbol, symbol.size()));
  }
  return names;
}

}  // namespace

OracleTraits neural_traits(const NeuralTarget& target, const NeuralMemory& memory) {
  OracleTraits traits;
  traits.name = "neural";
  traits.alphabet = target.alphabet;
  traits.horizon = target.horizon;
  traits.end = target.end;
  traits.symbol_names = names_of(target.symbols);
  traits.symbol_bytes = target.symbols;
  traits.contexts = memory.contexts;
  traits.max_batch = memory.max_batch;
  if (target.law.power >= 1) {
    traits.ratio_bound.assign(target.horizon, 1.0);
    traits.kappa_by_depth.assign(target.horizon, 1.0);
    traits.kappa_why = "no row of probabilities sums to more than 1";
  } else {
    const std::uint32_t kept = target.law.top_k == 0 ? target.alphabet : target.law.top_k;
    // By concavity; and what the sum of the row's masses is rounded to.
    const double bound = std::pow(kept, 1 - target.law.power) * (1 + 1e-9);
    traits.ratio_bound.assign(target.horizon, bound);
  }
  return traits;
}

namespace {

class NeuralOracle final : public BatchOracle, public HasDeviceTwin {
 public:
  NeuralOracle(std::shared_ptr<const Network> network, const NeuralTarget& target,
               const NeuralMemory& memory)
      : network_(std::move(network)),
        target_(target),
        traits_(neural_traits(target, memory)),
        sizes_{target.horizon, memory.slots / memory.contexts, kNeuralBlock, memory.max_batch},
        readers_(memory.contexts) {}

  [[nodiscard]] const OracleTraits& traits() const override { return traits_; }

  void expand(std::uint32_t context, const OracleBatch& batch, const OracleRows& rows) override {
    std::call_once(prompt_read_, [this] { prompt_ = reader(0).read_prompt(); });
    reader(context).expand(batch, prompt_, rows.log_ratio);
  }

  /// Of the last symbol, as the network reads it.
  [[nodiscard]] std::vector<double> bucket_features() const override {
    return embedding_features(network_->embedding());
  }

  [[nodiscard]] bool has_device_twin() const override { return true; }
  [[nodiscard]] std::optional<std::uint64_t> device_bytes() const override {
    NeuralLimits least = cuda_neural_limits(target_.alphabet);
    least.block = least.max_batch = kLeastCudaBlock;
    // A quarter of what the weights leave is the network's.
    const NeuralMemory memory = neural_memory(*network_, target_, least, 0);
    return memory.weights + memory.prompt + 4 * (memory.slot + memory.workspace);
  }
  [[nodiscard]] std::shared_ptr<BatchOracle> make_device_twin(std::uint64_t chains) const override {
    return make_cuda_neural_oracle(network_, target_, chains);
  }

 private:
  /// Made by the first call of its context: a run of few chains calls few of them.
  NetworkReader& reader(std::uint32_t context) {
    std::unique_ptr<NetworkReader>& one = readers_[context];
    if (!one)
      one = std::make_unique<NetworkReader>(*network_, target_.prompt, target_.law, sizes_,
                                            make_host_operations());
    return *one;
  }

  std::shared_ptr<const Network> network_;
  NeuralTarget target_;
  OracleTraits traits_;
  NetworkReader::Sizes sizes_;
  std::vector<std::unique_ptr<NetworkReader>> readers_;  // a context
  std::once_flag prompt_read_;  // by the first call, in the memory of the first reader
  NeuralPrompt prompt_;
};

}  // namespace

std::uint32_t neural_positions(const NeuralTarget& target) {
  return static_cast<std::uint32_t>(target.prompt.size()) + target.horizon - 1;
}

NeuralLimits cuda_neural_limits(std::uint32_t alphabet) {
  constexpr std::uint64_t kMostRows = 1024;
  constexpr std::uint64_t kLogitBytes = std::uint64_t{1} << 28U;
  const auto rows = static_cast<std::uint32_t>(std::clamp<std::uint64_t>(
      kLogitBytes / (sizeof(float) * alphabet), kLeastCudaBlock, kMostRows));
  return {1, rows, rows};
}

NeuralMemory neural_memory(const Network& network, const NeuralTarget& target,
                           const NeuralLimits& most, std::uint64_t available) {
  NeuralMemory memory;
  memory.weights = network.weight_bytes();
  const std::uint64_t state = network.state_floats() * sizeof(float);
  const std::uint64_t hidden = padded(network.hidden_size()) * sizeof(float);
  memory.prompt = target.prompt.size() * state;
  memory.slot = (target.horizon - 1) * (state + (state > 0 ? sizeof(std::uint32_t) : 0));
  const std::uint64_t node = hidden + NetworkReader::node_bytes(network, target.horizon);
  const std::uint64_t scores = network.looks_back() ? neural_positions(target) : 0;
  const std::uint64_t fixed =
      (NetworkReader::workspace_floats(network, most.block, target.alphabet) + scores) *
      sizeof(float);
  const std::uint64_t few = fixed + kFewSlots * (memory.slot + node);
  memory.contexts =
      static_cast<std::uint32_t>(std::clamp<std::uint64_t>(available / few, 1, most.contexts));
  const std::uint64_t share = available / memory.contexts;
  const std::uint64_t left = share - std::min(share, fixed);
  // As many as a batch may have take both; further ones their states alone.
  std::uint64_t slots = left / (memory.slot + node);
  if (slots > most.max_batch && memory.slot > 0)
    slots = std::min(kMostSlots, (left - most.max_batch * node) / memory.slot);
  else
    slots = std::clamp<std::uint64_t>(slots, 1, most.max_batch);
  memory.max_batch = static_cast<std::uint32_t>(std::min<std::uint64_t>(slots, most.max_batch));
  memory.slots = memory.contexts * slots;
  memory.workspace = memory.contexts * (fixed + memory.max_batch * node) + hidden;
  return memory;
}

std::shared_ptr<BatchOracle> make_neural_oracle(std::shared_ptr<const Network> network,
                                                const NeuralTarget& target,
                                                const NeuralMemory& memory) {
  return std::make_shared<NeuralOracle>(std::move(network), target, memory);
}

}  // namespace wend
