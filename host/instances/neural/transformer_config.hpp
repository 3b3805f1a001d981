#pragma once

#include <cstdint>
#include <string>

#include "host/files/json_reader.hpp"
#include "host/oracles/neural/transformer.hpp"

namespace wend {

/// Whether this is the name of a causal language model of the Llama family that is read:
/// LlamaForCausalLM, MistralForCausalLM, Qwen2ForCausalLM.
bool is_transformer(const std::string& architecture);

/// Reads a config.json of Hugging Face's for sequences of `positions` symbols, the prompt included.
/// Keys that say nothing of the numbers are passed over. Throws Error(kInput) for what is missing,
/// does not fit, or would need what there is none of here: another activation, a sliding window
/// that is shorter than the sequences, rotary embeddings scaled in other ways than "linear" and
/// "llama3", more positions than the model was made for.
TransformerConfig read_transformer_config(const JsonReader& json, const std::string& architecture,
                                          std::uint32_t positions);

}  // namespace wend
