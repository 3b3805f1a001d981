#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace wend {

/// Text from a file as an error message can show it, on one line: control characters as \xHH, cut
/// to `limit` bytes, with "..." if there was more.
std::string printable(std::string_view text, std::size_t limit = 80);

}  // namespace wend
