#pragma once

#include <cstdint>
#include <vector>

#include "host/oracles/row_table.hpp"

namespace wend::test {

/// How many of the 2^32 draws lead to each outcome of a row, read back from the table's words as
/// kernels/walk/rows.hpp defines them. They sum to 2^32.
inline std::vector<std::uint64_t> row_units(const RowTable& table, std::uint64_t row) {
  constexpr std::uint64_t kDraws = std::uint64_t{1} << 32U;
  std::vector<std::uint64_t> units(table.alphabet() + 1, 0);
  const std::uint64_t stride = RowTable::words_per_row(table.alphabet());
  const std::uint32_t* words = table.words() + row * stride;
  if (table.slot_bits() == 0) {
    std::uint64_t before = 0;
    for (std::uint32_t outcome = 0; outcome < units.size(); ++outcome) {
      const bool last = outcome == table.alphabet();
      const std::uint64_t end =
          last || words[outcome] == 0xFFFFFFFFU ? kDraws : std::uint64_t{words[outcome]};
      units[outcome] = end - before;
      before = end;
    }
  } else {
    const std::uint64_t capacity = kDraws >> table.slot_bits();
    for (std::uint64_t slot = 0; slot < stride / 2; ++slot) {
      if (words[2 * slot] > 0) units.at(slot) += words[2 * slot];
      if (words[2 * slot] < capacity) units.at(words[2 * slot + 1]) += capacity - words[2 * slot];
    }
  }
  return units;
}

}  // namespace wend::test
