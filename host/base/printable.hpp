#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace wend {

/// Text from a file as a terminal can show it, on one line, cut to the `limit` bytes of the text
/// that whole characters take, with "..." if there was more. The bytes of what a terminal could
/// take for a command, or that would show other text than there is, become \xHH: control characters
/// (C0, delete, C1), line and paragraph separators, bidirectional embeddings, overrides and
/// isolates, and what is not valid UTF-8.
std::string printable(std::string_view text, std::size_t limit = 80);

}  // namespace wend
