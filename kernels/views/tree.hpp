#pragma once

#include <cstdint>

#include "kernels/walk/chain_arrays.hpp"
#include "kernels/walk/rows.hpp"
#include "kernels/walk/walk.hpp"

namespace wend::kernels {

/// The complete A-ary tree with one row a node. Nodes are numbered breadth-first from 1 (the
/// root); row 0 is the row of all leaves, so that the table holds interior nodes alone. For the
/// lifted walk node u has rows 2u (arrived from its parent) and 2u+1 (arrived from a child).
/// A chain needs no path: the node's number is its path. A record is the leaf's number.
template <class Rows>
struct TreeView {
  Rows rows;
  std::uint32_t alphabet;
  std::uint32_t horizon;
  std::uint32_t first_leaf;    ///< number of the first leaf, < 2^31
  std::uint32_t parent_magic;  ///< (n * magic) >> (32 + shift) = n / A for n < 2^31
  std::uint32_t parent_shift;

  static constexpr std::uint32_t kRoot = 1;
  static constexpr bool kDriverKeepsPath = false;
  static constexpr bool kSearches = false;

  template <class Lanes>
  struct Cursor {
    typename Lanes::U32 node;
    typename Lanes::U32 arrived_up;
  };

  [[nodiscard]] WEND_HD std::uint32_t path_words() const { return 0; }
  [[nodiscard]] WEND_HD std::uint32_t record_words() const { return 1; }

  template <class U32>
  [[nodiscard]] WEND_HD U32 parent(U32 node) const {
    if constexpr (Rows::kAlphabet == 2) {
      return node >> 1U;
    } else if constexpr (Rows::kAlphabet == 4) {
      return (node + 2U) >> 2U;
    } else {
      return multiply_high(node + (alphabet - 2U), parent_magic) >> parent_shift;
    }
  }

  template <class U32>
  [[nodiscard]] WEND_HD U32 child(U32 node, U32 symbol) const {
    if constexpr (Rows::kAlphabet == 2) {
      return node + node + symbol;
    } else if constexpr (Rows::kAlphabet == 4) {
      return (node << 2U) + symbol - 2U;
    } else {
      return node * alphabet + symbol - (alphabet - 2U);
    }
  }

  /// The row at which the next draw is looked up; all leaves of a walk share row 0.
  template <Walk kWalk, class Lanes>
  [[nodiscard]] WEND_HD typename Lanes::U32 row(const Cursor<Lanes>& cursor) const {
    using U32 = typename Lanes::U32;
    const auto at_leaf = at_least(cursor.node, Lanes::splat(first_leaf));
    if constexpr (restarts(kWalk)) return select(at_leaf, Lanes::splat(kRoot), cursor.node);
    const U32 node_row = select(at_leaf, Lanes::splat(0), cursor.node);
    if constexpr (is_directed(kWalk)) return node_row + node_row + cursor.arrived_up;
    return node_row;
  }

  /// Takes the step that the row has decided.
  template <Walk kWalk, class Lanes>
  WEND_HD Move<Lanes> follow(Cursor<Lanes>& cursor, const Outcome<Lanes>& outcome) const {
    using U32 = typename Lanes::U32;
    if constexpr (restarts(kWalk)) {
      const U32 from = row<kWalk, Lanes>(cursor);
      cursor.node = select(outcome.up, Lanes::splat(kRoot), child(from, outcome.symbol));
    } else {
      cursor.node = select(outcome.up, parent(cursor.node), child(cursor.node, outcome.symbol));
      if constexpr (is_directed(kWalk)) cursor.arrived_up = Lanes::one_where(outcome.up);
    }
    const auto leaf = at_least(cursor.node, Lanes::splat(first_leaf));
    return {outcome.up, neither(outcome.up, leaf), leaf};
  }

  template <Walk kWalk, class Lanes>
  WEND_HD Move<Lanes> step(Cursor<Lanes>& cursor, typename Lanes::U32 draw) const {
    return follow<kWalk, Lanes>(cursor, rows.template pick<Lanes>(row<kWalk, Lanes>(cursor), draw));
  }

  WEND_HD Cursor<ScalarLanes> load(const ChainArrays& chains, std::uint64_t chain) const {
    return {chains.node[chain], chains.arrived_up[chain]};
  }

  WEND_HD void store(const Cursor<ScalarLanes>& cursor, const ChainArrays& chains,
                     std::uint64_t chain) const {
    chains.node[chain] = cursor.node;
    chains.arrived_up[chain] = static_cast<std::uint16_t>(cursor.arrived_up);
    std::uint16_t depth = 0;
    for (std::uint32_t node = cursor.node; node != kRoot; node = parent(node)) ++depth;
    chains.depth[chain] = depth;
  }

  WEND_HD void record(const Cursor<ScalarLanes>& cursor, std::uint32_t* out) const {
    out[0] = cursor.node;
  }
};

}  // namespace wend::kernels
