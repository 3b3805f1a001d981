#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>

namespace wend {

/// Reads a JSON file, as parse_json() does. Error(kInput) "FILE: reason" for what that refuses, and
/// files over 1 GiB or larger than the memory there is.
nlohmann::json read_json(const std::filesystem::path& file);

/// Reads an instance file: one JSON object with "wend": 1, as parse_json() does. Error(kInput)
/// "FILE: KEY: reason" for what that refuses, files over 1 GiB or larger than the memory there is,
/// and for "wend" missing or not 1.
nlohmann::json read_instance_json(const std::filesystem::path& file);
/// The same of a text in memory; `name` is for messages alone.
nlohmann::json parse_instance_json(const std::string& text, const std::filesystem::path& name);

}  // namespace wend
