// A neural oracle's twin on a GPU answers the same bits as the CPU, in any batch, slot and company;
// runs on it draw the same bytes, potentials included.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <numeric>
#include <random>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "host/engines/engine.hpp"
#include "host/oracles/device_twin.hpp"
#include "tests/support/kept_draws.hpp"
#include "tests/support/neural_models.hpp"
#include "tests/support/safetensors_files.hpp"
#include "tests/support/temporary_folder.hpp"
#include "wend/sample.hpp"

namespace wend::test {
namespace {

using Prefix = std::vector<std::uint32_t>;

class NeuralTwin : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!cuda_available()) GTEST_SKIP() << "no CUDA device";
  }
};

/// A network of random weights, in a folder of its own.
class RandomModel {
 public:
  using Shape = std::vector<std::uint32_t>;

  RandomModel(const nlohmann::json& config, const std::map<std::string, Shape>& tensors) {
    std::mt19937 random(9);
    std::normal_distribution<float> law(0, 0.3F);
    nlohmann::json header;
    std::string data;
    for (const auto& [name, shape] : tensors) {
      std::size_t count = 1;
      for (const std::uint32_t size : shape) count *= size;
      std::vector<float> values(count);
      for (float& value : values) value = law(random);
      header[name] = {{"dtype", "F32"},
                      {"shape", shape},
                      {"data_offsets", {data.size(), data.size() + count * sizeof(float)}}};
      data += floats(values);
    }
    folder_.add("config.json", config.dump());
    folder_.add("model.safetensors", safetensors(header.dump(), data));
  }

  [[nodiscard]] std::shared_ptr<const Instance> instance(std::uint32_t horizon,
                                                         std::size_t prompt) const {
    std::vector<std::uint32_t> symbols(prompt);
    for (std::size_t i = 0; i < prompt; ++i) symbols[i] = static_cast<std::uint32_t>(i * 7 % 33);
    const nlohmann::json json = {{"wend", 1},         {"kind", "neural"},   {"model", "."},
                                 {"prompt", symbols}, {"horizon", horizon}, {"top_k", 20}};
    return load_instance(folder_.add("instance.json", json.dump()));
  }

 private:
  testing::TemporaryFolder folder_;
};

/// Heads, layers and rows of more than a warp, and logits that need no padding.
RandomModel wide_llama() {
  const nlohmann::json config = {{"architectures", {"LlamaForCausalLM"}},
                                 {"hidden_size", 40},
                                 {"intermediate_size", 70},
                                 {"num_attention_heads", 2},
                                 {"num_hidden_layers", 2},
                                 {"num_key_value_heads", 1},
                                 {"head_dim", 34},
                                 {"rms_norm_eps", 1e-5},
                                 {"vocab_size", 48},
                                 {"tie_word_embeddings", true}};
  std::map<std::string, RandomModel::Shape> tensors = {{"model.embed_tokens.weight", {48, 40}},
                                                       {"model.norm.weight", {40}}};
  for (const std::string layer : {"model.layers.0.", "model.layers.1."}) {
    tensors[layer + "input_layernorm.weight"] = {40};
    tensors[layer + "post_attention_layernorm.weight"] = {40};
    tensors[layer + "self_attn.q_proj.weight"] = {68, 40};
    tensors[layer + "self_attn.k_proj.weight"] = {34, 40};
    tensors[layer + "self_attn.v_proj.weight"] = {34, 40};
    tensors[layer + "self_attn.o_proj.weight"] = {40, 68};
    tensors[layer + "mlp.gate_proj.weight"] = {70, 40};
    tensors[layer + "mlp.up_proj.weight"] = {70, 40};
    tensors[layer + "mlp.down_proj.weight"] = {40, 70};
  }
  return {config, tensors};
}

RandomModel wide_gru() {
  return {{{"model_type", "gru"}, {"vocab_size", 66}, {"hidden_size", 45}, {"num_layers", 1}},
          {{"embedding.weight", {66, 45}},
           {"rnn.weight_ih_l0", {135, 45}},
           {"rnn.weight_hh_l0", {135, 45}},
           {"rnn.bias_ih_l0", {135}},
           {"rnn.bias_hh_l0", {135}},
           {"head.weight", {66, 45}}}};
}

/// `count` prefixes of up to H - 1 symbols, some of which go on from those before.
std::vector<Prefix> next_prefixes(std::vector<Prefix> prefixes, const OracleTraits& traits,
                                  std::mt19937& random) {
  for (Prefix& prefix : prefixes) {
    if (random() % 3 == 0) prefix.resize(random() % (prefix.size() + 1));
    const std::size_t more = random() % 4 == 0 ? 3 : 1;
    for (std::size_t i = 0; i < more && prefix.size() + 1 < traits.horizon; ++i)
      prefix.push_back(static_cast<std::uint32_t>(random() % traits.alphabet));
  }
  return prefixes;
}

void expect_same_bits(const std::vector<float>& found, const std::vector<float>& expected,
                      const std::string& what) {
  ASSERT_EQ(found.size(), expected.size());
  EXPECT_EQ(std::memcmp(found.data(), expected.data(), found.size() * sizeof(float)), 0) << what;
}

/// Calls of one node up to all, whose slots go down and up.
void expect_twin(const Instance& instance, const std::string& name) {
  const auto cpu = oracle_of(instance);
  const auto twin = device_twin_of(*cpu)->make_device_twin(9);
  ASSERT_EQ(twin->traits().contexts, 1U);
  EXPECT_EQ(twin->traits().ratio_bound, cpu->traits().ratio_bound);
  std::mt19937 random(5);
  std::vector<Prefix> prefixes(70);
  for (const std::size_t size : {70U, 1U, 9U, 33U, 70U, 70U}) {
    prefixes = next_prefixes(std::move(prefixes), cpu->traits(), random);
    std::vector<std::uint32_t> slots(size);
    std::iota(slots.begin(), slots.end(), 0U);
    const std::vector<std::uint32_t> nothing(size, 0);
    const std::span<const Prefix> asked(prefixes.data(), size);
    expect_same_bits(rows_of(*twin, asked, slots, nothing), rows_of(*cpu, asked, slots, nothing),
                     name + ", " + std::to_string(size));
  }
}

TEST_F(NeuralTwin, RowsAreThoseOfTheCpu) {
  for (const std::string name : kNeuralModels)
    expect_twin(*neural_instance(name, {{"top_k", 4}, {"temperature", 0.75}}), name);
}

TEST_F(NeuralTwin, RowsOfMoreThanAWarpAreThoseOfTheCpu) {
  expect_twin(*wide_llama().instance(8, 70), "llama");
  expect_twin(*wide_gru().instance(8, 3), "gru");
}

// The prompt is longer than a block of rows.
TEST_F(NeuralTwin, LongPromptsAreReadInBlocks) {
  const auto instance = wide_llama().instance(2, 1100);
  const auto cpu = oracle_of(*instance);
  const auto twin = device_twin_of(*cpu)->make_device_twin(1);
  for (const Prefix& prefix : {Prefix{}, Prefix{5}})
    expect_same_bits(row_of(*twin, prefix), row_of(*cpu, prefix), "");
}

Ran run_on(Backend backend, const Instance& instance, Algorithm algorithm) {
  SampleOptions options;
  options.algorithm = algorithm;
  options.visits = Visits::kFixed;
  options.fixed_visits = 3;
  options.samples = 40;
  options.chains = 9;
  options.backend = backend;
  options.memo_bytes = 1U << 20U;
  return {instance, options};
}

TEST_F(NeuralTwin, RunsDrawTheSameBytes) {
  const nlohmann::json keys[] = {
      nlohmann::json::object(),
      {{"end", {2}}, {"power", 2}, {"potentials", {{{"kind", "length"}, {"min", 3}}}}}};
  for (const std::string name : {"gru", "llama", "mlp"}) {
    for (const auto& more : keys) {
      const auto instance = neural_instance(name, more);
      for (const Algorithm algorithm : {Algorithm::kLifted, Algorithm::kJerrumSinclair}) {
        const Ran cpu = run_on(Backend::kCpu, *instance, algorithm);
        const Ran gpu = run_on(Backend::kCuda, *instance, algorithm);
        EXPECT_EQ(gpu.draws, cpu.draws) << name << more;
        EXPECT_NE(gpu.result.device, cpu.result.device);
        EXPECT_EQ(gpu.result.totals.queries, cpu.result.totals.queries) << name << more;
        EXPECT_EQ(gpu.result.oracle_use->evaluations, cpu.result.oracle_use->evaluations);
        EXPECT_GT(cpu.result.oracle_use->evaluations, 20U);
      }
    }
  }
}

}  // namespace
}  // namespace wend::test
