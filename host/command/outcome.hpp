#pragma once

#include <string>

namespace wend {

/// How a command ended, but for what it prints: main() does that last, when nothing can be lost any
/// more.
struct Outcome {
  enum class TextIs {
    kOutput,       ///< what was asked for: where it cannot be written, that is an error
    kMessage,      ///< about files that are written: where it cannot be shown, nothing is lost
    kMessageAside  ///< the same, on standard error, for standard output has one of the files
  };

  int status = 0;
  std::string text;
  std::string error;  ///< one line for standard error, after the text; empty: none
  TextIs text_is = TextIs::kOutput;
};

}  // namespace wend
