#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "wend/automaton.hpp"

namespace wend {

/// Throws Error(kUsage), which starts with `where`, for a shape that is none.
void check_shape(const SequenceShape& shape, const std::string& where);

/// The end symbols, ascending, each once.
std::vector<std::uint32_t> sorted_ends(const SequenceShape& shape);

}  // namespace wend
