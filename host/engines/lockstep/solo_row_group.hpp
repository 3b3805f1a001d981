#pragma once

#include <cstdint>

#include "kernels/lanes/simd.hpp"
#include "kernels/walk/rule.hpp"

namespace wend {

/// The group that makes a row on the CPU (kernels/lockstep/make_row.hpp): one thread. The compiler
/// makes vectors of its loops, of the width that the file is compiled for: each width has a type of
/// its own, so that no code of one can stand in for another's. The sums are the same in all.
template <kernels::Simd kSimd>
struct SoloRowGroup {
  static constexpr std::uint32_t kSize = 1;
  [[nodiscard]] static std::uint32_t rank() { return 0; }
  static void sync() {}

  /// value(0) + .. + value(count - 1), in the order of kernels::ordered_sum.
  template <class Value>
  [[nodiscard]] WEND_HD static double sum(std::uint32_t count, const Value& value) {
    return kernels::ordered_sum(count, value);
  }
  /// The largest of them; count >= 1. Four at a time, since each comparison waits for the one
  /// before.
  template <class Value>
  [[nodiscard]] WEND_HD static double maximum(std::uint32_t count, const Value& value) {
    const auto larger = [](double a, double b) { return a > b ? a : b; };
    const double first = value(0U);
    double largest[4] = {first, first, first, first};
    std::uint32_t i = 0;
    for (; i + 4 <= count; i += 4)
      for (std::uint32_t k = 0; k < 4; ++k) largest[k] = larger(value(i + k), largest[k]);
    for (; i < count; ++i) largest[0] = larger(value(i), largest[0]);
    return larger(larger(largest[0], largest[1]), larger(largest[2], largest[3]));
  }
  /// The first i with holds(i), or `count`; none, mostly.
  template <class Holds>
  [[nodiscard]] WEND_HD static std::uint32_t first_where(std::uint32_t count, const Holds& holds) {
    std::uint32_t any = 0;
    for (std::uint32_t i = 0; i < count; ++i) any |= holds(i) ? 1U : 0U;
    if (any == 0) return count;
    std::uint32_t first = 0;
    while (!holds(first)) ++first;
    return first;
  }
  /// Of all threads' numbers.
  [[nodiscard]] static std::uint64_t sum(std::uint64_t value) { return value; }
  /// Of the numbers of the threads before this one.
  [[nodiscard]] static std::uint64_t sum_before(std::uint64_t /*value*/) { return 0; }
  /// The largest of all threads' `most`, and the least of their `first` that have it.
  static void first_most(std::uint64_t& /*most*/, std::uint32_t& /*first*/) {}
};

}  // namespace wend
