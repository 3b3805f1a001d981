#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "host/files/safetensors.hpp"
#include "host/oracles/neural/packed_matrix.hpp"

namespace wend {

/// A matrix and, where it has one, a bias, by their tensors' names.
struct MatrixNames {
  std::string weight;
  std::string bias;  ///< empty: none
  std::uint32_t outputs;
};

/// The matrices one below the other, each of which has `inputs` columns. Converted to float32 once,
/// whatever they are stored in: 4 bytes a weight. Throws Error(kInput) for tensors that are missing
/// or of another shape, before anything is allocated.
PackedMatrix pack(const Safetensors& tensors, const std::vector<MatrixNames>& parts,
                  std::uint32_t inputs);

/// The first of the names that there is, or the first one.
std::string first_present(const Safetensors& tensors, const std::vector<std::string>& names);

}  // namespace wend
