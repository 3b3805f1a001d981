#pragma once

#include <cstdint>
#include <memory>

#include "host/files/safetensors.hpp"
#include "host/oracles/neural/network.hpp"

namespace wend {

/// A language model of PyTorch's nn.GRU or nn.LSTM.
struct RecurrentConfig {
  bool lstm = false;  ///< else a GRU
  std::uint32_t alphabet = 0;
  std::uint32_t embedding = 0;  ///< floats of a symbol
  std::uint32_t size = 0;       ///< of a layer
  std::uint32_t layers = 0;
  bool bias = true;
  bool tied = false;  ///< the head is the embedding
};

/// Tensors as PyTorch names them: `embedding.weight` (or `encoder.weight`), `rnn.weight_ih_l0`,
/// `rnn.weight_hh_l0`, with biases `rnn.bias_ih_l0` and `rnn.bias_hh_l0`, and so on for further
/// layers; `head.weight` (or `decoder.weight`) unless tied, and its bias where there is one. Throws
/// Error(kInput).
std::unique_ptr<Network> make_recurrent_network(const RecurrentConfig& config,
                                                const Safetensors& tensors);

}  // namespace wend
