#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "host/oracles/neural/packed_matrix.hpp"

namespace wend {

/// In place of a symbol, where a sequence has not begun yet.
inline constexpr std::uint32_t kNoSymbol = 0xFFFFFFFFU;

/// One symbol of one sequence that a network reads.
struct NetworkRow {
  std::uint32_t symbol;
  std::uint32_t position;       ///< in the sequence, the prompt included
  std::uint32_t prompt_size;    ///< positions whose states are in `prompt`
  const float* prompt;          ///< states of the prompt: prompt_size x state_floats()
  float* own;                   ///< of the positions behind it, one after the other
  const std::uint32_t* recent;  ///< window() symbols up to this one, the oldest first, or null
};

/// A network that reads symbols one after the other and says what comes next. What it keeps of a
/// position, its state, depends on this position and those before it alone, and every number on
/// its own row alone: results are the same bits in any company. Immutable; calls may run at the
/// same time, each with a workspace of its own.
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
  /// Most rows that read() takes.
  [[nodiscard]] virtual std::uint64_t workspace_floats(std::uint32_t rows,
                                                       std::uint32_t positions) const = 0;
  /// Reads rows, writes their states, and hidden values to [rows][padded(hidden_size())]. The
  /// states of all positions before them are there.
  virtual void read(std::span<const NetworkRow> rows, float* workspace, float* hidden) const = 0;

  /// From hidden values to logits.
  [[nodiscard]] virtual const PackedMatrix& head() const = 0;
  /// Those that a position is multiplied by while it is read, in their order, without the head.
  [[nodiscard]] virtual std::vector<const PackedMatrix*> matrices() const = 0;
  [[nodiscard]] virtual std::uint64_t weight_bytes() const = 0;
  /// "GRU, 2 layers of 64".
  [[nodiscard]] virtual std::string description() const = 0;
};

/// The state of a position of a row's sequence.
inline const float* state_of(const NetworkRow& row, std::uint32_t position,
                             std::uint64_t state_floats) {
  return position < row.prompt_size ? row.prompt + position * state_floats
                                    : row.own + (position - row.prompt_size) * state_floats;
}
/// The same, to write the row's own.
inline float* own_state(const NetworkRow& row, std::uint64_t state_floats) {
  return row.own + (row.position - row.prompt_size) * state_floats;
}

}  // namespace wend
