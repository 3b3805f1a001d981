#include "host/oracles/neural/window_network.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <utility>

#include "host/oracles/neural/weights.hpp"

namespace wend {
namespace {

using kernels::padded;

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
  [[nodiscard]] std::uint64_t workspace_floats(std::uint32_t rows) const override {
    return 2 * std::uint64_t{rows} * stride();
  }
  [[nodiscard]] const PackedMatrix& embedding() const override { return embedding_; }
  [[nodiscard]] const PackedMatrix& head() const override { return head_; }
  [[nodiscard]] std::vector<const PackedMatrix*> matrices() const override {
    std::vector<const PackedMatrix*> matrices;
    for (const PackedMatrix& layer : layers_) matrices.push_back(&layer);
    return matrices;
  }
  [[nodiscard]] std::vector<std::span<const float>> parameters() const override {
    return matrix_parameters(matrices(), embedding_, head_);
  }
  [[nodiscard]] std::string description() const override {
    return fmt::format("perceptron over {} symbols, layers of {}", config_.window,
                       fmt::join(config_.sizes, ", "));
  }

  void read(std::span<const NetworkRow> rows, float* workspace,
            NetworkOperations& operations) const override {
    const auto count = static_cast<std::uint32_t>(rows.size());
    RowVectors x{workspace, stride(), config_.embedding};
    RowVectors y{workspace + count * stride(), stride(), 0};
    operations.begin(rows, config_.window);
    operations.embed_window(embedding_, x);
    for (std::size_t layer = 0; layer < layers_.size(); ++layer) {
      y.size = config_.sizes[layer];
      operations.multiply(layers_[layer], count, x, y);
      operations.activate(config_.activation, y);
      std::swap(x, y);
    }
    operations.hand_out(x);
  }

 private:
  [[nodiscard]] std::uint64_t stride() const {
    return padded(
        std::max(config_.window * config_.embedding, *std::ranges::max_element(config_.sizes)));
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
