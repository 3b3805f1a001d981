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
/// logits are; -inf for what top_k leaves out. What is kept keeps a mass: beyond the range of
/// floats it is their least number, not -inf. Logits that are not finite make NaN of the row.
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
  // From here on in `out` alone, without branches, which vectors do not have.
  constexpr float kNone = -__builtin_inff();
  if (law.top_k == 0 || law.top_k >= count) {
    for (std::uint32_t i = group.rank(); i < count; i += Group::kSize) out[i] = logits[i];
  } else {
    const TopSelection top = select_top(group, logits, count, law.top_k);
    group.sync();  // before the first logit is written over
    for (std::uint32_t i = group.rank(); i < count; i += Group::kSize)
      out[i] = top.has(logits[i], i) ? logits[i] : kNone;
  }
  group.sync();
  const double largest =
      group.maximum(count, [out](std::uint32_t i) { return static_cast<double>(out[i]); });
  const auto scaled = [&](float logit) {
    return ScalarF64::multiply(static_cast<double>(logit) - largest, law.inverse_temperature);
  };
  const double total =
      group.sum(count, [&](std::uint32_t i) { return mass_of_log(scaled(out[i])); });
  const double log_total = log_of_mass(total) + kSlack;
  group.sync();
  for (std::uint32_t i = group.rank(); i < count; i += Group::kSize) {
    const float logit = out[i];
    const double log = ScalarF64::multiply(scaled(logit) - log_total, law.power);
    const double within = log < -static_cast<double>(kMost) ? -static_cast<double>(kMost) : log;
    const float rounded = round_down(within);
    out[i] = logit >= -kMost ? rounded : kNone;
  }
}

}  // namespace wend::kernels
