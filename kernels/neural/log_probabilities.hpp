#pragma once

#include <cstdint>

#include "kernels/lockstep/log_mass.hpp"
#include "kernels/neural/select_top.hpp"
#include "kernels/platform.hpp"

namespace wend::kernels {

/// What becomes of a row of logits.
struct RowLaw {
  double inverse_temperature = 1;  ///< > 0: logits are multiplied by it
  double power = 1;                ///< > 0: logarithms of probabilities are
  std::uint32_t top_k = 0;         ///< the most likely symbols that are kept; 0: all
};

/// The largest float that is not above x.
WEND_HD float round_down(double x) {
  const auto nearest = static_cast<float>(x);
  if (static_cast<double>(nearest) <= x) return nearest;
  std::uint32_t bits;
  __builtin_memcpy(&bits, &nearest, sizeof bits);
  bits += (bits >> 31U) != 0 ? 1U : 0xFFFFFFFFU;
  float below;
  __builtin_memcpy(&below, &bits, sizeof below);
  return below;
}

/// Log-softmax of `count` logits, at most 2^18, times `power`, to `out`, which may be where the
/// logits are; -inf for what top_k leaves out. Logits that are not finite make NaN of the row.
///
/// With power >= 1 the row's masses sum to at most 1 in floating point too, as the engine sums
/// them: the normaliser is raised by 1e-11, which is more than rounding takes off it (sums of 2^18
/// positive numbers in 256 parts lose less than 2^-42, mass_of_log and log_of_mass a few 2^-52),
/// and what it leaves is rounded down to floats. A row so loses a few 1e-7 of its mass. O(count /
/// group), times 50 with top_k. All threads of the group call.
template <class Group>
WEND_HD void log_probabilities(const Group& group, const float* logits, std::uint32_t count,
                               const RowLaw& law, float* out) {
  constexpr float kMost = 3.4028234663852886e38F;
  constexpr double kSlack = 1e-11;
  const std::uint32_t finite = group.count_where(
      count, [logits](std::uint32_t i) { return logits[i] <= kMost && logits[i] >= -kMost; });
  if (finite != count) {
    group.sync();
    for (std::uint32_t i = group.rank(); i < count; i += Group::kSize) out[i] = __builtin_nanf("");
    return;
  }
  const TopSelection top = select_top(group, logits, count, law.top_k == 0 ? count : law.top_k);
  const double largest =
      group.maximum(count, [logits](std::uint32_t i) { return static_cast<double>(logits[i]); });
  const auto scaled = [&](std::uint32_t i) {
    return ScalarF64::multiply(static_cast<double>(logits[i]) - largest, law.inverse_temperature);
  };
  const double total = group.sum(
      count, [&](std::uint32_t i) { return top.has(logits[i], i) ? mass_of_log(scaled(i)) : 0.0; });
  const double log_total = log_of_mass(total) + kSlack;
  group.sync();  // before the first logit is written over
  for (std::uint32_t i = group.rank(); i < count; i += Group::kSize) {
    const bool kept = top.has(logits[i], i);
    const float log = round_down(ScalarF64::multiply(scaled(i) - log_total, law.power));
    out[i] = kept ? log : -__builtin_inff();
  }
}

}  // namespace wend::kernels
