#pragma once

#include <cstdint>
#include <memory>

#include "host/base/table_memory.hpp"
#include "host/oracles/row_table.hpp"
#include "kernels/views/knapsack.hpp"

namespace wend {

/// The rounded mass functions of all levels, as the kernel searches them
/// (kernels/views/knapsack.hpp has their layout). They do not depend on the algorithm.
struct KnapsackCounts {
  TableMemory<std::uint32_t> breakpoints;
  TableMemory<std::uint32_t> guide;

  [[nodiscard]] std::uint64_t bytes() const { return breakpoints.bytes() + guide.bytes(); }
};

/// Compiled form of a knapsack with the rounded counter, for one algorithm.
struct KnapsackOracle {
  std::uint32_t horizon = 0;
  std::uint64_t capacity = 0;
  std::uint32_t root_row = 0;
  TableMemory<kernels::KnapsackItem> items;  ///< H
  RowTable rows;                             ///< alphabet 2
  std::shared_ptr<const KnapsackCounts> counts;

  [[nodiscard]] std::uint64_t bytes() const {
    return items.bytes() + rows.bytes() + counts->bytes();
  }
};

/// The kernel's view over the oracle's own tables (host memory).
kernels::KnapsackView make_knapsack_view(const KnapsackOracle& oracle);

/// The same over copies of the four tables, in another memory.
kernels::KnapsackView make_knapsack_view(const KnapsackOracle& oracle,
                                         const kernels::KnapsackItem* items,
                                         const std::uint32_t* breakpoints,
                                         const std::uint32_t* guide, const std::uint32_t* rows);

}  // namespace wend
