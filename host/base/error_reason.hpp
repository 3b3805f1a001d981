#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "wend/error.hpp"

namespace wend {

/// What an error says, without the field that it begins with.
inline std::string reason_of(const Error& error) {
  constexpr std::size_t kColon = 2;  // and a space
  const std::string_view what = error.what();
  return std::string(what.substr(error.field().empty() ? 0 : error.field().size() + kColon));
}

}  // namespace wend
