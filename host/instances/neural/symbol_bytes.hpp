#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "host/files/json_reader.hpp"

namespace wend {

/// Reads the key "symbols" of an instance's object: the bytes that each of `alphabet` symbols
/// stands for, or none where there is no such key. Each is a text, or a list of bytes from 0 to
/// 255, which need be no text. In place of the list there may be the path of a JSON file of one;
/// strings of that are hexadecimal, and null stands for no bytes. Throws Error(kInput).
std::vector<std::string> load_symbol_bytes(const JsonReader& json, std::uint32_t alphabet);

}  // namespace wend
