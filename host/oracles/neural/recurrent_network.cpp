#include "host/oracles/neural/recurrent_network.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include "host/oracles/neural/solo_group.hpp"
#include "host/oracles/neural/weights.hpp"
#include "kernels/neural/gates.hpp"

namespace wend {
namespace {

using kernels::padded;

class RecurrentNetwork final : public Network {
 public:
  RecurrentNetwork(const RecurrentConfig& config, const Safetensors& tensors)
      : config_(config), zeros_(config.size) {
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
  [[nodiscard]] std::uint64_t workspace_floats(std::uint32_t rows,
                                               std::uint32_t /*positions*/) const override {
    return std::uint64_t{rows} * (input_stride() + padded(config_.size) + 2 * gate_stride());
  }
  [[nodiscard]] const PackedMatrix& head() const override { return head_; }
  [[nodiscard]] std::vector<const PackedMatrix*> matrices() const override {
    std::vector<const PackedMatrix*> matrices;
    for (std::size_t layer = 0; layer < from_input_.size(); ++layer) {
      matrices.push_back(&from_input_[layer]);
      matrices.push_back(&from_state_[layer]);
    }
    return matrices;
  }
  [[nodiscard]] std::uint64_t weight_bytes() const override {
    std::uint64_t bytes = embedding_.bytes() + head_.bytes();
    for (const auto& matrices : {&from_input_, &from_state_})
      for (const PackedMatrix& matrix : *matrices) bytes += matrix.bytes();
    return bytes;
  }
  [[nodiscard]] std::string description() const override {
    return fmt::format("{}, {} layer{} of {}", config_.lstm ? "LSTM" : "GRU", config_.layers,
                       config_.layers == 1 ? "" : "s", config_.size);
  }

  void read(std::span<const NetworkRow> rows, float* workspace, float* hidden) const override {
    const auto count = static_cast<std::uint32_t>(rows.size());
    float* x = workspace;
    float* states = x + count * input_stride();
    float* input_gates = states + std::uint64_t{count} * padded(config_.size);
    float* state_gates = input_gates + count * gate_stride();
    for (std::uint32_t i = 0; i < count; ++i)
      embedding_.row(rows[i].symbol, x + i * input_stride());
    for (std::uint32_t layer = 0; layer < config_.layers; ++layer) {
      for (std::uint32_t i = 0; i < count; ++i)
        std::copy_n(before(rows[i], layer, 0), config_.size, states + i * padded(config_.size));
      from_input_[layer].multiply(count, x, input_stride(), input_gates, gate_stride());
      from_state_[layer].multiply(count, states, padded(config_.size), state_gates, gate_stride());
      for (std::uint32_t i = 0; i < count; ++i) {
        float* next = own_state(rows[i], state_floats()) + place(layer, 0);
        step(rows[i], layer, input_gates + i * gate_stride(), state_gates + i * gate_stride(),
             next);
        std::copy_n(next, config_.size, x + i * input_stride());
      }
    }
    for (std::uint32_t i = 0; i < count; ++i)
      std::copy_n(x + i * input_stride(), config_.size,
                  hidden + std::uint64_t{i} * padded(config_.size));
  }

 private:
  [[nodiscard]] std::uint32_t gates() const { return config_.lstm ? 4 : 3; }
  /// Vectors of a layer's state: h, and the cell of an LSTM.
  [[nodiscard]] std::uint32_t kinds() const { return config_.lstm ? 2 : 1; }
  [[nodiscard]] std::uint64_t input_stride() const {
    return padded(std::max(config_.embedding, config_.size));
  }
  [[nodiscard]] std::uint64_t gate_stride() const { return padded(gates() * config_.size); }
  [[nodiscard]] std::uint64_t place(std::uint32_t layer, std::uint32_t kind) const {
    return (std::uint64_t{layer} * kinds() + kind) * config_.size;
  }
  /// A layer's state after the position before a row's; zero before the first.
  [[nodiscard]] const float* before(const NetworkRow& row, std::uint32_t layer,
                                    std::uint32_t kind) const {
    if (row.position == 0) return zeros_.data();
    return state_of(row, row.position - 1, state_floats()) + place(layer, kind);
  }
  void step(const NetworkRow& row, std::uint32_t layer, const float* input, const float* state,
            float* next) const {
    const SoloNeuralGroup group;
    if (config_.lstm)
      kernels::lstm_cell(group, input, state, before(row, layer, 1), config_.size, next,
                         next + config_.size);
    else
      kernels::gru_cell(group, input, state, before(row, layer, 0), config_.size, next);
  }

  RecurrentConfig config_;
  std::vector<float> zeros_;
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
