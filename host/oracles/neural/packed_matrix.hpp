#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "host/base/table_memory.hpp"
#include "kernels/lanes/simd.hpp"
#include "kernels/neural/product.hpp"

namespace wend {

/// A matrix of weights, outputs x inputs, in the order in which products read it, in float32.
class PackedMatrix {
 public:
  PackedMatrix() = default;
  /// All zero; no bias.
  PackedMatrix(std::uint32_t outputs, std::uint32_t inputs);

  [[nodiscard]] std::uint32_t outputs() const { return outputs_; }
  [[nodiscard]] std::uint32_t inputs() const { return inputs_; }
  /// panels x inputs x 16; see kernels/neural/product.hpp.
  [[nodiscard]] std::span<const float> weights() const {
    return {weights_.data(), weights_.size()};
  }
  /// padded(outputs), or none.
  [[nodiscard]] std::span<const float> bias() const { return bias_; }

  void set_row(std::uint32_t output, std::span<const float> weights);
  /// inputs() of them.
  void copy_row(std::uint32_t output, std::span<float> weights) const;
  void set_bias(std::uint32_t first_output, std::span<const float> bias);

  /// y = W x + bias for `rows` vectors; each y has room for padded(outputs). `simd`: a width that
  /// the CPU has, kAuto the widest.
  void multiply(std::uint32_t rows, const float* x, std::uint64_t x_stride, float* y,
                std::uint64_t y_stride, kernels::Simd simd = kernels::Simd::kAuto) const;
  /// One output alone: the same bits.
  [[nodiscard]] float multiply_one(std::uint32_t output, const float* x) const;

 private:
  [[nodiscard]] std::uint64_t place(std::uint32_t output) const {
    return std::uint64_t{output / kernels::kPanel} * inputs_ * kernels::kPanel +
           output % kernels::kPanel;
  }

  std::uint32_t outputs_ = 0;
  std::uint32_t inputs_ = 0;
  TableMemory<float> weights_;
  std::vector<float> bias_;
};

}  // namespace wend
