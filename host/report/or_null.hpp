#pragma once

#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

namespace wend {

/// In a report, what is not known is null.
template <class T>
nlohmann::ordered_json or_null(const std::optional<T>& value) {
  return value ? nlohmann::ordered_json(*value) : nlohmann::ordered_json(nullptr);
}

/// The same of a number that is infinite where it is not known: JSON has no infinity.
inline nlohmann::ordered_json or_null(double number) {
  return std::isfinite(number) ? nlohmann::ordered_json(number) : nlohmann::ordered_json(nullptr);
}

}  // namespace wend
