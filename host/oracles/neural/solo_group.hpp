#pragma once

#include <cstdint>
#include <type_traits>

#include "kernels/lanes/simd.hpp"
#include "kernels/walk/rule.hpp"

namespace wend {

/// The group that computes what a network needs beside products on the CPU (kernels/neural/): one
/// thread. The compiler makes vectors of its loops, of the width that the file is compiled for:
/// each width has a type of its own, so that no code of one can stand in for another's. Parts are
/// as many whatever the width, and so are the bits.
template <kernels::Simd kSimd>
struct VectorNeuralGroup {
  static constexpr std::uint32_t kSize = 1;
  static constexpr std::uint32_t kParts = 32;

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
    float parts[kParts] = {};
    std::uint32_t i = 0;
    for (; i + kParts <= count; i += kParts)
      for (std::uint32_t k = 0; k < kParts; ++k) parts[k] += value(i + k);
    for (std::uint32_t k = 0; i + k < count; ++k) parts[k] += value(i + k);
    for (std::uint32_t half = kParts / 2; half != 0; half /= 2)
      for (std::uint32_t k = 0; k < half; ++k) parts[k] += parts[half + k];
    return parts[0];
  }
  /// The largest of them, of equal ones (both zeros) any; count >= 1.
  template <class Value>
  [[nodiscard]] static auto maximum(std::uint32_t count, const Value& value) {
    const auto larger = [](auto a, auto b) { return a > b ? a : b; };
    const auto first = value(0U);
    std::remove_const_t<decltype(first)> parts[kParts];
    for (auto& part : parts) part = first;
    std::uint32_t i = 0;
    for (; i + kParts <= count; i += kParts)
      for (std::uint32_t k = 0; k < kParts; ++k) parts[k] = larger(value(i + k), parts[k]);
    for (std::uint32_t k = 0; i + k < count; ++k) parts[k] = larger(value(i + k), parts[k]);
    for (std::uint32_t half = kParts / 2; half != 0; half /= 2)
      for (std::uint32_t k = 0; k < half; ++k) parts[k] = larger(parts[half + k], parts[k]);
    return parts[0];
  }
  template <class Holds>
  [[nodiscard]] static std::uint32_t count_where(std::uint32_t count, const Holds& holds) {
    std::uint32_t found = 0;
    for (std::uint32_t i = 0; i < count; ++i) found += holds(i) ? 1U : 0U;
    return found;
  }
};

/// Without instructions of a width's own.
using SoloNeuralGroup = VectorNeuralGroup<kernels::Simd::kScalar>;

}  // namespace wend
