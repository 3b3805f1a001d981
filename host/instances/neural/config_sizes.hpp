#pragma once

#include <cstdint>

#include "host/files/json_reader.hpp"

// What configurations of all networks have.
namespace wend {

inline constexpr std::int64_t kMostSize = 1 << 20;
inline constexpr std::int64_t kMostLayers = 1024;

/// A number of units, heads or layers, at least 1. Throws Error(kInput).
inline std::uint32_t size_of(const JsonReader& config, const char* key,
                             std::int64_t most = kMostSize) {
  return static_cast<std::uint32_t>(config.integer(key, 1, most));
}

}  // namespace wend
