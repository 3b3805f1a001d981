#pragma once

#include <cstdint>

#include "kernels/neural/functions.hpp"
#include "kernels/neural/network_row.hpp"

// What a transformer's layers do between their products. All threads of the group call.
namespace wend::kernels {

/// out[i] = x[i] / sqrt(mean of squares + epsilon) weight[i] (Zhang & Sennrich 2019); NaN where the
/// sum of squares is beyond floats.
template <class Group>
WEND_HD void rms_norm(const Group& group, const float* x, const float* weight, float epsilon,
                      std::uint32_t size, float* out) {
  const float squares =
      group.sum_floats(size, [x](std::uint32_t i) { return Float::multiply(x[i], x[i]); });
  const float mean = Float::divide(squares, static_cast<float>(size));
  // Infinite squares would make zeros of x, which look like an answer.
  const bool finite = squares <= 3.4028234663852886e38F;
  const float scale =
      finite ? Float::divide(1.0F, Float::root(Float::add(mean, epsilon))) : __builtin_nanf("");
  for (std::uint32_t i = group.rank(); i < size; i += Group::kSize)
    out[i] = Float::multiply(Float::multiply(x[i], scale), weight[i]);
}

/// Rotary embedding (Su et al. 2021) of one head, in place: element i of its first half and of its
/// second are turned by the angle whose cosine and sine are cosine[i], sine[i].
template <class Group>
WEND_HD void rotate(const Group& group, const float* cosine, const float* sine, std::uint32_t half,
                    float* head) {
  float* behind = head + half;
  for (std::uint32_t i = group.rank(); i < half; i += Group::kSize) {
    const float first = head[i];
    const float second = behind[i];
    head[i] = Float::add(Float::multiply(first, cosine[i]), -Float::multiply(second, sine[i]));
    behind[i] = Float::add(Float::multiply(second, cosine[i]), Float::multiply(first, sine[i]));
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

/// A layer's attention, and where its keys and values lie in a position's state: key_heads x
/// head_size keys from `state_begin` on, and as many values behind them.
struct AttentionLayer {
  std::uint32_t heads;      ///< of queries
  std::uint32_t key_heads;  ///< divides `heads`
  std::uint32_t head_size;
  float scale;
  std::uint64_t state_floats;
  std::uint64_t state_begin;
};

/// Turns all heads of a row's queries and keys, which lie one after the other, to its position.
/// `cosines`, `sines`: head_size / 2 of each position.
template <class Group>
WEND_HD void rotate_heads(const Group& group, const AttentionLayer& layer, const float* cosines,
                          const float* sines, const NetworkRow& row, float* heads) {
  const std::uint32_t half = layer.head_size / 2;
  const std::uint64_t angles = std::uint64_t{row.position} * half;
  for (std::uint32_t head = 0; head < layer.heads + layer.key_heads; ++head)
    rotate(group, cosines + angles, sines + angles, half,
           heads + std::uint64_t{head} * layer.head_size);
}

/// One head of a row, which attends to its own position and all before it. `scores` has room for
/// these.
template <class Group>
WEND_HD void attend_head(const Group& group, const AttentionLayer& layer, const NetworkRow& row,
                         std::uint32_t head, const float* queries, float* scores, float* out) {
  const std::uint64_t key_head =
      std::uint64_t{head / (layer.heads / layer.key_heads)} * layer.head_size;
  const std::uint64_t keys_size = std::uint64_t{layer.key_heads} * layer.head_size;
  const auto keys = [&](std::uint32_t position) {
    return state_of(row, position, layer.state_floats) + layer.state_begin + key_head;
  };
  const auto values = [&](std::uint32_t position) { return keys(position) + keys_size; };
  const std::uint64_t place = std::uint64_t{head} * layer.head_size;
  attend(group, queries + place, layer.head_size, layer.scale, row.position + 1, keys, values,
         scores, out + place);
}

}  // namespace wend::kernels
