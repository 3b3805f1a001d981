#include "host/oracles/neural/recurrent_network.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include "host/oracles/neural/weights.hpp"

namespace wend {
namespace {

using kernels::padded;

class RecurrentNetwork final : public Network {
 public:
  RecurrentNetwork(const RecurrentConfig& config, const Safetensors& tensors) : config_(config) {
    const std::string embedding = first_present(tensors, {"embedding.weight", "encoder.weight"});
    embedding_ = pack(tensors, {{embedding, "", config.alphabet}}, config.embedding);
    std::uint32_t inputs = config.embedding;
    for (std::uint32_t layer = 0; layer < config.layers; ++layer) {
      const auto matrix = [&](const char* kind, std::uint32_t columns) {
        const auto name = [&](const char* what) {
          return fmt::format("rnn.{}_{}_l{}", what, kind, layer);
        };
        return pack(tensors,
                    {{name("weight"), config.bias ? name("bias") : "", gates() * config.size}},
                    columns);
      };
      from_input_.push_back(matrix("ih", inputs));
      from_state_.push_back(matrix("hh", config.size));
      inputs = config.size;
    }
    const std::string head = first_present(tensors, {"head.weight", "decoder.weight"});
    // By itself: a tied head has no weights of its own, but may have a bias.
    const std::string bias = first_present(tensors, {"head.bias", "decoder.bias"});
    head_ = pack(tensors,
                 {{config.tied ? embedding : head, tensors.has(bias) ? bias : "", config.alphabet}},
                 config.size);
    tensors.expect_all_read([&](const std::string& name) { return config.tied && name == head; });
  }

  [[nodiscard]] std::uint32_t hidden_size() const override { return config_.size; }
  [[nodiscard]] std::uint64_t state_floats() const override {
    return std::uint64_t{config_.layers} * kinds() * config_.size;
  }
  [[nodiscard]] bool one_at_a_time() const override { return true; }
  [[nodiscard]] std::uint64_t workspace_floats(std::uint32_t rows) const override {
    return std::uint64_t{rows} * (input_stride() + 2 * state_stride() + 2 * gate_stride());
  }
  [[nodiscard]] const PackedMatrix& embedding() const override { return embedding_; }
  [[nodiscard]] const PackedMatrix& head() const override { return head_; }
  [[nodiscard]] std::vector<const PackedMatrix*> matrices() const override {
    std::vector<const PackedMatrix*> matrices;
    for (std::size_t layer = 0; layer < from_input_.size(); ++layer) {
      matrices.push_back(&from_input_[layer]);
      matrices.push_back(&from_state_[layer]);
    }
    return matrices;
  }
  [[nodiscard]] std::vector<std::span<const float>> parameters() const override {
    return matrix_parameters(matrices(), embedding_, head_);
  }
  [[nodiscard]] std::string description() const override {
    return fmt::format("{}, {} layer{} of {}", config_.lstm ? "LSTM" : "GRU", config_.layers,
                       config_.layers == 1 ? "" : "s", config_.size);
  }

  void read(std::span<const NetworkRow> rows, float* workspace,
            NetworkOperations& operations) const override {
    const auto count = static_cast<std::uint32_t>(rows.size());
    RowWorkspace vectors(workspace, count);
    const RowVectors input = vectors.take(input_stride(), config_.embedding);
    const RowVectors x{input.data, input.stride, config_.size};
    const RowVectors states = vectors.take(state_stride(), config_.size);
    const RowVectors cells = vectors.take(state_stride(), config_.size);
    const RowVectors input_gates = vectors.take(gate_stride(), gates() * config_.size);
    const RowVectors state_gates = vectors.take(gate_stride(), gates() * config_.size);
    operations.begin(rows, 0);
    operations.embed(embedding_, input);
    for (std::uint32_t layer = 0; layer < config_.layers; ++layer) {
      operations.load_state(part(layer, 0), states);
      operations.multiply(from_input_[layer], count, layer == 0 ? input : x, input_gates);
      operations.multiply(from_state_[layer], count, states, state_gates);
      if (config_.lstm) {
        operations.load_state(part(layer, 1), cells);
        operations.lstm(input_gates, state_gates, cells, x, cells);
        operations.store_state(part(layer, 1), cells);
      } else {
        operations.gru(input_gates, state_gates, states, x);
      }
      operations.store_state(part(layer, 0), x);
    }
    operations.hand_out(x);
  }

 private:
  [[nodiscard]] std::uint32_t gates() const { return config_.lstm ? 4 : 3; }
  /// Vectors of a layer's state: h, and the cell of an LSTM.
  [[nodiscard]] std::uint32_t kinds() const { return config_.lstm ? 2 : 1; }
  [[nodiscard]] std::uint64_t input_stride() const {
    return padded(std::max(config_.embedding, config_.size));
  }
  [[nodiscard]] std::uint64_t gate_stride() const { return padded(gates() * config_.size); }
  [[nodiscard]] std::uint64_t state_stride() const { return padded(config_.size); }
  [[nodiscard]] kernels::StatePart part(std::uint32_t layer, std::uint32_t kind) const {
    return {state_floats(), (std::uint64_t{layer} * kinds() + kind) * config_.size, config_.size};
  }

  RecurrentConfig config_;
  PackedMatrix embedding_;
  std::vector<PackedMatrix> from_input_;  // a layer
  std::vector<PackedMatrix> from_state_;
  PackedMatrix head_;
};

}  // namespace

std::unique_ptr<Network> make_recurrent_network(const RecurrentConfig& config,
                                                const Safetensors& tensors) {
  return std::make_unique<RecurrentNetwork>(config, tensors);
}

}  // namespace wend
