#pragma once

#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/base/memory_limit.hpp"  // IWYU pragma: export
#include "host/files/input_files.hpp"
#include "host/files/instance_json.hpp"  // IWYU pragma: export
#include "host/files/npy.hpp"
#include "wend/error.hpp"
#include "wend/estimate.hpp"

namespace wend {

/// Strict access to one JSON object of an instance file, as parse_json() makes it. Every refusal is
/// an Error(kInput) of the form "FILE: KEY: reason", KEY being the dotted path of the value.
class JsonReader {
 public:
  /// `inputs` gets every file that is named by file(); it may be shared with other readers.
  JsonReader(std::filesystem::path file, std::string prefix, const nlohmann::json& object,
             std::shared_ptr<InputFiles> inputs = std::make_shared<InputFiles>());

  /// Refuses keys that are not in `known`.
  void allow_only(std::initializer_list<std::string_view> known) const;
  [[nodiscard]] bool has(std::string_view key) const;
  [[nodiscard]] const nlohmann::json& at(std::string_view key) const;  ///< refuses a missing key
  [[nodiscard]] std::string string(std::string_view key) const;
  [[nodiscard]] std::int64_t integer(std::string_view key, std::int64_t low,
                                     std::int64_t high) const;
  [[nodiscard]] double number(std::string_view key, double low, double high) const;  ///< finite
  [[nodiscard]] std::vector<std::int64_t> integers(std::string_view key, std::int64_t low,
                                                   std::int64_t high) const;
  [[nodiscard]] std::vector<double> numbers(std::string_view key) const;  ///< all finite
  [[nodiscard]] std::vector<std::string> strings(std::string_view key) const;
  [[nodiscard]] JsonReader object(std::string_view key) const;
  /// A path relative to the instance file's folder, which must name a readable regular file. Call
  /// once for each file, before it is read: it becomes one of the inputs.
  [[nodiscard]] std::filesystem::path file(std::string_view key) const;
  /// The numbers of an .npy file, or of one of the arrays of a document in memory ({"array":
  /// NAME}).
  [[nodiscard]] NpyFile array_file(std::string_view key) const;
  /// The "estimate" key; refuses kinds that are not in `kinds`, and keys that are not the kind's.
  [[nodiscard]] EstimateSpec estimate(std::initializer_list<EstimateSpec::Kind> kinds) const;

  [[noreturn]] void refuse(std::string_view key, const std::string& reason) const;
  [[nodiscard]] const std::filesystem::path& path() const { return file_; }
  [[nodiscard]] const std::shared_ptr<InputFiles>& inputs() const { return inputs_; }
  /// "FILE: KEY", the start of a message from elsewhere about this file.
  [[nodiscard]] std::string label(std::string_view key) const;

 private:
  [[nodiscard]] const nlohmann::json& array(std::string_view key) const;

  std::filesystem::path file_;
  std::string prefix_;
  const nlohmann::json* object_;
  std::shared_ptr<InputFiles> inputs_;
};

}  // namespace wend
