#pragma once

#include <cstdint>

#include "kernels/lanes/simd.hpp"
#include "kernels/neural/attention.hpp"
#include "kernels/neural/gates.hpp"
#include "kernels/neural/log_probabilities.hpp"
#include "kernels/neural/network_row.hpp"
#include "kernels/neural/row_vectors.hpp"

namespace wend {

/// What networks compute beside products, for blocks of `count` rows, in the instructions of one
/// width: the same bits in all of them. See NetworkOperations for what each is.
struct RowFunctions {
  void (*rms_norm)(std::uint32_t count, const kernels::RowVectors& x, const float* weight,
                   float epsilon, const kernels::RowVectors& out);
  void (*add)(std::uint32_t count, const kernels::RowVectors& x, const kernels::RowVectors& sum);
  void (*swiglu)(std::uint32_t count, const kernels::RowVectors& gate,
                 const kernels::RowVectors& up);
  void (*activate)(std::uint32_t count, kernels::Activation activation,
                   const kernels::RowVectors& x);
  void (*rotate)(std::uint32_t count, const kernels::NetworkRow* rows,
                 const kernels::AttentionLayer& layer, const float* cosines, const float* sines,
                 const kernels::RowVectors& heads);
  /// `scores` has room for the positions of the longest sequence.
  void (*attend)(std::uint32_t count, const kernels::NetworkRow* rows,
                 const kernels::AttentionLayer& layer, const kernels::RowVectors& queries,
                 float* scores, const kernels::RowVectors& out);
  void (*gru)(std::uint32_t count, const kernels::RowVectors& from_input,
              const kernels::RowVectors& from_state, const kernels::RowVectors& state,
              const kernels::RowVectors& next);
  void (*lstm)(std::uint32_t count, const kernels::RowVectors& from_input,
               const kernels::RowVectors& from_state, const kernels::RowVectors& cell,
               const kernels::RowVectors& next, const kernels::RowVectors& next_cell);
  void (*log_probabilities)(std::uint32_t count, const kernels::RowVectors& logits,
                            const kernels::RowLaw& law, float* out);
};

/// Those of a width that the CPU has (resolve()).
const RowFunctions& row_functions(kernels::Simd simd);

/// Defined where its width is compiled.
template <kernels::Simd kSimd>
const RowFunctions& row_functions_lanes();

}  // namespace wend
