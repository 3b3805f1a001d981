#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "host/oracles/neural/packed_matrix.hpp"
#include "kernels/neural/attention.hpp"
#include "kernels/neural/gates.hpp"
#include "kernels/neural/log_probabilities.hpp"
#include "kernels/neural/network_row.hpp"
#include "kernels/neural/row_vectors.hpp"

namespace wend {

using kernels::RowVectors;

/// What networks are made of, for blocks of rows, on the CPU or on a GPU: the same bodies
/// (kernels/neural/), so that both come to the same bits. Parameters (PackedMatrix, vectors) are
/// the host's, those of the network that it was made for; all else is memory of whoever
/// computes. One thread at a time.
class NetworkOperations {
 public:
  NetworkOperations() = default;
  NetworkOperations(const NetworkOperations&) = delete;
  NetworkOperations& operator=(const NetworkOperations&) = delete;
  virtual ~NetworkOperations() = default;

  /// Memory that lives as long as this. Throws Error(kRuntime) or std::bad_alloc.
  [[nodiscard]] virtual float* allocate(std::uint64_t floats) = 0;
  virtual void copy(float* to, const float* from, std::uint64_t floats) = 0;
  /// The same from the host's memory, which is read before it returns.
  virtual void write(float* to, std::span<const float> values) = 0;
  /// Until all that was asked for is done.
  virtual void wait() = 0;

  /// The rows that the operations below are about, up to the next call. `window`: symbols of each
  /// at `recent`, which is the host's memory.
  virtual void begin(std::span<const kernels::NetworkRow> rows, std::uint32_t window) = 0;
  /// out = the embedding of a row's symbol.
  virtual void embed(const PackedMatrix& table, const RowVectors& out) = 0;
  /// The same of the symbols of its window, one after the other.
  virtual void embed_window(const PackedMatrix& table, const RowVectors& out) = 0;
  virtual void rms_norm(const RowVectors& x, const std::vector<float>& weight, float epsilon,
                        const RowVectors& out) = 0;
  /// sum += x.
  virtual void add(const RowVectors& x, const RowVectors& sum) = 0;
  /// gate = silu(gate) up.
  virtual void swiglu(const RowVectors& gate, const RowVectors& up) = 0;
  virtual void activate(kernels::Activation activation, const RowVectors& x) = 0;
  virtual void load_state(const kernels::StatePart& part, const RowVectors& out) = 0;
  virtual void store_state(const kernels::StatePart& part, const RowVectors& values) = 0;
  /// Of queries and keys, in place; see kernels::rotate_heads.
  virtual void rotate(const kernels::AttentionLayer& layer, const std::vector<float>& cosines,
                      const std::vector<float>& sines, const RowVectors& heads) = 0;
  virtual void attend(const kernels::AttentionLayer& layer, const RowVectors& queries,
                      const RowVectors& out) = 0;
  /// See kernels::gru_cell, kernels::lstm_cell.
  virtual void gru(const RowVectors& from_input, const RowVectors& from_state,
                   const RowVectors& state, const RowVectors& next) = 0;
  virtual void lstm(const RowVectors& from_input, const RowVectors& from_state,
                    const RowVectors& cell, const RowVectors& next,
                    const RowVectors& next_cell) = 0;
  /// The hidden values of the rows, to where each wants them.
  virtual void hand_out(const RowVectors& hidden) = 0;

  /// y = W x + bias for `rows` rows, of which each y has room for padded(outputs).
  virtual void multiply(const PackedMatrix& matrix, std::uint32_t rows, const RowVectors& x,
                        const RowVectors& y) = 0;
  /// Of `rows` rows of logits; `out` is rows x logits.size, and may be where the logits are if they
  /// lie without gaps.
  virtual void log_probabilities(std::uint32_t rows, const RowVectors& logits,
                                 const kernels::RowLaw& law, float* out) = 0;
};

}  // namespace wend
