#pragma once

#include <cstdint>

#include "kernels/platform.hpp"

namespace wend::kernels {

/// A vector a row, in memory of whoever computes: that of row i begins at data + i * stride.
struct RowVectors {
  float* data;
  std::uint64_t stride;
  std::uint32_t size;

  [[nodiscard]] WEND_HD float* of(std::uint64_t row) const { return data + row * stride; }
  /// `count` floats of each, from `first` on.
  [[nodiscard]] WEND_HD RowVectors part(std::uint32_t first, std::uint32_t count) const {
    return {data + first, stride, count};
  }
};

}  // namespace wend::kernels
