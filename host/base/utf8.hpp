#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace wend {

/// A code point, and how many bytes it takes.
struct Utf8Point {
  char32_t point;
  std::size_t bytes;
};

/// The code point that `bytes` start with; nullopt if they are empty or start with what is not
/// valid UTF-8 (Unicode 15, table 3-7: overlong forms, surrogates and values beyond U+10FFFF are
/// not).
std::optional<Utf8Point> first_point(std::string_view bytes);

/// Appends the code points of `bytes` to `out`. False, with some of them appended, if the bytes are
/// not valid UTF-8.
bool append_utf8(std::string_view bytes, std::u32string& out);

/// UTF-8 of one valid code point.
std::string encode_utf8(char32_t point);

}  // namespace wend
