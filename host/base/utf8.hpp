#pragma once

#include <string>
#include <string_view>

namespace wend {

/// Appends the code points of `bytes` to `out`. False, with some of them appended, if the bytes are
/// not valid UTF-8 (Unicode 15, table 3-7: overlong forms, surrogates and values beyond U+10FFFF
/// are refused).
bool append_utf8(std::string_view bytes, std::u32string& out);

/// UTF-8 of one valid code point.
std::string encode_utf8(char32_t point);

}  // namespace wend
