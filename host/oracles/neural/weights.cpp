#include "host/oracles/neural/weights.hpp"

#include <algorithm>

#include "host/base/memory_limit.hpp"

namespace wend {

PackedMatrix pack(const Safetensors& tensors, const std::vector<MatrixNames>& parts,
                  std::uint32_t inputs) {
  std::uint32_t outputs = 0;
  for (const MatrixNames& part : parts) {
    tensors.expect_shape(part.weight, {part.outputs, inputs});
    if (!part.bias.empty()) tensors.expect_shape(part.bias, {part.outputs});
    outputs += part.outputs;
  }
  check_memory(std::uint64_t{kernels::padded(outputs)} * inputs * sizeof(float),
               tensors.path().string() + ": " + parts.front().weight);
  PackedMatrix matrix(outputs, inputs);
  std::vector<float> row(inputs);
  std::uint32_t first = 0;
  for (const MatrixNames& part : parts) {
    for (std::uint32_t n = 0; n < part.outputs; ++n) {
      tensors.read(part.weight, std::uint64_t{n} * inputs, row);
      matrix.set_row(first + n, row);
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
