#pragma once

#include <string_view>

namespace wend {

/// Refuses regular expressions that libfa would read otherwise than POSIX's extended syntax says,
/// would end the process for, or would take a memory for that nobody has: stray `)`, a repetition
/// of nothing, escaped letters and digits, anchors, named classes of characters, braces without a
/// number or beyond 1,000, also one within the other. Throws Error(kUsage). O(length).
void check_pattern_syntax(std::string_view pattern);

}  // namespace wend
