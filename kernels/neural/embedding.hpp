#pragma once

#include <cstdint>

#include "kernels/neural/network_row.hpp"
#include "kernels/neural/product.hpp"

// Embeddings, which lie in the order of products (kernels/neural/product.hpp) because a tied head
// multiplies by them. All threads of the group call.
namespace wend::kernels {

/// The weights of one output of a packed matrix.
template <class Group>
WEND_HD void unpack_output(const Group& group, const float* weights, std::uint32_t inputs,
                           std::uint32_t output, float* out) {
  const float* panel = weights + std::uint64_t{output / kPanel} * inputs * kPanel + output % kPanel;
  for (std::uint32_t k = group.rank(); k < inputs; k += Group::kSize)
    out[k] = panel[std::uint64_t{k} * kPanel];
}

/// Those of the last `window` symbols, one after the other; zeros for kNoSymbol.
template <class Group>
WEND_HD void unpack_window(const Group& group, const float* weights, std::uint32_t inputs,
                           const std::uint32_t* recent, std::uint32_t window, float* out) {
  for (std::uint32_t k = 0; k < window; ++k, out += inputs) {
    if (recent[k] != kNoSymbol) {
      unpack_output(group, weights, inputs, recent[k], out);
      continue;
    }
    for (std::uint32_t i = group.rank(); i < inputs; i += Group::kSize) out[i] = 0;
  }
}

}  // namespace wend::kernels
