#include "host/instances/neural/model.hpp"

#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "host/base/memory_limit.hpp"
#include "host/base/printable.hpp"
#include "host/files/safetensors.hpp"
#include "host/instances/neural/config_sizes.hpp"
#include "host/instances/neural/transformer_config.hpp"
#include "host/oracles/neural/recurrent_network.hpp"
#include "host/oracles/neural/window_network.hpp"

namespace wend {
namespace {

constexpr std::int64_t kMostAlphabet = 1 << 18;

bool flag(const JsonReader& config, const char* key, bool otherwise) {
  if (!config.has(key)) return otherwise;
  if (!config.at(key).is_boolean()) config.refuse(key, "must be true or false");
  return config.at(key).get<bool>();
}

std::unique_ptr<Network> load_recurrent(const JsonReader& json, bool lstm, std::uint32_t alphabet,
                                        const Safetensors& tensors) {
  json.allow_only({"model_type", "vocab_size", "embedding_size", "hidden_size", "num_layers",
                   "bias", "tie_word_embeddings"});
  RecurrentConfig config;
  config.lstm = lstm;
  config.alphabet = alphabet;
  config.size = size_of(json, "hidden_size");
  config.embedding = json.has("embedding_size") ? size_of(json, "embedding_size") : config.size;
  config.layers = size_of(json, "num_layers", kMostLayers);
  config.bias = flag(json, "bias", true);
  config.tied = flag(json, "tie_word_embeddings", false);
  if (config.tied && config.embedding != config.size)
    json.refuse("tie_word_embeddings", "needs an embedding_size that is hidden_size");
  return make_recurrent_network(config, tensors);
}

std::unique_ptr<Network> load_window(const JsonReader& json, std::uint32_t alphabet,
                                     const Safetensors& tensors) {
  json.allow_only(
      {"model_type", "vocab_size", "window", "embedding_size", "hidden_sizes", "activation"});
  WindowConfig config;
  config.alphabet = alphabet;
  config.window = size_of(json, "window", 65'535);
  config.embedding = size_of(json, "embedding_size");
  if (std::uint64_t{config.window} * config.embedding > std::uint64_t{kMostSize} * 64)
    json.refuse("window", "with this embedding_size there are too many inputs");
  for (const std::int64_t size : json.integers("hidden_sizes", 1, kMostSize))
    config.sizes.push_back(static_cast<std::uint32_t>(size));
  if (config.sizes.empty()) json.refuse("hidden_sizes", "must have one size at least");
  const std::string name = json.string("activation");
  using kernels::Activation;
  constexpr std::array<std::pair<const char*, Activation>, 3> kActivations = {
      {{"relu", Activation::kRelu}, {"tanh", Activation::kTanh}, {"silu", Activation::kSilu}}};
  bool known = false;
  for (const auto& [word, activation] : kActivations) {
    if (name != word) continue;
    config.activation = activation;
    known = true;
  }
  if (!known)
    json.refuse("activation",
                "\"" + printable(name) + "\" is not one of \"relu\", \"tanh\", \"silu\"");
  return make_window_network(config, tensors);
}

/// What there is a reader for: an architecture, or a model_type.
std::string type_of(const JsonReader& config) {
  if (config.has("architectures")) {
    const std::vector<std::string> names = config.strings("architectures");
    if (names.size() != 1 || !is_transformer(names.front()))
      config.refuse("architectures",
                    printable(fmt::format("{}", fmt::join(names, ", "))) +
                        ": known are LlamaForCausalLM, MistralForCausalLM, Qwen2ForCausalLM");
    return names.front();
  }
  std::string type = config.string("model_type");
  if (type != "gru" && type != "lstm" && type != "mlp")
    config.refuse("model_type", "\"" + printable(type) +
                                    "\" is not one of \"gru\", \"lstm\", \"mlp\", and there are "
                                    "no architectures");
  return type;
}

}  // namespace

JsonReader NeuralModel::configuration(const JsonReader& json, const std::filesystem::path& path,
                                      std::shared_ptr<const nlohmann::json>& document) {
  std::error_code ignored;
  const bool folder = std::filesystem::is_directory(path, ignored);
  if (!folder && !std::filesystem::is_regular_file(path, ignored))
    json.refuse("model", printable(path.string(), 4096) + ": no such folder or file");
  if (!folder) {
    if (!json.has("architecture"))
      json.refuse("architecture", "missing; a model that is one file needs it");
    return json.object("architecture");
  }
  if (json.has("architecture"))
    json.refuse("architecture", "is for a model that is one file; this folder has its config.json");
  const std::filesystem::path file = path / "config.json";
  json.inputs()->add(file);
  document = std::make_shared<const nlohmann::json>(read_json(file));
  return {file, "", *document, json.inputs()};
}

NeuralModel::NeuralModel(const JsonReader& json)
    : path_(std::filesystem::absolute(json.path()).parent_path() / json.string("model")),
      config_(configuration(json, path_, document_)),
      alphabet_(static_cast<std::uint32_t>(config_.integer("vocab_size", 2, kMostAlphabet))),
      type_(type_of(config_)) {}

std::unique_ptr<Network> NeuralModel::load(std::uint32_t positions) const {
  // What the keys say is looked at before the weights.
  std::optional<TransformerConfig> transformer;
  if (is_transformer(type_)) transformer = read_transformer_config(config_, type_, positions);
  const Safetensors tensors(path_, *config_.inputs());
  check_memory(tensors.elements() * sizeof(float), tensors.path().string() + ": its weights");
  if (transformer) return make_transformer(*transformer, tensors);
  if (type_ == "mlp") return load_window(config_, alphabet_, tensors);
  return load_recurrent(config_, type_ == "lstm", alphabet_, tensors);
}

std::shared_ptr<const Network> load_value_model(const JsonReader& json, std::uint32_t alphabet) {
  const NeuralModel model(json);
  if (!model.windowed()) json.refuse("model", "a value is a network of a window, \"mlp\"");
  if (model.alphabet() != alphabet)
    json.refuse("model", fmt::format("its vocab_size is {}, the instance has {} symbols",
                                     model.alphabet(), alphabet));
  return model.load(1);
}

}  // namespace wend
