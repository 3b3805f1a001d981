#include "host/instances/neural/symbol_bytes.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>

#include "host/base/printable.hpp"
#include "wend/error.hpp"

namespace wend {
namespace {

std::optional<std::string> bytes_of_list(const nlohmann::json& values) {
  std::string bytes;
  for (const nlohmann::json& value : values) {
    if (!value.is_number_unsigned() || value.get<std::uint64_t>() > 255) return std::nullopt;
    bytes.push_back(static_cast<char>(value.get<std::uint64_t>()));
  }
  return bytes;
}

std::optional<unsigned> digit(char character) {
  if (character >= '0' && character <= '9') return character - '0';
  if (character >= 'a' && character <= 'f') return character - 'a' + 10;
  if (character >= 'A' && character <= 'F') return character - 'A' + 10;
  return std::nullopt;
}

std::optional<std::string> bytes_of_digits(const std::string& text) {
  if (text.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const std::optional<unsigned> high = digit(text[i]);
    const std::optional<unsigned> low = digit(text[i + 1]);
    if (!high || !low) return std::nullopt;
    bytes.push_back(static_cast<char>(*high * 16 + *low));
  }
  return bytes;
}

std::optional<std::string> bytes_of(const nlohmann::json& symbol, bool file) {
  if (symbol.is_array()) return bytes_of_list(symbol);
  if (symbol.is_null() && file) return "";
  if (!symbol.is_string()) return std::nullopt;
  return file ? bytes_of_digits(symbol.get<std::string>()) : symbol.get<std::string>();
}

}  // namespace

std::vector<std::string> load_symbol_bytes(const JsonReader& json, std::uint32_t alphabet) {
  if (!json.has("symbols")) return {};
  const bool file = json.at("symbols").is_string();
  const std::filesystem::path path = file ? json.file("symbols") : json.path();
  const nlohmann::json document = file ? read_json(path) : json.at("symbols");
  // A refusal names the file that has the list.
  const auto refuse = [&](const std::string& where, const std::string& reason) {
    if (!file) json.refuse("symbols" + where, reason);
    throw Error(ErrorKind::kInput, printable(path.string(), 4096) + ": " +
                                       (where.empty() ? "" : where + ": ") + reason);
  };
  if (!document.is_array())
    refuse("", file ? "must be a list" : "must be a list, or the path of a file that has one");
  if (document.size() != alphabet)
    refuse("", fmt::format("has {} elements, the model has {} symbols", document.size(), alphabet));
  std::vector<std::string> symbols;
  symbols.reserve(alphabet);
  for (const nlohmann::json& symbol : document) {
    std::optional<std::string> bytes = bytes_of(symbol, file);
    if (!bytes)
      refuse(fmt::format("[{}]", symbols.size()),
             file ? "must be bytes in hexadecimal, null, or a list of bytes from 0 to 255"
                  : "must be a text, or a list of bytes from 0 to 255");
    symbols.push_back(*std::move(bytes));
  }
  return symbols;
}

}  // namespace wend
