#pragma once

#include <string>

#include "wend/error.hpp"

namespace wend {

/// Why an instance cannot be compiled to an oracle, such as tables beyond what a kernel can
/// address. It names no file, for oracles know of none: who compiles an instance adds it.
class CompileError : public Error {
 public:
  explicit CompileError(const std::string& reason) : Error(ErrorKind::kInput, reason) {}
};

}  // namespace wend
