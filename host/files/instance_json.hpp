#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>

namespace wend {

/// Reads an instance file: one JSON object with "wend": 1. Error(kInput) "FILE: KEY: reason" for
/// files over 1 GiB, what is not JSON (KEY is then its line and column), nesting deeper than 64, a
/// key that appears twice in one object, and for "wend" missing or not 1.
nlohmann::json read_instance_json(const std::filesystem::path& file);

}  // namespace wend
