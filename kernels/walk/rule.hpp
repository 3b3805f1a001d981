#pragma once

#include <cstdint>

#include "kernels/platform.hpp"
#include "kernels/walk/walk.hpp"

// THE rule of every walk: from the estimates at a node and at its children to the law of a step,
// and from that law to integers. Pure functions of numbers, for whoever has the row: a table that
// is compiled beforehand, a chain that computes its rows on the way, a thread or a block on a GPU.
// Sums, products and quotients only, in one order, so that all of them come to the same bits.
namespace wend::kernels {

/// A step's law, of any scale: outcome 0 ("up", or for the sequential sampler "rejected") has
/// weight `up`, child c has child_scale * w(c), times what is kept of it where proposals are
/// thinned.
struct StepLaw {
  double up;
  double child_scale;
};

/// own: w(u), 0 at the root, which has no parent. below: S(u), the sum of w over the children.
/// from_below: the chain arrived from a child (walks with a direction only). rejected: the sum over
/// the children of what thinning takes from w(c) (walks that restart only). All on one scale.
///
///   jerrum-sinclair  up with w(u), to c with w(c)                     (Sinclair & Jerrum 1989)
///   lifted, down     on with min(1, S/w), to c with w(c)/S, else back (Hayes & Sinclair 2010)
///   lifted, up       on with min(1, w/S), else to c with w(c)/S
///   sequential       to c with w(c)/S, then kept or rejected          (Jerrum et al. 1986)
///
/// A dead end (S = 0) always leads up.
WEND_HD constexpr StepLaw step_law(Walk walk, bool from_below, double own, double below,
                                   double rejected) {
  if (!(below > 0)) return {1.0, 0.0};
  switch (walk) {
    case Walk::kJerrumSinclair:
      return {own, 1.0};
    case Walk::kLifted:
      // On the scale of max(w, S).
      if (from_below) return {own, below > own ? (below - own) / below : 0.0};
      return {own > below ? own - below : 0.0, 1.0};
    case Walk::kSequential:
      break;
  }
  return {rejected, 1.0};
}

/// Sums over the outcomes of a row are taken as this many sums, outcome i being part of number
/// i mod kPartialSums, which are then folded by halves (fold_partial_sums): so a block of threads
/// can take them, or the vectors of one thread.
inline constexpr std::uint32_t kPartialSums = 256;

/// The sum of `width` <= kPartialSums numbers: 128 apart, then 64, .. 1, each with the one that is
/// so far behind it, if there is one. O(width); `partial` is overwritten.
WEND_HD double fold_partial_sums(double* partial, std::uint32_t width) {
  for (std::uint32_t apart = kPartialSums / 2; apart >= 1; apart /= 2) {
    if (width <= apart) continue;
    const std::uint32_t behind = width - apart;
    for (std::uint32_t i = 0; i < behind; ++i) partial[i] += partial[apart + i];
    width = apart;
  }
  return width == 0 ? 0.0 : partial[0];
}

/// Sum of value(0) .. value(count - 1) in that order. O(count).
template <class Value>
WEND_HD double ordered_sum(std::uint32_t count, const Value& value) {
  if (count == 2) return value(0U) + value(1U);  // the same, and sweeps over trees live on it
  double partial[kPartialSums];
  const std::uint32_t width = count < kPartialSums ? count : kPartialSums;
  for (std::uint32_t i = 0; i < width; ++i) partial[i] = value(i);
  std::uint32_t begin = width;
  for (; begin + kPartialSums <= count; begin += kPartialSums)
    for (std::uint32_t i = 0; i < kPartialSums; ++i) partial[i] += value(begin + i);
  for (std::uint32_t i = 0; begin + i < count; ++i) partial[i] += value(begin + i);
  return fold_partial_sums(partial, width);
}

/// The same of an array.
WEND_HD double ordered_sum(const double* values, std::uint32_t count) {
  return ordered_sum(count, [values](std::uint32_t i) { return values[i]; });
}

/// How a row's weights become whole units, of which each stands for one draw of 2^32: every outcome
/// of positive weight gets one, the others are shared out in proportion and rounded down, and what
/// remains goes to the first of the outcomes with the most units. An outcome of weight zero has no
/// unit and cannot happen. Outcomes can be counted apart from each other, in any order.
struct UnitScale {
  double units_per_weight;

  /// `units` in all, for `positive` outcomes (at most 2^18 + 1) whose weights sum to `weight`.
  WEND_HD static UnitScale share(std::uint64_t units, std::uint64_t positive, double weight) {
    return {static_cast<double>(units - positive) / weight};
  }
  [[nodiscard]] WEND_HD std::uint64_t units(double weight) const {
    // Below 2^33; signed, which is one instruction.
    const auto more = static_cast<std::int64_t>(weight * units_per_weight);
    return weight > 0 ? 1 + static_cast<std::uint64_t>(more) : 0;
  }
};

}  // namespace wend::kernels
