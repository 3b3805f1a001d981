#pragma once

#include <cstdint>
#include <span>
#include <variant>
#include <vector>

#include "host/base/table_memory.hpp"
#include "host/oracles/knapsack_oracle.hpp"
#include "host/oracles/model_oracle.hpp"
#include "host/oracles/prefix_oracle.hpp"
#include "host/oracles/row_table.hpp"
#include "kernels/views/state.hpp"
#include "kernels/views/tree.hpp"

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

/// Numbers of TreeView that follow from A and H. Throws Error(kInput) if nodes, leaves included,
/// have not got numbers below 2^31.
struct TreeNumbering {
  std::uint32_t first_leaf;
  std::uint32_t parent_magic;
  std::uint32_t parent_shift;
};
TreeNumbering number_tree(std::uint32_t alphabet, std::uint32_t horizon);

/// Calls visitor(rows) with the kernels' type for rows of this format, which are at `words`.
template <class Visitor>
decltype(auto) visit_rows(const RowFormat& format, const std::uint32_t* words, Visitor&& visitor) {
  switch (format.alphabet()) {
    case 2:
      return visitor(kernels::CumulativeRows<2>{words});
    case 3:
      return visitor(kernels::CumulativeRows<3>{words});
    case 4:
      return visitor(kernels::CumulativeRows<4>{words});
    default:
      return visitor(kernels::AliasRows{words, format.slot_bits()});
  }
}

using Oracle = std::variant<TreeOracle, StateOracle, KnapsackOracle, PrefixOracle, ModelOracle>;

std::uint32_t alphabet(const Oracle& oracle);
std::uint32_t horizon(const Oracle& oracle);
/// Words of path a chain keeps, and words of one sample's record.
std::uint32_t path_words(const Oracle& oracle);
std::uint32_t record_words(const Oracle& oracle);
/// Bytes of the oracle's tables; a PrefixOracle's are its class's, a ModelOracle's its own affair.
std::uint64_t table_bytes(const Oracle& oracle);
/// Turns one record into its H symbols.
void decode(const Oracle& oracle, const std::uint32_t* record, std::span<std::uint32_t> symbols);

/// Calls visitor(view) with the kernels' view of a tree or state oracle whose tables lie at `rows`
/// (and `next`): the oracle's own memory or a copy of it on a device.
template <class Visitor>
decltype(auto) visit_view(const TreeOracle& oracle, const std::uint32_t* rows, Visitor&& visitor) {
  const TreeNumbering numbering = number_tree(oracle.alphabet, oracle.horizon);
  return visit_rows(oracle.rows.format(), rows, [&](auto row_view) -> decltype(auto) {
    return visitor(kernels::TreeView<decltype(row_view)>{
        row_view, oracle.alphabet, oracle.horizon, numbering.first_leaf, numbering.parent_magic,
        numbering.parent_shift});
  });
}

template <class Visitor>
decltype(auto) visit_view(const StateOracle& oracle, const std::uint32_t* rows,
                          const std::uint32_t* next, Visitor&& visitor) {
  return visit_rows(oracle.rows.format(), rows, [&](auto row_view) -> decltype(auto) {
    return visitor(kernels::StateView<decltype(row_view)>{
        row_view, next, oracle.alphabet, oracle.horizon, oracle.layer_stride, oracle.row_bits});
  });
}

}  // namespace wend
