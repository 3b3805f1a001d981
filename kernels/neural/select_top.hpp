#pragma once

#include <cstdint>

#include "kernels/platform.hpp"

// The k largest of many numbers, by counting alone: the same for one thread and for a block.
namespace wend::kernels {

/// A number in the order of finite floats, both zeros being the same.
WEND_HD std::uint32_t order_of(float x) {
  const float one_zero = x + 0.0F;
  std::uint32_t bits;
  __builtin_memcpy(&bits, &one_zero, sizeof bits);
  return bits ^ ((bits >> 31U) != 0 ? 0xFFFFFFFFU : 0x80000000U);
}

/// Which numbers are among the largest: all above one, and of those that equal it the first ones.
struct TopSelection {
  std::uint32_t least = 0;    ///< in their order
  std::uint32_t end_of_ties;  ///< the numbers that equal `least` count below this place

  [[nodiscard]] WEND_HD bool has(float x, std::uint32_t place) const {
    const std::uint32_t order = order_of(x);
    return order > least || (order == least && place < end_of_ties);
  }
};

/// The k largest of `count` >= k >= 1 finite numbers, the first of equal ones. O(50 count / group).
template <class Group>
WEND_HD TopSelection select_top(const Group& group, const float* x, std::uint32_t count,
                                std::uint32_t k) {
  TopSelection top{0, count};
  if (k >= count) return top;
  for (std::uint32_t bit = 1U << 31U; bit != 0; bit >>= 1U) {
    const std::uint32_t candidate = top.least | bit;
    if (group.count_where(count, [&](std::uint32_t i) { return order_of(x[i]) >= candidate; }) >= k)
      top.least = candidate;
  }
  const std::uint32_t above =
      group.count_where(count, [&](std::uint32_t i) { return order_of(x[i]) > top.least; });
  // The least place below which there are as many ties as are wanted.
  std::uint32_t low = 0;
  std::uint32_t high = count;
  while (low < high) {
    const std::uint32_t middle = low + (high - low) / 2;
    const std::uint32_t ties =
        group.count_where(middle, [&](std::uint32_t i) { return order_of(x[i]) == top.least; });
    if (above + ties >= k)
      high = middle;
    else
      low = middle + 1;
  }
  top.end_of_ties = low;
  return top;
}

}  // namespace wend::kernels
