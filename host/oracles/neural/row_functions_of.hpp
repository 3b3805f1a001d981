#pragma once

#include <cstdint>

#include "host/oracles/neural/row_functions.hpp"
#include "host/oracles/neural/solo_group.hpp"

namespace wend {

/// The bodies of RowFunctions for a width. What is no template in kernels/ is always inlined, and
/// templates have the width among their arguments, for the reason that VectorNeuralGroup has.
template <kernels::Simd kSimd>
struct RowFunctionsOf {
  using Group = VectorNeuralGroup<kSimd>;
  using RowVectors = kernels::RowVectors;

  static void rms_norm(std::uint32_t count, const RowVectors& x, const float* weight, float epsilon,
                       const RowVectors& out) {
    for (std::uint32_t i = 0; i < count; ++i)
      kernels::rms_norm(Group(), x.of(i), weight, epsilon, x.size, out.of(i));
  }
  static void add(std::uint32_t count, const RowVectors& x, const RowVectors& sum) {
    for (std::uint32_t i = 0; i < count; ++i) kernels::add_to(Group(), x.of(i), x.size, sum.of(i));
  }
  static void swiglu(std::uint32_t count, const RowVectors& gate, const RowVectors& up) {
    for (std::uint32_t i = 0; i < count; ++i)
      kernels::swiglu(Group(), gate.of(i), up.of(i), gate.size, gate.of(i));
  }
  static void activate(std::uint32_t count, kernels::Activation activation, const RowVectors& x) {
    for (std::uint32_t i = 0; i < count; ++i)
      kernels::activate(Group(), activation, x.size, x.of(i));
  }
  static void rotate(std::uint32_t count, const kernels::NetworkRow* rows,
                     const kernels::AttentionLayer& layer, const float* cosines, const float* sines,
                     const RowVectors& heads) {
    for (std::uint32_t i = 0; i < count; ++i)
      kernels::rotate_heads(Group(), layer, cosines, sines, rows[i], heads.of(i));
  }
  static void attend(std::uint32_t count, const kernels::NetworkRow* rows,
                     const kernels::AttentionLayer& layer, const RowVectors& queries, float* scores,
                     const RowVectors& out) {
    for (std::uint32_t i = 0; i < count; ++i)
      for (std::uint32_t head = 0; head < layer.heads; ++head)
        kernels::attend_head(Group(), layer, rows[i], head, queries.of(i), scores, out.of(i));
  }
  static void gru(std::uint32_t count, const RowVectors& from_input, const RowVectors& from_state,
                  const RowVectors& state, const RowVectors& next) {
    for (std::uint32_t i = 0; i < count; ++i)
      kernels::gru_cell(Group(), from_input.of(i), from_state.of(i), state.of(i), next.size,
                        next.of(i));
  }
  static void lstm(std::uint32_t count, const RowVectors& from_input, const RowVectors& from_state,
                   const RowVectors& cell, const RowVectors& next, const RowVectors& next_cell) {
    for (std::uint32_t i = 0; i < count; ++i)
      kernels::lstm_cell(Group(), from_input.of(i), from_state.of(i), cell.of(i), next.size,
                         next.of(i), next_cell.of(i));
  }
  static void log_probabilities(std::uint32_t count, const RowVectors& logits,
                                const kernels::RowLaw& law, float* out) {
    for (std::uint32_t i = 0; i < count; ++i)
      kernels::log_probabilities(Group(), logits.of(i), logits.size, law,
                                 out + std::uint64_t{i} * logits.size);
  }

  static constexpr RowFunctions kFunctions{rms_norm, add, swiglu, activate,         rotate,
                                           attend,   gru, lstm,   log_probabilities};
};

}  // namespace wend
