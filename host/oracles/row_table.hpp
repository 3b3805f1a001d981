#pragma once

#include <cstdint>
#include <span>

#include "host/base/table_memory.hpp"

namespace wend {

/// Integer rows for the kernels (kernels/walk/rows.hpp): cumulative thresholds for A <= 4, alias
/// slots beyond. An outcome of positive probability has at least one unit of 2^-32 and an outcome
/// of probability zero none. A cumulative row has 2^32 - 1 units, since one threshold is "never"
/// and the last two draws are one; an alias row has 2^32.
class RowTable {
 public:
  RowTable() = default;
  /// Room for `rows` rows of 1 + alphabet outcomes. Throws Error(kRuntime) if there is no memory,
  /// Error(kInput) if a kernel could not address them.
  RowTable(std::uint32_t alphabet, std::uint64_t rows);

  /// Words that one row takes.
  static std::uint64_t words_per_row(std::uint32_t alphabet);

  /// Compiles row `row` from 1 + alphabet outcome weights, outcome 0 being "up": non-negative,
  /// finite, not all zero, of any common scale. Safe to call for different rows at once.
  void set(std::uint64_t row, std::span<const double> outcomes);
  /// Row that always moves up.
  void set_always_up(std::uint64_t row);

  [[nodiscard]] std::uint32_t alphabet() const { return alphabet_; }
  [[nodiscard]] std::uint64_t rows() const { return rows_; }
  [[nodiscard]] std::uint32_t slot_bits() const { return slot_bits_; }
  [[nodiscard]] const std::uint32_t* words() const { return memory_.data(); }
  [[nodiscard]] std::uint64_t bytes() const { return memory_.bytes(); }

 private:
  std::uint32_t alphabet_ = 0;
  std::uint32_t slot_bits_ = 0;  // 0: cumulative
  std::uint64_t rows_ = 0;
  std::uint64_t words_per_row_ = 0;
  TableMemory<std::uint32_t> memory_;
};

/// Rounds weights to units that sum to `total`, boundary by boundary; positive outcomes that would
/// get nothing are given one unit, at the expense of the largest. The law that the units state is
/// within (1.5 A + 1) / 2^32 of the weights' in total variation, A + 1 being the size.
/// `units` has the size of `weights`, at most 65,536; `total` is 2^32 or 2^32 - 1. O(size).
void quantise(std::span<const double> weights, std::uint64_t total, std::span<std::uint64_t> units);

}  // namespace wend
