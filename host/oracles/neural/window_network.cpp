#include "host/oracles/neural/window_network.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <utility>

#include "host/oracles/neural/weights.hpp"
#include "kernels/neural/functions.hpp"

namespace wend {
namespace {

using kernels::padded;

float activate(Activation activation, float x) {
  switch (activation) {
    case Activation::kTanh:
      return kernels::tanh_float(x);
    case Activation::kSilu:
      return kernels::silu(x);
    case Activation::kRelu:
      break;
  }
  return x < 0 ? 0.0F : x;  // NaN stays
}

class WindowNetwork final : public Network {
 public:
  WindowNetwork(WindowConfig config, const Safetensors& tensors) : config_(std::move(config)) {
    const std::uint32_t alphabet = config_.alphabet;
    embedding_ = pack(tensors, {{"embedding.weight", "", alphabet}}, config_.embedding);
    std::uint32_t inputs = config_.window * config_.embedding;
    for (std::size_t i = 0; i < config_.sizes.size(); ++i) {
      const std::string name = fmt::format("layers.{}", i);
      layers_.push_back(
          pack(tensors, {{name + ".weight", name + ".bias", config_.sizes[i]}}, inputs));
      inputs = config_.sizes[i];
    }
    head_ = pack(tensors, {{"head.weight", "head.bias", alphabet}}, inputs);
    tensors.expect_all_read();
  }

  [[nodiscard]] std::uint32_t hidden_size() const override { return config_.sizes.back(); }
  [[nodiscard]] std::uint32_t window() const override { return config_.window; }
  [[nodiscard]] std::uint64_t workspace_floats(std::uint32_t rows,
                                               std::uint32_t /*positions*/) const override {
    return 2 * std::uint64_t{rows} * stride();
  }
  [[nodiscard]] const PackedMatrix& head() const override { return head_; }
  [[nodiscard]] std::vector<const PackedMatrix*> matrices() const override {
    std::vector<const PackedMatrix*> matrices;
    for (const PackedMatrix& layer : layers_) matrices.push_back(&layer);
    return matrices;
  }
  [[nodiscard]] std::uint64_t weight_bytes() const override {
    std::uint64_t bytes = embedding_.bytes() + head_.bytes();
    for (const PackedMatrix& layer : layers_) bytes += layer.bytes();
    return bytes;
  }
  [[nodiscard]] std::string description() const override {
    return fmt::format("perceptron over {} symbols, layers of {}", config_.window,
                       fmt::join(config_.sizes, ", "));
  }

  void read(std::span<const NetworkRow> rows, float* workspace, float* hidden) const override {
    const auto count = static_cast<std::uint32_t>(rows.size());
    float* x = workspace;
    float* y = workspace + count * stride();
    for (std::uint32_t i = 0; i < count; ++i) embed(rows[i].recent, x + i * stride());
    for (std::size_t layer = 0; layer < layers_.size(); ++layer) {
      const bool last = layer + 1 == layers_.size();
      const std::uint64_t y_stride = last ? padded(hidden_size()) : stride();
      float* out = last ? hidden : y;
      layers_[layer].multiply(count, x, stride(), out, y_stride);
      for (std::uint32_t i = 0; i < count; ++i)
        for (std::uint32_t k = 0; k < config_.sizes[layer]; ++k)
          out[i * y_stride + k] = activate(config_.activation, out[i * y_stride + k]);
      std::swap(x, y);
    }
  }

 private:
  [[nodiscard]] std::uint64_t stride() const {
    return padded(
        std::max(config_.window * config_.embedding, *std::ranges::max_element(config_.sizes)));
  }
  void embed(const std::uint32_t* recent, float* x) const {
    for (std::uint32_t k = 0; k < config_.window; ++k, x += config_.embedding) {
      if (recent[k] == kNoSymbol)
        std::fill_n(x, config_.embedding, 0.0F);
      else
        embedding_.row(recent[k], x);
    }
  }

  WindowConfig config_;
  PackedMatrix embedding_;
  std::vector<PackedMatrix> layers_;
  PackedMatrix head_;
};

}  // namespace

std::unique_ptr<Network> make_window_network(const WindowConfig& config,
                                             const Safetensors& tensors) {
  return std::make_unique<WindowNetwork>(config, tensors);
}

}  // namespace wend
