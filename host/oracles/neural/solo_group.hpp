#pragma once

#include <cstdint>

#include "kernels/walk/rule.hpp"

namespace wend {

/// The group that computes what a network needs beside products on the CPU (kernels/neural/): one
/// thread.
struct SoloNeuralGroup {
  static constexpr std::uint32_t kSize = 1;
  [[nodiscard]] static std::uint32_t rank() { return 0; }
  static void sync() {}

  /// value(0) + .. + value(count - 1), in the order of kernels::ordered_sum.
  template <class Value>
  [[nodiscard]] static double sum(std::uint32_t count, const Value& value) {
    return kernels::ordered_sum(count, value);
  }
  /// The same of floats, in 32 parts, each in ascending order, which are folded in halves: as the
  /// lanes of a warp do it.
  template <class Value>
  [[nodiscard]] static float sum_floats(std::uint32_t count, const Value& value) {
    constexpr std::uint32_t kParts = 32;
    float parts[kParts] = {};
    std::uint32_t i = 0;
    for (; i + kParts <= count; i += kParts)
      for (std::uint32_t k = 0; k < kParts; ++k) parts[k] += value(i + k);
    for (std::uint32_t k = 0; i + k < count; ++k) parts[k] += value(i + k);
    for (std::uint32_t half = kParts / 2; half != 0; half /= 2)
      for (std::uint32_t k = 0; k < half; ++k) parts[k] += parts[half + k];
    return parts[0];
  }
  /// The largest of them; count >= 1.
  template <class Value>
  [[nodiscard]] static auto maximum(std::uint32_t count, const Value& value) {
    auto largest = value(0U);
    for (std::uint32_t i = 1; i < count; ++i) {
      const auto other = value(i);
      largest = other > largest ? other : largest;
    }
    return largest;
  }
  template <class Holds>
  [[nodiscard]] static std::uint32_t count_where(std::uint32_t count, const Holds& holds) {
    std::uint32_t found = 0;
    for (std::uint32_t i = 0; i < count; ++i) found += holds(i) ? 1U : 0U;
    return found;
  }
};

}  // namespace wend
