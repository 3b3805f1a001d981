#include "host/oracles/neural/transformer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>

#include "host/base/memory_limit.hpp"
#include "host/oracles/neural/solo_group.hpp"
#include "host/oracles/neural/weights.hpp"
#include "kernels/neural/attention.hpp"
#include "kernels/neural/gates.hpp"

namespace wend {
namespace {

using kernels::padded;

struct Layer {
  std::vector<float> input_norm;
  PackedMatrix queries_keys_values;
  PackedMatrix output;
  std::vector<float> inner_norm;
  PackedMatrix gate;
  PackedMatrix up;
  PackedMatrix down;
};

class Transformer final : public Network {
 public:
  Transformer(const TransformerConfig& config, const Safetensors& tensors)
      : config_(config), scale_(static_cast<float>(1 / std::sqrt(config.head_size))) {
    const std::string embedding = "model.embed_tokens.weight";
    embedding_ = pack(tensors, {{embedding, "", config.alphabet}}, config.size);
    for (std::uint32_t i = 0; i < config.layers; ++i)
      layers_.push_back(load_layer(fmt::format("model.layers.{}.", i), tensors));
    norm_ = tensors.read_all("model.norm.weight", {config.size});
    const std::string head = "lm_head.weight";
    if (!config.tied) head_ = pack(tensors, {{head, "", config.alphabet}}, config.size);
    // Frequencies follow from the configuration.
    tensors.expect_all_read([&](const std::string& name) {
      return name.ends_with(".rotary_emb.inv_freq") || (config.tied && name == head);
    });
    compute_angles(tensors);
  }

  [[nodiscard]] std::uint32_t hidden_size() const override { return config_.size; }
  [[nodiscard]] std::uint64_t state_floats() const override {
    return std::uint64_t{config_.layers} * 2 * keys_size();
  }
  [[nodiscard]] std::uint64_t workspace_floats(std::uint32_t rows,
                                               std::uint32_t positions) const override {
    return std::uint64_t{rows} *
               (2 * row_stride() + mixed_stride() + heads_stride() + 2 * inner_stride()) +
           positions;
  }
  [[nodiscard]] const PackedMatrix& head() const override {
    return config_.tied ? embedding_ : head_;
  }
  [[nodiscard]] std::vector<const PackedMatrix*> matrices() const override {
    std::vector<const PackedMatrix*> matrices;
    for (const Layer& layer : layers_)
      for (const PackedMatrix* matrix :
           {&layer.queries_keys_values, &layer.output, &layer.gate, &layer.up, &layer.down})
        matrices.push_back(matrix);
    return matrices;
  }
  [[nodiscard]] std::uint64_t weight_bytes() const override {
    std::uint64_t bytes = embedding_.bytes() + head_.bytes() +
                          (norm_.size() + cosines_.size() + sines_.size()) * sizeof(float);
    for (const Layer& layer : layers_) {
      bytes += (layer.input_norm.size() + layer.inner_norm.size()) * sizeof(float);
      for (const PackedMatrix* matrix :
           {&layer.queries_keys_values, &layer.output, &layer.gate, &layer.up, &layer.down})
        bytes += matrix->bytes();
    }
    return bytes;
  }
  [[nodiscard]] std::string description() const override {
    return fmt::format("transformer, {} layer{} of {}, {} heads of {}, {} of keys", config_.layers,
                       config_.layers == 1 ? "" : "s", config_.size, config_.heads,
                       config_.head_size, config_.key_heads);
  }

  void read(std::span<const NetworkRow> rows, float* workspace, float* hidden) const override {
    const std::size_t count = rows.size();
    Buffers buffers{};
    buffers.x = workspace;
    buffers.y = buffers.x + count * row_stride();
    buffers.mixed = buffers.y + count * row_stride();
    buffers.heads = buffers.mixed + count * mixed_stride();
    buffers.gate = buffers.heads + count * heads_stride();
    buffers.up = buffers.gate + count * inner_stride();
    buffers.scores = buffers.up + count * inner_stride();
    for (std::size_t i = 0; i < count; ++i)
      embedding_.row(rows[i].symbol, buffers.x + i * row_stride());
    for (std::uint32_t layer = 0; layer < config_.layers; ++layer) {
      attend(layer, rows, buffers);
      expand(layers_[layer], static_cast<std::uint32_t>(count), buffers);
    }
    for (std::size_t i = 0; i < count; ++i)
      kernels::rms_norm(group_, buffers.x + i * row_stride(), norm_.data(), config_.epsilon,
                        config_.size, hidden + i * row_stride());
  }

 private:
  /// Of all rows of a call.
  struct Buffers {
    float* x;      ///< the rows between layers
    float* y;      ///< normalised, or a part that is added to x
    float* mixed;  ///< queries, keys and values
    float* heads;  ///< what the heads come to
    float* gate;
    float* up;
    float* scores;  ///< of one head
  };

  [[nodiscard]] std::uint32_t queries_size() const { return config_.heads * config_.head_size; }
  [[nodiscard]] std::uint32_t keys_size() const { return config_.key_heads * config_.head_size; }
  [[nodiscard]] std::uint64_t row_stride() const { return padded(config_.size); }
  [[nodiscard]] std::uint64_t mixed_stride() const {
    return padded(queries_size() + 2 * keys_size());
  }
  [[nodiscard]] std::uint64_t heads_stride() const { return padded(queries_size()); }
  [[nodiscard]] std::uint64_t inner_stride() const { return padded(config_.inner_size); }

  [[nodiscard]] Layer load_layer(const std::string& prefix, const Safetensors& tensors) const {
    const auto names = [&](const char* name, bool bias, std::uint32_t outputs) {
      const std::string tensor = prefix + name;
      return MatrixNames{tensor + ".weight", bias ? tensor + ".bias" : "", outputs};
    };
    const auto norm = [&](const char* name) {
      return tensors.read_all(prefix + name + ".weight", {config_.size});
    };
    Layer layer;
    layer.input_norm = norm("input_layernorm");
    layer.queries_keys_values = pack(tensors,
                                     {names("self_attn.q_proj", config_.query_bias, queries_size()),
                                      names("self_attn.k_proj", config_.query_bias, keys_size()),
                                      names("self_attn.v_proj", config_.query_bias, keys_size())},
                                     config_.size);
    layer.output = pack(tensors, {names("self_attn.o_proj", config_.output_bias, config_.size)},
                        queries_size());
    layer.inner_norm = norm("post_attention_layernorm");
    layer.gate = pack(tensors, {names("mlp.gate_proj", config_.inner_bias, config_.inner_size)},
                      config_.size);
    layer.up =
        pack(tensors, {names("mlp.up_proj", config_.inner_bias, config_.inner_size)}, config_.size);
    layer.down = pack(tensors, {names("mlp.down_proj", config_.inner_bias, config_.size)},
                      config_.inner_size);
    return layer;
  }

  void compute_angles(const Safetensors& tensors) {
    const std::size_t half = config_.frequencies.size();
    check_memory(2 * sizeof(float) * std::uint64_t{config_.positions} * half,
                 tensors.path().string() + ": rotary embeddings of " +
                     std::to_string(config_.positions) + " positions");
    cosines_.resize(config_.positions * half);
    sines_.resize(config_.positions * half);
    for (std::size_t position = 0; position < config_.positions; ++position)
      for (std::size_t i = 0; i < half; ++i) {
        const double angle = static_cast<double>(position) * config_.frequencies[i];
        cosines_[position * half + i] = static_cast<float>(std::cos(angle));
        sines_[position * half + i] = static_cast<float>(std::sin(angle));
      }
  }

  /// x += output(heads(norm(x))). Keys and values of all rows are in their places before any row
  /// looks back.
  void attend(std::uint32_t number, std::span<const NetworkRow> rows, const Buffers& at) const {
    const Layer& layer = layers_[number];
    const auto count = static_cast<std::uint32_t>(rows.size());
    for (std::size_t i = 0; i < count; ++i)
      kernels::rms_norm(group_, at.x + i * row_stride(), layer.input_norm.data(), config_.epsilon,
                        config_.size, at.y + i * row_stride());
    layer.queries_keys_values.multiply(count, at.y, row_stride(), at.mixed, mixed_stride());
    for (std::size_t i = 0; i < count; ++i) place(number, rows[i], at.mixed + i * mixed_stride());
    for (std::size_t i = 0; i < count; ++i)
      look_back(number, rows[i], at.mixed + i * mixed_stride(), at.scores,
                at.heads + i * heads_stride());
    layer.output.multiply(count, at.heads, heads_stride(), at.y, row_stride());
    for (std::size_t i = 0; i < count; ++i)
      kernels::add_to(group_, at.y + i * row_stride(), config_.size, at.x + i * row_stride());
  }

  /// Turns a row's queries and keys to its position; its keys and values into its state.
  void place(std::uint32_t number, const NetworkRow& row, float* mixed) const {
    const auto half = static_cast<std::uint32_t>(config_.frequencies.size());
    const std::size_t angles = std::size_t{row.position} * half;
    for (std::uint32_t head = 0; head < config_.heads + config_.key_heads; ++head)
      kernels::rotate(group_, cosines_.data() + angles, sines_.data() + angles, half,
                      mixed + std::size_t{head} * config_.head_size);
    std::copy_n(mixed + queries_size(), 2 * keys_size(),
                own_state(row, state_floats()) + number * 2 * std::uint64_t{keys_size()});
  }

  void look_back(std::uint32_t number, const NetworkRow& row, const float* queries, float* scores,
                 float* out) const {
    const std::uint64_t layer = number * 2 * std::uint64_t{keys_size()};
    for (std::uint32_t head = 0; head < config_.heads; ++head) {
      const std::uint64_t key_head =
          std::uint64_t{head / (config_.heads / config_.key_heads)} * config_.head_size;
      const auto keys = [&](std::uint32_t position) {
        return state_of(row, position, state_floats()) + layer + key_head;
      };
      const auto values = [&](std::uint32_t position) { return keys(position) + keys_size(); };
      const std::size_t place = std::size_t{head} * config_.head_size;
      kernels::attend(group_, queries + place, config_.head_size, scale_, row.position + 1, keys,
                      values, scores, out + place);
    }
  }

  /// x += down(silu(gate(norm(x))) up(norm(x))).
  void expand(const Layer& layer, std::uint32_t count, const Buffers& at) const {
    for (std::size_t i = 0; i < count; ++i)
      kernels::rms_norm(group_, at.x + i * row_stride(), layer.inner_norm.data(), config_.epsilon,
                        config_.size, at.y + i * row_stride());
    layer.gate.multiply(count, at.y, row_stride(), at.gate, inner_stride());
    layer.up.multiply(count, at.y, row_stride(), at.up, inner_stride());
    for (std::size_t i = 0; i < count; ++i)
      kernels::swiglu(group_, at.gate + i * inner_stride(), at.up + i * inner_stride(),
                      config_.inner_size, at.gate + i * inner_stride());
    layer.down.multiply(count, at.gate, inner_stride(), at.y, row_stride());
    for (std::size_t i = 0; i < count; ++i)
      kernels::add_to(group_, at.y + i * row_stride(), config_.size, at.x + i * row_stride());
  }

  TransformerConfig config_;
  float scale_;
  SoloNeuralGroup group_;
  PackedMatrix embedding_;
  std::vector<Layer> layers_;
  std::vector<float> norm_;
  PackedMatrix head_;           // empty if tied
  std::vector<float> cosines_;  // positions x head_size / 2
  std::vector<float> sines_;
};

}  // namespace

std::unique_ptr<Network> make_transformer(const TransformerConfig& config,
                                          const Safetensors& tensors) {
  return std::make_unique<Transformer>(config, tensors);
}

}  // namespace wend
