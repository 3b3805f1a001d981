#pragma once

#include <string>

#include "wend/error.hpp"

namespace wend {

/// What an oracle threw, or a row that none can have. The chains are as far as they came.
class OracleFailure : public Error {
 public:
  explicit OracleFailure(const std::string& message) : Error(ErrorKind::kRuntime, message) {}
};

}  // namespace wend
