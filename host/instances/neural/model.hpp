#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "host/files/json_reader.hpp"
#include "host/oracles/neural/network.hpp"

namespace wend {

/// What the keys "model" and "architecture" of an object name: a folder in Hugging Face's layout
/// (config.json, model.safetensors or shards with their index), or one .safetensors file whose
/// configuration is "architecture". All files become inputs.
class NeuralModel {
 public:
  /// Reads the configuration, not yet the weights. Throws Error(kInput), one line that names the
  /// file, the key and the reason.
  explicit NeuralModel(const JsonReader& json);

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::uint32_t alphabet() const { return alphabet_; }
  /// Whether it is a network of a window, "mlp", which answers before it has read a symbol.
  [[nodiscard]] bool windowed() const { return type_ == "mlp"; }
  /// Reads the rest. `positions`: symbols that are read, of the prompt and of a sequence together.
  /// Throws Error(kInput) as above, or with the tensor in the key's place.
  [[nodiscard]] std::unique_ptr<Network> load(std::uint32_t positions) const;

 private:
  [[nodiscard]] static JsonReader configuration(const JsonReader& json,
                                                const std::filesystem::path& path,
                                                std::shared_ptr<const nlohmann::json>& document);

  std::filesystem::path path_;
  std::shared_ptr<const nlohmann::json> document_;  // config.json, to which config_ points
  JsonReader config_;
  std::uint32_t alphabet_;
  std::string type_;  // "gru", "lstm", "mlp", or an architecture that is_transformer()
};

/// The network of an object that is a value: {"model": .., "architecture": ..}, for sequences of
/// `alphabet` symbols: a network of a window. Throws Error(kInput).
std::shared_ptr<const Network> load_value_model(const JsonReader& json, std::uint32_t alphabet);

}  // namespace wend
