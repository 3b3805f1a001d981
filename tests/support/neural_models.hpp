#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "host/instances/instance.hpp"
#include "tests/support/temporary_folder.hpp"
#include "wend/instance.hpp"
#include "wend/oracle.hpp"

// The tiny networks of tests/neural/models/, as instances.
namespace wend::test {

inline constexpr const char* kNeuralModels[] = {
    "mlp", "gru", "gru-tied", "lstm", "lstm-tied", "llama", "llama-tied", "qwen2", "mistral"};

/// In the source tree, which on another machine than the build's is where the test runs.
inline std::filesystem::path neural_model(const std::string& name) {
  const std::filesystem::path tree = WEND_SOURCE_DIR;
  const bool here = std::filesystem::exists(tree);
  return (here ? tree : std::filesystem::current_path()) / "tests/neural/models" / name;
}

inline nlohmann::json json_file(const std::filesystem::path& file) {
  std::ifstream stream(file);
  return nlohmann::json::parse(stream);
}

/// An instance over a model, with the prompt of its expected rows and further keys.
inline std::filesystem::path neural_file(const testing::TemporaryFolder& folder,
                                         const std::string& name,
                                         const nlohmann::json& further = nlohmann::json::object()) {
  nlohmann::json instance = {{"wend", 1},
                             {"kind", "neural"},
                             {"model", neural_model(name).string()},
                             {"prompt", json_file(neural_model(name) / "expected.json")["prompt"]},
                             {"horizon", 8}};
  instance.update(further);
  return folder.add(name + ".json", instance.dump());
}

inline std::shared_ptr<const Instance> neural_instance(
    const std::string& name, const nlohmann::json& further = nlohmann::json::object()) {
  const testing::TemporaryFolder folder;
  return load_instance(neural_file(folder, name, further));
}

inline std::shared_ptr<BatchOracle> oracle_of(const Instance& instance) {
  return instance.model(kernels::Walk::kLifted, Correction::kNone);
}

/// Rows of prefixes, in slots, of which the oracle has `known` symbols.
inline std::vector<float> rows_of(BatchOracle& oracle,
                                  std::span<const std::vector<std::uint32_t>> prefixes,
                                  std::span<const std::uint32_t> slots,
                                  std::span<const std::uint32_t> known, std::uint32_t context = 0) {
  std::vector<std::uint32_t> depths;
  std::vector<std::uint32_t> symbols;
  std::vector<const std::uint32_t*> pointers;
  for (const auto& prefix : prefixes) {
    depths.push_back(static_cast<std::uint32_t>(prefix.size()));
    symbols.push_back(prefix.empty() ? 0 : prefix.back());
    pointers.push_back(prefix.data());
  }
  std::vector<float> rows(prefixes.size() * oracle.traits().alphabet);
  OracleRows out;
  out.log_ratio = rows.data();
  oracle.expand(context,
                {static_cast<std::uint32_t>(prefixes.size()), slots.data(), depths.data(),
                 symbols.data(), known.data(), pointers.data()},
                out);
  return rows;
}

/// The row of one prefix, alone, of which nothing is known.
inline std::vector<float> row_of(BatchOracle& oracle, const std::vector<std::uint32_t>& prefix) {
  const std::uint32_t zero = 0;
  return rows_of(oracle, {&prefix, 1}, {&zero, 1}, {&zero, 1});
}

}  // namespace wend::test
