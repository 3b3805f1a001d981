#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "host/oracles/neural/operations.hpp"
#include "host/oracles/neural/packed_matrix.hpp"
#include "kernels/neural/network_row.hpp"

namespace wend {

using kernels::kNoSymbol;
using kernels::NetworkRow;

/// A network that reads symbols one after the other and says what comes next. What it keeps of a
/// position, its state, depends on this position and those before it alone, and every number on
/// its own row alone: results are the same bits in any company. Immutable; calls may run at the
/// same time, each with operations and a workspace of its own.
class Network {
 public:
  Network() = default;
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;
  virtual ~Network() = default;

  [[nodiscard]] virtual std::uint32_t hidden_size() const = 0;
  /// What is kept of a position, in floats; 0: nothing, and no position need be read but the last.
  [[nodiscard]] virtual std::uint64_t state_floats() const { return 0; }
  /// The last symbols that it looks at; 0: its states have all.
  [[nodiscard]] virtual std::uint32_t window() const { return 0; }
  /// Whether the rows of a call must be of different sequences; else of one sequence they come in
  /// ascending positions.
  [[nodiscard]] virtual bool one_at_a_time() const { return false; }
  /// Whether a position is compared with those before it, one by one.
  [[nodiscard]] virtual bool looks_back() const { return false; }
  /// For so many rows of a call of read().
  [[nodiscard]] virtual std::uint64_t workspace_floats(std::uint32_t rows) const = 0;
  /// Reads rows, writes their states, and hands out their hidden values. The states of all
  /// positions before them are there.
  virtual void read(std::span<const NetworkRow> rows, float* workspace,
                    NetworkOperations& operations) const = 0;

  /// From symbols to vectors: a row each.
  [[nodiscard]] virtual const PackedMatrix& embedding() const = 0;
  /// From hidden values to logits.
  [[nodiscard]] virtual const PackedMatrix& head() const = 0;
  /// Those that a position is multiplied by while it is read, in their order, without the head.
  [[nodiscard]] virtual std::vector<const PackedMatrix*> matrices() const = 0;
  /// All numbers that operations are given, each once: weights, biases and what else there is.
  [[nodiscard]] virtual std::vector<std::span<const float>> parameters() const = 0;
  [[nodiscard]] std::uint64_t weight_bytes() const {
    std::uint64_t bytes = 0;
    for (const std::span<const float> some : parameters()) bytes += some.size_bytes();
    return bytes;
  }
  /// "GRU, 2 layers of 64".
  [[nodiscard]] virtual std::string description() const = 0;
};

/// The weights and biases of a network's matrices, as parameters() lists them.
inline std::vector<std::span<const float>> matrix_parameters(
    std::vector<const PackedMatrix*> matrices, const PackedMatrix& embedding,
    const PackedMatrix& head) {
  matrices.push_back(&embedding);
  matrices.push_back(&head);
  std::vector<std::span<const float>> parameters;
  for (const PackedMatrix* matrix : matrices)
    for (const std::span<const float> some : {matrix->weights(), matrix->bias()})
      if (!some.empty()) parameters.push_back(some);
  return parameters;
}

/// Vectors of the rows of a call, one kind after the other in its workspace.
class RowWorkspace {
 public:
  RowWorkspace(float* memory, std::uint32_t rows) : next_(memory), rows_(rows) {}

  RowVectors take(std::uint64_t stride, std::uint32_t size) {
    const RowVectors vectors{next_, stride, size};
    next_ += rows_ * stride;
    return vectors;
  }

 private:
  float* next_;
  std::uint32_t rows_;
};

}  // namespace wend
