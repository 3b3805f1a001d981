#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "host/files/safetensors.hpp"
#include "host/oracles/neural/network.hpp"

namespace wend {

/// A decoder of the Llama family: RMSNorm, rotary embeddings, grouped-query attention, SwiGLU.
struct TransformerConfig {
  std::uint32_t alphabet = 0;
  std::uint32_t size = 0;  ///< of a row between layers
  std::uint32_t layers = 0;
  std::uint32_t heads = 0;          ///< of queries
  std::uint32_t key_heads = 0;      ///< of keys and values; divides `heads`
  std::uint32_t head_size = 0;      ///< even
  std::uint32_t inner_size = 0;     ///< of SwiGLU
  float epsilon = 0;                ///< of RMSNorm
  bool query_bias = false;          ///< of queries, keys and values
  bool output_bias = false;         ///< of attention's output
  bool inner_bias = false;          ///< of SwiGLU's matrices
  bool tied = false;                ///< the head is the embedding
  std::vector<double> frequencies;  ///< radians a position: head_size / 2 of them
  std::uint32_t positions = 0;      ///< whose angles are computed beforehand
};

/// Tensors as Hugging Face names them (`model.layers.0.self_attn.q_proj.weight`, ..). Throws
/// Error(kInput).
std::unique_ptr<Network> make_transformer(const TransformerConfig& config,
                                          const Safetensors& tensors);

}  // namespace wend
