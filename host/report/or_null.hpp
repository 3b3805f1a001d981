#pragma once

#include <nlohmann/json.hpp>
#include <optional>

namespace wend {

/// In a report, what is not known is null.
template <class T>
nlohmann::ordered_json or_null(const std::optional<T>& value) {
  return value ? nlohmann::ordered_json(*value) : nlohmann::ordered_json(nullptr);
}

}  // namespace wend
