// The library's texts speak of fields of SampleOptions, where a command line has options: the field
// "max_queries" is "--max-queries", and "visits = measured" is "--visits measured".
#pragma once

#include <string>
#include <string_view>

#include "wend/error.hpp"

namespace wend {

/// `text` with every field that stands in backquotes as the option that it is.
std::string option_words(std::string_view text);

/// An error's line. Only if it is about a field are there options in it: elsewhere a backquote may
/// be part of a file's name.
std::string option_words(const Error& error);

}  // namespace wend
