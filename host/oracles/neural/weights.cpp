#include "host/oracles/neural/weights.hpp"

#include <algorithm>
#include <cstddef>
#include <span>

namespace wend {
namespace {

constexpr std::uint32_t kWeightsAtOnce = 1U << 16U;  // weights that are read at once

}  // namespace

PackedMatrix pack(const Safetensors& tensors, const std::vector<MatrixNames>& parts,
                  std::uint32_t inputs) {
  std::uint32_t outputs = 0;
  for (const MatrixNames& part : parts) {
    tensors.expect_shape(part.weight, {part.outputs, inputs});
    if (!part.bias.empty()) tensors.expect_shape(part.bias, {part.outputs});
    outputs += part.outputs;
  }
  PackedMatrix matrix(outputs, inputs);
  const std::uint32_t block = std::max(kWeightsAtOnce / inputs, 1U);
  std::vector<float> rows(std::uint64_t{std::min(block, outputs)} * inputs);
  std::uint32_t first = 0;
  for (const MatrixNames& part : parts) {
    for (std::uint32_t begin = 0; begin < part.outputs; begin += block) {
      const std::uint32_t count = std::min(block, part.outputs - begin);
      const std::span<float> some(rows.data(), std::uint64_t{count} * inputs);
      tensors.read(part.weight, std::uint64_t{begin} * inputs, some);
      for (std::uint32_t n = 0; n < count; ++n)
        matrix.set_row(first + begin + n, some.subspan(std::size_t{n} * inputs, inputs));
    }
    if (!part.bias.empty()) matrix.set_bias(first, tensors.read_all(part.bias, {part.outputs}));
    first += part.outputs;
  }
  return matrix;
}

std::string first_present(const Safetensors& tensors, const std::vector<std::string>& names) {
  const auto found =
      std::ranges::find_if(names, [&](const std::string& name) { return tensors.has(name); });
  return found == names.end() ? names.front() : *found;
}

}  // namespace wend
