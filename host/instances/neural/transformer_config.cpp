#include "host/instances/neural/transformer_config.hpp"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <numbers>
#include <optional>
#include <vector>

#include "host/base/printable.hpp"

namespace wend {
namespace {

constexpr std::int64_t kMostSize = 1 << 20;
constexpr std::int64_t kMostLayers = 1024;
constexpr double kMostFactor = 1e12;

/// Many keys are null where they do not apply.
bool given(const JsonReader& json, const char* key) {
  return json.has(key) && !json.at(key).is_null();
}

std::uint32_t size_of(const JsonReader& json, const char* key, std::int64_t most = kMostSize) {
  return static_cast<std::uint32_t>(json.integer(key, 1, most));
}

bool flag(const JsonReader& json, const char* key) {
  if (!given(json, key)) return false;
  if (!json.at(key).is_boolean()) json.refuse(key, "must be true or false");
  return json.at(key).get<bool>();
}

/// Bands of a rotary embedding that was stretched to more positions, as Llama 3.1 has it: long
/// waves by the factor, short ones not, those between in part.
double llama3_frequency(const JsonReader& scaling, double frequency) {
  const double factor = scaling.number("factor", 1, kMostFactor);
  const double low = scaling.number("low_freq_factor", 1e-3, kMostFactor);
  const double high = scaling.number("high_freq_factor", 1e-3, kMostFactor);
  if (!(low < high)) scaling.refuse("high_freq_factor", "must be more than low_freq_factor");
  const double old = scaling.number("original_max_position_embeddings", 1, kMostFactor);
  const double wave = 2 * std::numbers::pi / frequency;
  if (wave < old / high) return frequency;
  if (wave > old / low) return frequency / factor;
  const double smooth = (old / wave - low) / (high - low);
  return (1 - smooth) * frequency / factor + smooth * frequency;
}

/// Newer configurations have theta and the scaling in one object.
std::optional<JsonReader> rope_object(const JsonReader& json) {
  if (given(json, "rope_parameters")) return json.object("rope_parameters");
  if (given(json, "rope_scaling")) return json.object("rope_scaling");
  return std::nullopt;
}

std::string rope_type(const std::optional<JsonReader>& rope) {
  if (!rope) return "default";
  if (rope->has("rope_type")) return rope->string("rope_type");
  return rope->has("type") ? rope->string("type") : "default";
}

std::vector<double> frequencies(const JsonReader& json, std::uint32_t head_size) {
  const std::optional<JsonReader> rope = rope_object(json);
  const std::string type = rope_type(rope);
  if (type != "default" && type != "linear" && type != "llama3")
    rope->refuse(rope->has("rope_type") ? "rope_type" : "type",
                 "\"" + printable(type) + "\" is not one of \"default\", \"linear\", \"llama3\"");
  double theta = 10'000;
  if (rope && given(*rope, "rope_theta"))
    theta = rope->number("rope_theta", 1, kMostFactor);
  else if (given(json, "rope_theta"))
    theta = json.number("rope_theta", 1, kMostFactor);
  std::vector<double> found;
  for (std::uint32_t i = 0; i < head_size; i += 2) {
    const double frequency = std::pow(theta, -static_cast<double>(i) / head_size);
    if (type == "linear")
      found.push_back(frequency / rope->number("factor", 1e-3, kMostFactor));
    else if (type == "llama3")
      found.push_back(llama3_frequency(*rope, frequency));
    else
      found.push_back(frequency);
  }
  return found;
}

void check_positions(const JsonReader& json, bool qwen, std::uint32_t positions) {
  const auto refuse = [&](const char* key, std::int64_t most) {
    json.refuse(key, fmt::format("is {}, prompt and horizon are {} symbols", most, positions));
  };
  if (given(json, "max_position_embeddings")) {
    const std::int64_t most = json.integer("max_position_embeddings", 1, std::int64_t{1} << 40U);
    if (positions > most) refuse("max_position_embeddings", most);
  }
  // Qwen2 names a window that it does not use.
  if (qwen && !flag(json, "use_sliding_window")) return;
  if (!given(json, "sliding_window")) return;
  const std::int64_t window = json.integer("sliding_window", 1, std::int64_t{1} << 40U);
  if (positions > window) refuse("sliding_window", window);
}

}  // namespace

bool is_transformer(const std::string& architecture) {
  return architecture == "LlamaForCausalLM" || architecture == "MistralForCausalLM" ||
         architecture == "Qwen2ForCausalLM";
}

TransformerConfig read_transformer_config(const JsonReader& json, const std::string& architecture,
                                          std::uint32_t positions) {
  const bool qwen = architecture == "Qwen2ForCausalLM";
  TransformerConfig config;
  config.alphabet = size_of(json, "vocab_size");
  config.size = size_of(json, "hidden_size");
  config.layers = size_of(json, "num_hidden_layers", kMostLayers);
  config.heads = size_of(json, "num_attention_heads", 65'536);
  config.key_heads =
      given(json, "num_key_value_heads") ? size_of(json, "num_key_value_heads") : config.heads;
  if (config.heads % config.key_heads != 0)
    json.refuse("num_key_value_heads", fmt::format("{} does not divide num_attention_heads, {}",
                                                   config.key_heads, config.heads));
  if (given(json, "head_dim"))
    config.head_size = size_of(json, "head_dim", 65'536);
  else if (config.size % config.heads == 0)
    config.head_size = config.size / config.heads;
  else
    json.refuse("head_dim", "missing, and num_attention_heads does not divide hidden_size");
  if (config.head_size % 2 != 0) json.refuse("head_dim", "must be even for rotary embeddings");
  if (std::uint64_t{config.heads} * config.head_size > std::uint64_t{kMostSize})
    json.refuse("num_attention_heads",
                fmt::format("heads of {} are {} floats in all; {} at most", config.head_size,
                            std::uint64_t{config.heads} * config.head_size, kMostSize));
  config.inner_size = size_of(json, "intermediate_size");
  config.epsilon = static_cast<float>(json.number("rms_norm_eps", 0, 1));
  const std::string activation = json.has("hidden_act") ? json.string("hidden_act") : "silu";
  if (activation != "silu")
    json.refuse("hidden_act", "\"" + printable(activation) + "\" is not \"silu\"");
  const bool every_bias = flag(json, "attention_bias");
  config.query_bias = qwen || every_bias;
  config.output_bias = !qwen && every_bias;
  config.inner_bias = flag(json, "mlp_bias");
  config.tied = flag(json, "tie_word_embeddings");
  if (given(json, "quantization_config"))
    json.refuse("quantization_config", "quantised weights are not read");
  check_positions(json, qwen, positions);
  config.frequencies = frequencies(json, config.head_size);
  config.positions = positions;
  return config;
}

}  // namespace wend
