#pragma once

#include <cstdint>

#include "kernels/neural/functions.hpp"

// What a transformer's layers do between their products. All threads of the group call.
namespace wend::kernels {

/// out[i] = x[i] / sqrt(mean of squares + epsilon) weight[i] (Zhang & Sennrich 2019).
template <class Group>
WEND_HD void rms_norm(const Group& group, const float* x, const float* weight, float epsilon,
                      std::uint32_t size, float* out) {
  const float squares =
      group.sum_floats(size, [x](std::uint32_t i) { return Float::multiply(x[i], x[i]); });
  const float mean = Float::divide(squares, static_cast<float>(size));
  const float scale = Float::divide(1.0F, Float::root(Float::add(mean, epsilon)));
  for (std::uint32_t i = group.rank(); i < size; i += Group::kSize)
    out[i] = Float::multiply(Float::multiply(x[i], scale), weight[i]);
}

/// Rotary embedding (Su et al. 2021) of one head, in place: element i of its first half and of its
/// second are turned by the angle whose cosine and sine are cosine[i], sine[i].
template <class Group>
WEND_HD void rotate(const Group& group, const float* cosine, const float* sine, std::uint32_t half,
                    float* head) {
  for (std::uint32_t i = group.rank(); i < half; i += Group::kSize) {
    const float first = head[i];
    const float second = head[half + i];
    head[i] = Float::add(Float::multiply(first, cosine[i]), -Float::multiply(second, sine[i]));
    head[half + i] =
        Float::add(Float::multiply(second, cosine[i]), Float::multiply(first, sine[i]));
  }
}

/// One head of one row: softmax of its products with the keys of `count` positions, and the mean of
/// their values by it. keys(j) and values(j) point to the `size` floats of position j; `scores` has
/// room for `count`. Positions come in one order, so that the result depends on them alone.
template <class Group, class Keys, class Values>
WEND_HD void attend(const Group& group, const float* query, std::uint32_t size, float scale,
                    std::uint32_t count, const Keys& keys, const Values& values, float* scores,
                    float* out) {
  for (std::uint32_t j = 0; j < count; ++j) {
    const float* key = keys(j);
    const float product =
        group.sum_floats(size, [=](std::uint32_t i) { return Float::multiply(query[i], key[i]); });
    if (group.rank() == 0) scores[j] = Float::multiply(product, scale);
  }
  group.sync();
  const float largest = group.maximum(count, [scores](std::uint32_t j) { return scores[j]; });
  group.sync();
  for (std::uint32_t j = group.rank(); j < count; j += Group::kSize)
    scores[j] = exp_float(Float::add(scores[j], -largest));
  group.sync();
  const float total = group.sum_floats(count, [scores](std::uint32_t j) { return scores[j]; });
  for (std::uint32_t i = group.rank(); i < size; i += Group::kSize) out[i] = 0;
  for (std::uint32_t j = 0; j < count; ++j) {
    const float share = Float::divide(scores[j], total);
    const float* value = values(j);
    for (std::uint32_t i = group.rank(); i < size; i += Group::kSize)
      out[i] = Float::add(out[i], Float::multiply(share, value[i]));
  }
  group.sync();
}

}  // namespace wend::kernels
