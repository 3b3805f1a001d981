#pragma once

#include <cstdint>

#include "kernels/neural/functions.hpp"

// What stands between the products of a network's layers, element by element. All threads of the
// group call, each for its own share.
namespace wend::kernels {

/// h[i] = silu(gate[i]) up[i] (Shazeer 2020); h may be where the gate is.
template <class Group>
WEND_HD void swiglu(const Group& group, const float* gate, const float* up, std::uint32_t size,
                    float* h) {
  for (std::uint32_t i = group.rank(); i < size; i += Group::kSize)
    h[i] = Float::multiply(silu(gate[i]), up[i]);
}

/// What a hidden layer of a perceptron does to its sums.
enum class Activation : std::uint8_t { kRelu, kTanh, kSilu };

WEND_HD float activate(Activation activation, float x) {
  switch (activation) {
    case Activation::kTanh:
      return tanh_float(x);
    case Activation::kSilu:
      return silu(x);
    case Activation::kRelu:
      break;
  }
  return x < 0 ? 0.0F : x;  // NaN stays
}

/// The same of all of x, in place.
template <class Group>
WEND_HD void activate(const Group& group, Activation activation, std::uint32_t size, float* x) {
  for (std::uint32_t i = group.rank(); i < size; i += Group::kSize)
    x[i] = activate(activation, x[i]);
}

/// sum[i] += x[i].
template <class Group>
WEND_HD void add_to(const Group& group, const float* x, std::uint32_t size, float* sum) {
  for (std::uint32_t i = group.rank(); i < size; i += Group::kSize)
    sum[i] = Float::add(sum[i], x[i]);
}

/// One step of a gated recurrent unit in PyTorch's form (Cho et al. 2014, the reset gate after the
/// product): from_input and from_state are 3 x size, gates in the order reset, update, new.
template <class Group>
WEND_HD void gru_cell(const Group& group, const float* from_input, const float* from_state,
                      const float* state, std::uint32_t size, float* next) {
  const std::uint64_t second = size;
  const std::uint64_t third = 2 * second;
  for (std::uint32_t i = group.rank(); i < size; i += Group::kSize) {
    const float reset = sigmoid(Float::add(from_input[i], from_state[i]));
    const float update = sigmoid(Float::add(from_input[second + i], from_state[second + i]));
    const float fresh = tanh_float(
        Float::add(from_input[third + i], Float::multiply(reset, from_state[third + i])));
    next[i] = Float::add(Float::multiply(Float::add(1.0F, -update), fresh),
                         Float::multiply(update, state[i]));
  }
}

/// One step of a long short-term memory (Hochreiter & Schmidhuber 1997): both are 4 x size, gates
/// in PyTorch's order input, forget, cell, output.
template <class Group>
WEND_HD void lstm_cell(const Group& group, const float* from_input, const float* from_state,
                       const float* cell, std::uint32_t size, float* next, float* next_cell) {
  const std::uint64_t second = size;
  const std::uint64_t third = 2 * second;
  const std::uint64_t fourth = 3 * second;
  for (std::uint32_t i = group.rank(); i < size; i += Group::kSize) {
    const float input = sigmoid(Float::add(from_input[i], from_state[i]));
    const float forget = sigmoid(Float::add(from_input[second + i], from_state[second + i]));
    const float fresh = tanh_float(Float::add(from_input[third + i], from_state[third + i]));
    const float output = sigmoid(Float::add(from_input[fourth + i], from_state[fourth + i]));
    const float kept = Float::add(Float::multiply(forget, cell[i]), Float::multiply(input, fresh));
    next_cell[i] = kept;
    next[i] = Float::multiply(output, tanh_float(kept));
  }
}

}  // namespace wend::kernels
