#pragma once

#include <string>

#include "wend/error.hpp"

namespace wend {

/// Throws what a refused input throws; `where` names the file and the key.
[[noreturn]] inline void refuse_input(const std::string& where, const std::string& reason) {
  throw Error(ErrorKind::kInput, where + ": " + reason);
}

}  // namespace wend
