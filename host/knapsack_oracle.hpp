#pragma once

#include <cstdint>
#include <memory>

#include "host/row_table.hpp"
#include "host/table_memory.hpp"
#include "kernels/knapsack_view.hpp"
#include "wend/algorithm.hpp"

namespace wend {

class RoundedKnapsack;

/// The rounded mass functions of all levels, as the kernel searches them (kernels/knapsack_view.hpp
/// has their layout). They do not depend on the algorithm.
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

/// Builds the rows of one algorithm over the counter's tables.
///
/// With w, S, w(c) as powers of the counter's q, times an item's value, at a node of depth h >= 1:
/// jerrum-sinclair and lifted as in host/row_outcomes.hpp; sequential goes to child c with w(c)/S,
/// with Correction::kReject only after surviving a rejection of probability 1 - S/(M w), M being
/// the largest S/w of the item's rows, at most about q^(1/2). A path that survives then has
/// probability g / (S(root) product of M), which is the target exactly. Every probability is off by
/// at most 2^-31: quantisation to units of 2^-32, and one unit at least for what is possible,
/// including children beyond the last row, whose share is below 2^-33.
/// Throws Error(kRuntime) if memory runs out. O(rows + breakpoints).
KnapsackOracle compile_knapsack_oracle(const RoundedKnapsack& counter, Algorithm algorithm,
                                       Correction correction);

}  // namespace wend
