#include "host/instances/neural/model.hpp"

#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "host/base/printable.hpp"
#include "host/files/safetensors.hpp"
#include "host/instances/neural/transformer_config.hpp"
#include "host/oracles/neural/recurrent_network.hpp"
#include "host/oracles/neural/window_network.hpp"

namespace wend {
namespace {

constexpr std::int64_t kMostSize = 1 << 20;
constexpr std::int64_t kMostLayers = 1024;
constexpr std::int64_t kMostAlphabet = 1 << 18;

std::uint32_t size_of(const JsonReader& config, const char* key, std::int64_t most = kMostSize) {
  return static_cast<std::uint32_t>(config.integer(key, 1, most));
}

bool flag(const JsonReader& config, const char* key, bool otherwise) {
  if (!config.has(key)) return otherwise;
  if (!config.at(key).is_boolean()) config.refuse(key, "must be true or false");
  return config.at(key).get<bool>();
}

void load_recurrent(const JsonReader& json, bool lstm, const Safetensors& tensors,
                    NeuralModel& model) {
  json.allow_only({"model_type", "vocab_size", "embedding_size", "hidden_size", "num_layers",
                   "bias", "tie_word_embeddings"});
  RecurrentConfig config;
  config.lstm = lstm;
  config.alphabet = model.alphabet;
  config.size = size_of(json, "hidden_size");
  config.embedding = json.has("embedding_size") ? size_of(json, "embedding_size") : config.size;
  config.layers = size_of(json, "num_layers", kMostLayers);
  config.bias = flag(json, "bias", true);
  config.tied = flag(json, "tie_word_embeddings", false);
  if (config.tied && config.embedding != config.size)
    json.refuse("tie_word_embeddings", "needs an embedding_size that is hidden_size");
  model.network = make_recurrent_network(config, tensors);
}

void load_window(const JsonReader& json, const Safetensors& tensors, NeuralModel& model) {
  json.allow_only(
      {"model_type", "vocab_size", "window", "embedding_size", "hidden_sizes", "activation"});
  WindowConfig config;
  config.alphabet = model.alphabet;
  config.window = size_of(json, "window", 65'535);
  config.embedding = size_of(json, "embedding_size");
  if (std::uint64_t{config.window} * config.embedding > std::uint64_t{kMostSize} * 64)
    json.refuse("window", "with this embedding_size there are too many inputs");
  for (const std::int64_t size : json.integers("hidden_sizes", 1, kMostSize))
    config.sizes.push_back(static_cast<std::uint32_t>(size));
  if (config.sizes.empty()) json.refuse("hidden_sizes", "must have one size at least");
  const std::string name = json.string("activation");
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
  model.network = make_window_network(config, tensors);
}

void build(const JsonReader& config, const Safetensors& tensors, std::uint32_t positions,
           NeuralModel& model) {
  model.alphabet = static_cast<std::uint32_t>(config.integer("vocab_size", 2, kMostAlphabet));
  if (config.has("architectures")) {
    const std::vector<std::string> names = config.strings("architectures");
    if (names.size() != 1 || !is_transformer(names.front()))
      config.refuse("architectures",
                    printable(fmt::format("{}", fmt::join(names, ", "))) +
                        ": known are LlamaForCausalLM, MistralForCausalLM, Qwen2ForCausalLM");
    model.network =
        make_transformer(read_transformer_config(config, names.front(), positions), tensors);
    return;
  }
  const std::string type = config.string("model_type");
  if (type == "gru" || type == "lstm")
    return load_recurrent(config, type == "lstm", tensors, model);
  if (type == "mlp") return load_window(config, tensors, model);
  config.refuse("model_type", "\"" + printable(type) +
                                  "\" is not one of \"gru\", \"lstm\", \"mlp\", and there are "
                                  "no architectures");
}

}  // namespace

NeuralModel load_model(const JsonReader& json, std::uint32_t positions) {
  NeuralModel model;
  model.path = std::filesystem::absolute(json.path()).parent_path() / json.string("model");
  std::error_code ignored;
  const bool folder = std::filesystem::is_directory(model.path, ignored);
  if (!folder && !std::filesystem::is_regular_file(model.path, ignored))
    json.refuse("model", printable(model.path.string(), 4096) + ": no such folder or file");
  if (!folder) {
    if (!json.has("architecture"))
      json.refuse("architecture", "missing; a model that is one file needs it");
    build(json.object("architecture"), Safetensors(model.path, *json.inputs()), positions, model);
    return model;
  }
  if (json.has("architecture"))
    json.refuse("architecture", "is for a model that is one file; this folder has its config.json");
  const std::filesystem::path file = model.path / "config.json";
  json.inputs()->add(file);
  const nlohmann::json document = read_json(file);
  build(JsonReader(file, "", document, json.inputs()), Safetensors(model.path, *json.inputs()),
        positions, model);
  return model;
}

std::shared_ptr<const Network> load_value_model(const JsonReader& json, std::uint32_t alphabet) {
  NeuralModel model = load_model(json, 1);
  if (model.network->window() == 0)
    json.refuse("model", "a value is a network of a window, \"mlp\"");
  if (model.alphabet != alphabet)
    json.refuse("model", fmt::format("its vocab_size is {}, the instance has {} symbols",
                                     model.alphabet, alphabet));
  return std::move(model.network);
}

}  // namespace wend
