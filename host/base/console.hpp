#pragma once

#include <cstddef>
#include <string_view>

namespace wend {

/// What a process prints, through descriptors 1 and 2 alone, unbuffered. Nothing here throws or
/// ends the process: what nobody can read must not cost what was drawn.

/// Call first in main(): gives a closed descriptor 0, 1 or 2 a file that cannot be read or written,
/// so that no file opened later takes its number and gets messages written into it.
void keep_standard_descriptors();

/// Writes all of `text`; 0, or the errno of what went wrong.
int write_text(int descriptor, std::string_view text) noexcept;

/// One line on standard error: "wend: MESSAGE". Control characters are shown as \xHH.
void print_error(std::string_view message) noexcept;

/// Columns of a line that fits everywhere.
inline constexpr std::size_t kLineColumns = 79;

/// Columns of the terminal that standard error is; 0 if it is none, or one without escape sequences
/// (TERM=dumb).
std::size_t error_columns();

}  // namespace wend
