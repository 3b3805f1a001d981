#pragma once

#include <cstdint>
#include <span>
#include <variant>
#include <vector>

#include "host/knapsack_oracle.hpp"
#include "host/row_table.hpp"
#include "host/table_memory.hpp"
#include "kernels/state_view.hpp"
#include "kernels/tree_view.hpp"

namespace wend {

/// Compiled form of an instance for one walk: rows in integers, ready for a kernel.
struct TreeOracle {
  std::uint32_t alphabet = 0;
  std::uint32_t horizon = 0;
  RowTable rows;
};

struct StateOracle {
  std::uint32_t alphabet = 0;
  std::uint32_t horizon = 0;
  std::uint32_t layer_stride = 0;
  std::uint32_t row_bits = 0;
  RowTable rows;
  TableMemory<std::uint32_t> next;
};

using Oracle = std::variant<TreeOracle, StateOracle, KnapsackOracle>;

std::uint32_t alphabet(const Oracle& oracle);
std::uint32_t horizon(const Oracle& oracle);
/// Words of path a chain keeps, and words of one sample's record.
std::uint32_t path_words(const Oracle& oracle);
std::uint32_t record_words(const Oracle& oracle);
/// Bytes of the oracle's tables.
std::uint64_t table_bytes(const Oracle& oracle);
/// Turns one record into its H symbols.
void decode(const Oracle& oracle, const std::uint32_t* record, std::span<std::uint16_t> symbols);

/// Calls visitor(view) with the kernel's view of the tables, whose pointers are `rows` and `next`
/// of the oracle itself (host memory), or a copy's (device memory): see kernels/.
kernels::TreeView<kernels::AliasRows> make_tree_view(const TreeOracle& oracle);

}  // namespace wend
