#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>

#include "host/files/json_reader.hpp"
#include "host/oracles/neural/network.hpp"

namespace wend {

/// A network as it was read.
struct NeuralModel {
  std::filesystem::path path;
  std::unique_ptr<Network> network;
  std::uint32_t alphabet = 0;
};

/// Reads what the keys "model" and "architecture" of `json` name: a folder in Hugging Face's layout
/// (config.json, model.safetensors or shards with their index), or one .safetensors file whose
/// configuration is "architecture". All files become inputs. Throws Error(kInput), one line that
/// names the file, the key or the tensor, and the reason.
///
/// `positions`: symbols of the prompt and of a sequence together.
NeuralModel load_model(const JsonReader& json, std::uint32_t positions);

/// The same of an object that is a value: {"model": .., "architecture": ..}, for sequences of
/// `alphabet` symbols: a network of a window.
std::shared_ptr<const Network> load_value_model(const JsonReader& json, std::uint32_t alphabet);

}  // namespace wend
