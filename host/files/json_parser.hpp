#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace wend {

/// Parses JSON text. A number whose exact value is a whole one of 64 bits is kept as an integer
/// however it is written (1.0, 1e12), but for -0.0; all others are doubles, rounded.
/// Throws Error(kInput) "FILE: reason", where the reason starts with the place: line and column of
/// what is not JSON and of NUL bytes; the dotted path of a key that appears twice, and of a number
/// that is too large for a double or that rounds to zero. Nesting deeper than 64 is refused too.
/// `file` is for messages alone.
nlohmann::json parse_json(std::string_view text, const std::filesystem::path& file);

/// Bytes that parse_json() may take for a text, the result included. O(length).
std::uint64_t parsed_bytes(std::string_view text);

}  // namespace wend
