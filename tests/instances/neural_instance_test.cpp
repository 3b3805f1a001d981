// Instances of kind "neural": what they say of themselves, and what is refused, with its line.
#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "host/files/safetensors.hpp"
#include "tests/support/neural_models.hpp"
#include "tests/support/safetensors_files.hpp"
#include "tests/support/temporary_folder.hpp"
#include "wend/error.hpp"

namespace wend::test {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using testing::error_of;
using testing::TemporaryFolder;

class NeuralInstance : public ::testing::Test {
 protected:
  /// The message of an instance's refusal, without the start that names `file`.
  [[nodiscard]] std::string refusal(const std::string& model, const Json& keys,
                                    const fs::path& file) const {
    const fs::path instance = neural_file(folder_, model, keys);
    const std::string message =
        error_of(ErrorKind::kInput, [&] { static_cast<void>(load_instance(instance)); });
    const std::string start = (file.empty() ? instance : file).string() + ": ";
    EXPECT_TRUE(message.starts_with(start)) << message;
    return message.starts_with(start) ? message.substr(start.size()) : message;
  }
  [[nodiscard]] std::string refusal(const Json& keys) const { return refusal("gru", keys, ""); }

  /// A copy of a model whose configuration is changed; null: the key is left out.
  [[nodiscard]] fs::path changed(const std::string& model, const Json& changes) const {
    const fs::path copy = folder_ / "copy";
    fs::remove_all(copy);
    fs::copy(neural_model(model), copy);
    Json config = json_file(copy / "config.json");
    config.merge_patch(changes);
    std::ofstream(copy / "config.json") << config;
    return copy;
  }
  /// Its refusal: the line behind the file's name, config.json or what `file` says.
  [[nodiscard]] std::string config_refusal(const std::string& model, const Json& changes,
                                           const std::string& file = "config.json") const {
    const fs::path copy = changed(model, changes);
    return refusal(model, {{"model", copy.string()}}, copy / file);
  }

  TemporaryFolder folder_;
};

TEST_F(NeuralInstance, SaysWhatItIsAndWhatItWasReadFrom) {
  const auto instance = load_instance(neural_file(folder_, "gru", {{"end", {4, 2, 4}}}));
  const InstanceFacts& read = facts(*instance);
  EXPECT_EQ(read.kind, "neural");
  EXPECT_EQ(read.estimate, "neural");
  EXPECT_EQ(read.alphabet, 5U);
  EXPECT_EQ(read.horizon, 8U);
  EXPECT_TRUE(read.asked);
  EXPECT_EQ(read.kappa_by_depth, std::vector<double>(8, 1.0));
  EXPECT_EQ(read.files,
            (std::vector<fs::path>{folder_ / "gru.json", neural_model("gru") / "config.json",
                                   neural_model("gru") / "model.safetensors"}));
  EXPECT_EQ(oracle_of(*instance)->traits().end, (std::vector<std::uint32_t>{2, 4}));
  std::string details;
  for (const auto& [name, value] : read.details) details += name + ": " + value + "\n";
  EXPECT_NE(details.find("architecture: GRU, 2 layers of 19\n"), std::string::npos) << details;
  EXPECT_NE(details.find("prompt: 3 symbols, states 456 B\n"), std::string::npos) << details;
  // Of 7 depths: 38 floats and a symbol each.
  EXPECT_NE(details.find("states: 1.1 KiB a chain, of "), std::string::npos) << details;
}

// Weights, prompt, states and workspace; of one chain more for one depth more.
TEST_F(NeuralInstance, SaysWhatItTakes) {
  const auto bytes = [](const std::string& name, const Json& keys) {
    return neural_instance(name, keys)->working_bytes();
  };
  EXPECT_GT(bytes("gru", {{"horizon", 8}}), 1'000'000U);
  EXPECT_GT(bytes("gru", {{"horizon", 80}}), 5 * bytes("gru", {{"horizon", 8}}));
  // Nothing is kept of a window's slots: 40 KiB of weights and workspace a context.
  EXPECT_LT(bytes("mlp", {{"horizon", 80}}), 64U * 400'000);
  EXPECT_EQ(bytes("mlp", {{"horizon", 80}}), bytes("mlp", {{"horizon", 8}}));
}

TEST_F(NeuralInstance, SymbolsStandForTexts) {
  const Json keys = {{"symbols", {"a", "b", "ab", "c", ""}},
                     {"end", {4}},
                     {"potentials", {{{"kind", "automaton"}, {"require", {"bc"}}}}}};
  const auto instance = neural_instance("gru", keys);
  EXPECT_EQ(facts(*instance).symbol_names, (std::vector<std::string>{"a", "b", "ab", "c", ""}));
  const std::vector<std::uint32_t> with = {2, 3, 4, 4, 4, 4, 4, 4};
  const std::vector<std::uint32_t> without = {1, 2, 4, 4, 4, 4, 4, 4};
  EXPECT_GT(log_mass(*instance, with.data()), -100);
  EXPECT_EQ(log_mass(*instance, without.data()), -std::numeric_limits<double>::infinity());
}

TEST_F(NeuralInstance, OneFileWithItsArchitectureIsTheSame) {
  fs::copy_file(neural_model("gru") / "model.safetensors", folder_ / "w.safetensors");
  const Json architecture = json_file(neural_model("gru") / "config.json");
  const auto folder = neural_instance("gru");
  const auto file = load_instance(
      neural_file(folder_, "gru", {{"model", "w.safetensors"}, {"architecture", architecture}}));
  EXPECT_EQ(row_of(*oracle_of(*folder), {1, 2}), row_of(*oracle_of(*file), {1, 2}));
  EXPECT_EQ(refusal({{"model", "w.safetensors"}}),
            "architecture: missing; a model that is one file needs it");
  EXPECT_EQ(refusal({{"architecture", architecture}}),
            "architecture: is for a model that is one file; this folder has its config.json");
  Json other = architecture;
  other["hidden_size"] = 20;
  EXPECT_EQ(refusal("gru", {{"model", "w.safetensors"}, {"architecture", other}},
                    folder_ / "w.safetensors"),
            "rnn.weight_ih_l0: its shape is [57, 6], by the configuration it should be [60, 6]");
}

TEST_F(NeuralInstance, KeysThatDoNotFitAreRefused) {
  EXPECT_EQ(refusal({{"model", "nowhere"}}),
            "model: " + (folder_ / "nowhere").string() + ": no such folder or file");
  EXPECT_EQ(refusal({{"horizon", 0}}), "horizon: must be an integer from 1 to 65535, not 0");
  EXPECT_EQ(refusal({{"prompt", {5}}}), "prompt[0]: must be an integer from 0 to 4, not 5");
  EXPECT_EQ(refusal({{"prompt", Json::array()}}),
            "prompt: must have a symbol at least, such as the one that begins a text: this network "
            "says nothing before it has read one");
  EXPECT_EQ(refusal({{"end", {-1}}}), "end[0]: must be an integer from 0 to 4, not -1");
  EXPECT_EQ(refusal({{"top_k", 6}}), "top_k: must be an integer from 1 to 5, not 6");
  EXPECT_EQ(refusal({{"temperature", 0}}),
            "temperature: must be a number from 1e-06 to 1000000, not 0");
  EXPECT_EQ(refusal({{"power", -1}}), "power: must be a number from 1e-06 to 1000000, not -1");
  EXPECT_TRUE(
      refusal({{"estimate", 1}}).starts_with("estimate: unknown key; known are wend, kind"));
  EXPECT_EQ(refusal({{"value", {{"model", neural_model("gru").string()}}}}),
            "value.model: a value is a network of a window, \"mlp\"");
  fs::copy_file(neural_model("value") / "model.safetensors", folder_ / "v.safetensors");
  Json architecture = json_file(neural_model("value") / "config.json");
  architecture["window"] = 3;
  EXPECT_EQ(
      refusal("gru", {{"value", {{"model", "v.safetensors"}, {"architecture", architecture}}}},
              folder_ / "v.safetensors"),
      "layers.0.weight: its shape is [17, 8], by the configuration it should be [17, 12]");
}

TEST_F(NeuralInstance, ConfigurationsThatDoNotFitAreRefused) {
  EXPECT_EQ(config_refusal("gru", {{"model_type", "rwkv"}}).substr(0, 32),
            "model_type: \"rwkv\" is not one of");
  EXPECT_EQ(config_refusal("gru", {{"dropout", 0.1}}).substr(0, 29),
            "dropout: unknown key; known a");
  EXPECT_EQ(config_refusal("gru", {{"vocab_size", 262'145}}),
            "vocab_size: must be an integer from 2 to 262144, not 262145");
  EXPECT_EQ(config_refusal("gru", {{"num_layers", 3}}, "model.safetensors"),
            "rnn.weight_ih_l2: missing");
  EXPECT_EQ(config_refusal("gru", {{"vocab_size", 6}}, "model.safetensors"),
            "embedding.weight: its shape is [5, 6], by the configuration it should be [6, 6]");
  EXPECT_EQ(config_refusal("gru", {{"tie_word_embeddings", true}}),
            "tie_word_embeddings: needs an embedding_size that is hidden_size");
  EXPECT_EQ(config_refusal("gru", {{"bias", 1}}), "bias: must be true or false");
  EXPECT_EQ(config_refusal("mlp", {{"activation", "elu"}}),
            "activation: \"elu\" is not one of \"relu\", \"tanh\", \"silu\"");
  EXPECT_EQ(config_refusal("mlp", {{"hidden_sizes", Json::array()}}),
            "hidden_sizes: must have one size at least");
  EXPECT_EQ(config_refusal("mlp", {{"window", 2}}, "model.safetensors"),
            "layers.0.weight: its shape is [12, 12], by the configuration it should be [12, 8]");
}

TEST_F(NeuralInstance, TransformersThatDoNotFitAreRefused) {
  const auto config = [&](const Json& changes) { return config_refusal("qwen2", changes); };
  EXPECT_EQ(config({{"architectures", {"GemmaForCausalLM"}}}),
            "architectures: GemmaForCausalLM: known are LlamaForCausalLM, MistralForCausalLM, "
            "Qwen2ForCausalLM");
  EXPECT_EQ(config({{"rope_scaling", {{"rope_type", "yarn"}, {"factor", 4}}}}),
            "rope_scaling.rope_type: \"yarn\" is not one of \"default\", \"linear\", \"llama3\"");
  EXPECT_EQ(config({{"rope_scaling", {{"type", "dynamic"}}}}),
            "rope_scaling.type: \"dynamic\" is not one of \"default\", \"linear\", \"llama3\"");
  EXPECT_EQ(config({{"rope_scaling", {{"rope_type", "llama3"}, {"factor", 4}}}}),
            "rope_scaling.low_freq_factor: missing");
  EXPECT_EQ(config({{"num_key_value_heads", 3}}),
            "num_key_value_heads: 3 does not divide num_attention_heads, 4");
  EXPECT_EQ(config({{"head_dim", 3}}), "head_dim: must be even for rotary embeddings");
  EXPECT_EQ(config({{"hidden_act", "gelu"}}), "hidden_act: \"gelu\" is not \"silu\"");
  EXPECT_EQ(config({{"rms_norm_eps", nullptr}}), "rms_norm_eps: missing");
  EXPECT_EQ(config({{"max_position_embeddings", 9}}),
            "max_position_embeddings: is 9, prompt and horizon are 10 symbols");
  EXPECT_EQ(config({{"use_sliding_window", true}}),
            "sliding_window: is 4, prompt and horizon are 10 symbols");
  EXPECT_EQ(config({{"quantization_config", {{"bits", 4}}}}),
            "quantization_config: quantised weights are not read");
  EXPECT_EQ(config_refusal("qwen2", {{"num_hidden_layers", 3}}, "model.safetensors"),
            "model.layers.2.input_layernorm.weight: missing");
  EXPECT_EQ(config_refusal("qwen2", {{"intermediate_size", 32}}, "model.safetensors"),
            "model.layers.0.mlp.gate_proj.weight: its shape is [24, 16], by the configuration it "
            "should be [32, 16]");
  EXPECT_EQ(config_refusal("mistral", {{"attention_bias", true}}, "model.safetensors"),
            "model.layers.0.self_attn.q_proj.bias: missing");
}

TEST_F(NeuralInstance, BrokenFilesOfWeightsAreRefused) {
  const fs::path copy = changed("gru", Json::object());
  const fs::path weights = copy / "model.safetensors";
  const std::string bytes = testing::file_bytes(weights);
  const auto with = [&](const std::string& other) {
    std::ofstream(weights, std::ios::binary) << other;
    return refusal("gru", {{"model", copy.string()}}, weights);
  };
  EXPECT_NE(with(bytes.substr(0, bytes.size() - 1)).find("it is cut short"), std::string::npos);
  EXPECT_EQ(with(bytes + "x"), "it has 1 trailing bytes, of no tensor");
  EXPECT_EQ(with(bytes.substr(0, 100)), "it is cut short within its header");
  std::string not_finite = bytes;
  not_finite.replace(bytes.size() - 4, 4, floats({std::numeric_limits<float>::infinity()}));
  EXPECT_EQ(with(not_finite), "head.bias: element 4 is inf");
  fs::remove(weights);
  EXPECT_EQ(refusal("gru", {{"model", copy.string()}}, copy),
            "has neither model.safetensors nor model.safetensors.index.json");
  fs::remove(copy / "config.json");
  EXPECT_EQ(refusal("gru", {{"model", copy.string()}}, copy / "config.json"),
            "cannot read: no such file");
}

}  // namespace
}  // namespace wend::test
