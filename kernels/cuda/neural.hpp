#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>

#include "kernels/neural/attention.hpp"
#include "kernels/neural/gates.hpp"
#include "kernels/neural/log_probabilities.hpp"
#include "kernels/neural/network_row.hpp"
#include "kernels/neural/row_vectors.hpp"

// What stands between the products of a network on a device: the bodies of kernels/neural/, a warp
// a row, to the bits that the CPU comes to. All pointers are device memory, those in rows too.
// Everything goes to one stream, allocates nothing and waits for nothing; every call throws
// Error(kRuntime) if its launch fails.
namespace wend::kernels {

/// Rows of a block, and the stream.
struct DeviceRows {
  const NetworkRow* rows;
  std::uint32_t count;  ///< >= 1
  cudaStream_t stream;
};

/// The weights of a packed matrix of embeddings.
struct Embeddings {
  const float* weights;
  std::uint32_t inputs;
};

void embed_async(const DeviceRows& rows, const Embeddings& table, const RowVectors& out);
void embed_window_async(const DeviceRows& rows, const Embeddings& table, std::uint32_t window,
                        const RowVectors& out);
void rms_norm_async(const DeviceRows& rows, const RowVectors& x, const float* weight, float epsilon,
                    const RowVectors& out);
void add_async(const DeviceRows& rows, const RowVectors& x, const RowVectors& sum);
void swiglu_async(const DeviceRows& rows, const RowVectors& gate, const RowVectors& up);
void activate_async(const DeviceRows& rows, Activation activation, const RowVectors& x);
void load_state_async(const DeviceRows& rows, const StatePart& part, const RowVectors& out);
void store_state_async(const DeviceRows& rows, const StatePart& part, const RowVectors& values);
void rotate_async(const DeviceRows& rows, const AttentionLayer& layer, const float* cosines,
                  const float* sines, const RowVectors& heads);
void gru_async(const DeviceRows& rows, const RowVectors& from_input, const RowVectors& from_state,
               const RowVectors& state, const RowVectors& next);
void lstm_async(const DeviceRows& rows, const RowVectors& from_input, const RowVectors& from_state,
                const RowVectors& cell, const RowVectors& next, const RowVectors& next_cell);
void hand_out_async(const DeviceRows& rows, const RowVectors& hidden);

/// Scores of attention: `positions` floats for each of `warps` warps, which take one head of one
/// row after the other.
struct AttentionScores {
  float* scores;
  std::uint64_t positions;
  std::uint32_t warps;  ///< >= 1
};
void attend_async(const DeviceRows& rows, const AttentionLayer& layer,
                  const AttentionScores& scores, const RowVectors& queries, const RowVectors& out);

/// kernels::log_probabilities of `count` rows of logits, a block a row (a warp, of at most 32
/// symbols), to count x logits.size at `out`, which may be where the logits are if these lie
/// without gaps.
void log_probabilities_async(std::uint32_t count, const RowVectors& logits, const RowLaw& law,
                             float* out, cudaStream_t stream);

}  // namespace wend::kernels
