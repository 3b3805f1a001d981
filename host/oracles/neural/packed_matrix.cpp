#include "host/oracles/neural/packed_matrix.hpp"

#include <algorithm>
#include <cstddef>

#include "host/base/simd.hpp"
#include "host/oracles/neural/product.hpp"

namespace wend {

using kernels::kPanel;

PackedMatrix::PackedMatrix(std::uint32_t outputs, std::uint32_t inputs)
    : outputs_(outputs),
      inputs_(inputs),
      weights_(std::uint64_t{kernels::padded(outputs)} * inputs) {}

void PackedMatrix::set_row(std::uint32_t output, std::span<const float> weights) {
  float* panel = weights_.data() + place(output);
  for (std::size_t k = 0; k < inputs_; ++k) panel[k * kPanel] = weights[k];
}

void PackedMatrix::copy_row(std::uint32_t output, std::span<float> weights) const {
  const float* panel = weights_.data() + place(output);
  for (std::size_t k = 0; k < inputs_; ++k) weights[k] = panel[k * kPanel];
}

void PackedMatrix::set_bias(std::uint32_t first_output, std::span<const float> bias) {
  bias_.resize(kernels::padded(outputs_));
  std::ranges::copy(bias, bias_.begin() + first_output);
}

void PackedMatrix::multiply(std::uint32_t rows, const float* x, std::uint64_t x_stride, float* y,
                            std::uint64_t y_stride, Simd simd) const {
  static const Simd widest = resolve(Simd::kAuto);
  wend::multiply({weights_.data(), bias_.empty() ? nullptr : bias_.data(), x, y, x_stride, y_stride,
                  rows, inputs_, kernels::panels_of(outputs_)},
                 simd == Simd::kAuto ? widest : simd);
}

float PackedMatrix::multiply_one(std::uint32_t output, const float* x) const {
  const float* panel = weights_.data() + place(output);
  float sum = bias_.empty() ? 0.0F : bias_[output];
  for (std::size_t k = 0; k < inputs_; ++k)
    sum = kernels::ScalarF32::fused(x[k], panel[k * kPanel], sum);
  return sum;
}

}  // namespace wend
