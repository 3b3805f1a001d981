#pragma once

#include <cstdint>

#include "kernels/platform.hpp"

namespace wend::kernels {

/// In place of a symbol, where a sequence has not begun yet.
inline constexpr std::uint32_t kNoSymbol = 0xFFFFFFFFU;

/// One symbol of one sequence that a network reads. States and hidden values are memory of whoever
/// computes: the host's, or a device's.
struct NetworkRow {
  std::uint32_t symbol;
  std::uint32_t position;       ///< in the sequence, the prompt included
  std::uint32_t prompt_size;    ///< positions whose states are in `prompt`
  const float* prompt;          ///< states of the prompt, one position after the other
  float* own;                   ///< of the positions behind it
  const std::uint32_t* recent;  ///< the last symbols up to this one, the oldest first, or null
  float* hidden;                ///< where what follows from it goes; null: nowhere
};

/// The state of a position of a row's sequence, of which each takes state_floats.
WEND_HD const float* state_of(const NetworkRow& row, std::uint32_t position,
                              std::uint64_t state_floats) {
  return position < row.prompt_size ? row.prompt + position * state_floats
                                    : row.own + (position - row.prompt_size) * state_floats;
}
/// The same, to write the row's own.
WEND_HD float* own_state(const NetworkRow& row, std::uint64_t state_floats) {
  return row.own + (row.position - row.prompt_size) * state_floats;
}

/// A part of a position's state.
struct StatePart {
  std::uint64_t state_floats;  ///< of a position
  std::uint64_t begin;         ///< the part's first float
  std::uint32_t size;
};

/// The part of the position before a row's; zeros before the first. All threads of the group call,
/// here and below.
template <class Group>
WEND_HD void load_state(const Group& group, const NetworkRow& row, const StatePart& part,
                        float* out) {
  const float* from =
      row.position == 0 ? nullptr : state_of(row, row.position - 1, part.state_floats) + part.begin;
  for (std::uint32_t i = group.rank(); i < part.size; i += Group::kSize)
    out[i] = from == nullptr ? 0.0F : from[i];
}

/// The part of a row's own position.
template <class Group>
WEND_HD void store_state(const Group& group, const NetworkRow& row, const StatePart& part,
                         const float* values) {
  float* to = own_state(row, part.state_floats) + part.begin;
  for (std::uint32_t i = group.rank(); i < part.size; i += Group::kSize) to[i] = values[i];
}

}  // namespace wend::kernels
