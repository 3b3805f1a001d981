#include "host/oracles/neural/transformer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>

#include "host/base/memory_limit.hpp"
#include "host/oracles/neural/weights.hpp"

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
  [[nodiscard]] bool looks_back() const override { return true; }
  [[nodiscard]] std::uint64_t workspace_floats(std::uint32_t rows) const override {
    return std::uint64_t{rows} *
           (2 * row_stride() + mixed_stride() + heads_stride() + 2 * inner_stride());
  }
  [[nodiscard]] const PackedMatrix& embedding() const override { return embedding_; }
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
  [[nodiscard]] std::vector<std::span<const float>> parameters() const override {
    std::vector<std::span<const float>> parameters =
        matrix_parameters(matrices(), embedding_, head_);
    for (const std::vector<float>* some : {&norm_, &cosines_, &sines_})
      parameters.emplace_back(*some);
    for (const Layer& layer : layers_)
      for (const std::vector<float>* norm : {&layer.input_norm, &layer.inner_norm})
        parameters.emplace_back(*norm);
    return parameters;
  }
  [[nodiscard]] std::string description() const override {
    return fmt::format("transformer, {} layer{} of {}, {} heads of {}, {} of keys", config_.layers,
                       config_.layers == 1 ? "" : "s", config_.size, config_.heads,
                       config_.head_size, config_.key_heads);
  }

  void read(std::span<const NetworkRow> rows, float* workspace,
            NetworkOperations& operations) const override {
    const auto count = static_cast<std::uint32_t>(rows.size());
    RowWorkspace vectors(workspace, count);
    Buffers buffers{};
    buffers.x = vectors.take(row_stride(), config_.size);
    buffers.y = vectors.take(row_stride(), config_.size);
    buffers.mixed = vectors.take(mixed_stride(), queries_size() + 2 * keys_size());
    buffers.heads = vectors.take(heads_stride(), queries_size());
    buffers.gate = vectors.take(inner_stride(), config_.inner_size);
    buffers.up = vectors.take(inner_stride(), config_.inner_size);
    operations.begin(rows, 0);
    operations.embed(embedding_, buffers.x);
    for (std::uint32_t layer = 0; layer < config_.layers; ++layer) {
      attend(layer, count, buffers, operations);
      expand(layers_[layer], count, buffers, operations);
    }
    operations.rms_norm(buffers.x, norm_, config_.epsilon, buffers.y);
    operations.hand_out(buffers.y);
  }

 private:
  /// Of all rows of a call.
  struct Buffers {
    RowVectors x;      ///< the rows between layers
    RowVectors y;      ///< normalised, or a part that is added to x
    RowVectors mixed;  ///< queries, keys and values
    RowVectors heads;  ///< what the heads come to
    RowVectors gate;
    RowVectors up;
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
  void attend(std::uint32_t number, std::uint32_t count, const Buffers& at,
              NetworkOperations& operations) const {
    const Layer& layer = layers_[number];
    const std::uint64_t begin = number * 2 * std::uint64_t{keys_size()};
    const kernels::AttentionLayer attention{config_.heads, config_.key_heads, config_.head_size,
                                            scale_,        state_floats(),    begin};
    operations.rms_norm(at.x, layer.input_norm, config_.epsilon, at.y);
    operations.multiply(layer.queries_keys_values, count, at.y, at.mixed);
    operations.rotate(attention, cosines_, sines_, at.mixed);
    operations.store_state({state_floats(), begin, 2 * keys_size()},
                           at.mixed.part(queries_size(), 2 * keys_size()));
    operations.attend(attention, at.mixed, at.heads);
    operations.multiply(layer.output, count, at.heads, at.y);
    operations.add(at.y, at.x);
  }

  /// x += down(silu(gate(norm(x))) up(norm(x))).
  void expand(const Layer& layer, std::uint32_t count, const Buffers& at,
              NetworkOperations& operations) const {
    operations.rms_norm(at.x, layer.inner_norm, config_.epsilon, at.y);
    operations.multiply(layer.gate, count, at.y, at.gate);
    operations.multiply(layer.up, count, at.y, at.up);
    operations.swiglu(at.gate, at.up);
    operations.multiply(layer.down, count, at.gate, at.y);
    operations.add(at.y, at.x);
  }

  TransformerConfig config_;
  float scale_;
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
