#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "host/files/json_reader.hpp"
#include "wend/potential.hpp"

namespace wend {

/// Reads the list "potentials" of an instance's object (docs/instances.md), for sequences of
/// `horizon` of `alphabet` symbols, complete after one of `end`; empty where there is no such key.
/// `symbol_bytes`: A strings of bytes that symbols stand for, or none; with them patterns are
/// strings, else lists of symbols. Throws Error(kInput).
std::vector<std::shared_ptr<Potential>> load_potentials(
    const JsonReader& json, std::uint32_t alphabet, std::uint32_t horizon,
    const std::vector<std::uint32_t>& end, const std::vector<std::string>& symbol_bytes);

}  // namespace wend
