#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace wend {

/// Items to take or to leave, within a capacity. A choice's mass is the product of its items'
/// exp(log_value). All weights and the capacity are below 2^63, so that the sum of two of them does
/// not overflow; longer sums are never formed.
struct KnapsackProblem {
  std::vector<std::uint64_t> weights;
  std::uint64_t capacity = 0;
  std::vector<double> log_values;  ///< value / temperature, or 0; as many as weights
  double precision = 0;            ///< most that a log_value is off by, times its size

  [[nodiscard]] std::uint32_t items() const { return static_cast<std::uint32_t>(weights.size()); }

  /// Least capacity that the first h items can leave, h = 0..n, if they fit; mass functions are
  /// needed from there on.
  [[nodiscard]] std::vector<std::uint64_t> origins() const {
    std::vector<std::uint64_t> least{capacity};
    for (const std::uint64_t weight : weights)
      least.push_back(least.back() > weight ? least.back() - weight : 0);
    return least;
  }
};

/// Merges the step functions f(c) and f(c - weight), f rising at the capacities `below` (sorted,
/// the first being the least capacity of f's domain: origin - weight, at least 0). Calls
/// piece(from, without, with) for every piece of constant values between `origin` and `capacity`:
/// its first capacity, the steps of f(c) and f(c - weight) that hold there, `with` being
/// kDoesNotFit where weight > c. O(size of below), plus a search.
inline constexpr std::size_t kDoesNotFit = std::numeric_limits<std::size_t>::max();

template <class Piece>
void for_each_piece(std::span<const std::uint64_t> below, std::uint64_t weight,
                    std::uint64_t origin, std::uint64_t capacity, Piece&& piece) {
  constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();
  auto without =
      static_cast<std::size_t>(std::ranges::upper_bound(below, origin) - below.begin()) - 1;
  std::size_t with = weight <= origin ? 0 : kDoesNotFit;
  std::uint64_t from = origin;
  while (from <= capacity) {
    piece(from, without, with);
    const std::uint64_t next_without = without + 1 < below.size() ? below[without + 1] : kNever;
    // kDoesNotFit + 1 is 0, the first step.
    const std::uint64_t next_with = with + 1 < below.size() ? below[with + 1] + weight : kNever;
    from = std::min(next_without, next_with);
    if (next_without == from) ++without;
    if (next_with == from) ++with;
  }
}

}  // namespace wend
