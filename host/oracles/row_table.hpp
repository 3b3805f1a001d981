#pragma once

#include <cstdint>
#include <span>

#include "host/base/table_memory.hpp"

namespace wend {

/// Largest alphabet: that of the largest language models. Instances that are tables stop at 65,535.
inline constexpr std::uint32_t kMostSymbols = 1U << 18U;

/// How the integer rows of an alphabet lie in memory (kernels/walk/rows.hpp): cumulative thresholds
/// for A <= 4, alias slots beyond. A cumulative row has 2^32 - 1 units, since one threshold is
/// "never" and the last two draws are one; an alias row has 2^32.
class RowFormat {
 public:
  RowFormat() = default;
  /// Throws Error(kInput) unless 2 <= alphabet <= kMostSymbols.
  explicit RowFormat(std::uint32_t alphabet);

  [[nodiscard]] std::uint32_t alphabet() const { return alphabet_; }
  /// Of an alias row, log2 of its slots; 0 for a cumulative row.
  [[nodiscard]] std::uint32_t slot_bits() const { return slot_bits_; }
  [[nodiscard]] std::uint64_t words_per_row() const;
  /// Units of a row, over all outcomes.
  [[nodiscard]] std::uint64_t units() const;

  /// Writes a row: units of the 1 + A outcomes, which sum to units(). O(words).
  void write(std::span<const std::uint64_t> units, std::span<std::uint32_t> words) const;

 private:
  std::uint32_t alphabet_ = 0;
  std::uint32_t slot_bits_ = 0;
};

/// Writes a row in the layout of kernels::UnitRows: units of the 1 + A outcomes, A >= 5, which sum
/// to 2^32. O(A).
void write_unit_row(std::span<const std::uint64_t> units, std::span<std::uint32_t> words);

/// Integer rows in memory of their own.
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
  /// The words of `count` rows from `first` on, to be written.
  [[nodiscard]] std::span<std::uint32_t> rows_from(std::uint64_t first, std::uint64_t count);

  [[nodiscard]] const RowFormat& format() const { return format_; }
  [[nodiscard]] std::uint32_t alphabet() const { return format_.alphabet(); }
  [[nodiscard]] std::uint64_t rows() const { return rows_; }
  [[nodiscard]] std::uint32_t slot_bits() const { return format_.slot_bits(); }
  [[nodiscard]] const std::uint32_t* words() const { return memory_.data(); }
  [[nodiscard]] std::uint64_t bytes() const { return memory_.bytes(); }

 private:
  RowFormat format_;
  std::uint64_t rows_ = 0;
  TableMemory<std::uint32_t> memory_;
};

/// Weights to units that sum to `total` (2^32 or 2^32 - 1), by kernels::UnitScale: non-negative and
/// finite, not all zero, at most 2^16 of them, of any scale. Each is within one unit of its share
/// and the size times 2^-32 of it, the largest within the size: the law that the units state is
/// within (A + 1) / 2^32 of the weights' in total variation. O(size).
void quantise(std::span<const double> weights, std::uint64_t total, std::span<std::uint64_t> units);

}  // namespace wend
