#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "host/files/safetensors.hpp"
#include "host/oracles/neural/network.hpp"

namespace wend {

/// A multilayer perceptron over the last symbols (Bengio et al. 2003).
struct WindowConfig {
  std::uint32_t alphabet = 0;
  std::uint32_t window = 0;          ///< symbols that it sees
  std::uint32_t embedding = 0;       ///< floats of a symbol
  std::vector<std::uint32_t> sizes;  ///< of the hidden layers, at least one
  kernels::Activation activation = kernels::Activation::kRelu;
};

/// Tensors: `embedding.weight` [A, E]; of layer i from 0 on `layers.i.weight`, `layers.i.bias`, the
/// first one's input being the embeddings of the window, the oldest first, zeros before the
/// beginning; `head.weight` and `head.bias`. Throws Error(kInput).
std::unique_ptr<Network> make_window_network(const WindowConfig& config,
                                             const Safetensors& tensors);

}  // namespace wend
