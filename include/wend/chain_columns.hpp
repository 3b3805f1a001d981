#pragma once

#include <cstdint>

namespace wend {

/// THE list of what a chain is, beside its path: one column a field, one element a chain. Whatever
/// holds, copies or checks the state of chains is made from it: `Column<T>` is a vector in
/// ChainState, a pointer in what a kernel is given, an array in device memory.
template <template <class> class Column>
struct ChainColumns {
  Column<std::uint32_t> node;         ///< where the chain stands; its meaning is the oracle's
  Column<std::uint16_t> depth;        ///< 0 (root) .. H (leaf)
  Column<std::uint16_t> arrived_up;   ///< lifted walk: 1 if the last move was up
  Column<std::uint32_t> countdown;    ///< leaf visits left until the next sample, >= 1
  Column<std::uint64_t> steps;        ///< draws used; the next draw's index
  Column<std::uint64_t> moves_up;     ///< for the sequential sampler: rejected proposals
  Column<std::uint64_t> expansions;   ///< 1 + moves down into interior nodes
  Column<std::uint64_t> leaf_visits;  ///< moves down into leaves
  Column<std::uint64_t> samples;      ///< samples drawn so far
};

/// Calls visit(set.field, ...) for every field: the same one of each of the sets.
template <class Visit, class... Sets>
constexpr void for_each_column(Visit&& visit, Sets&&... sets) {
  visit(sets.node...);
  visit(sets.depth...);
  visit(sets.arrived_up...);
  visit(sets.countdown...);
  visit(sets.steps...);
  visit(sets.moves_up...);
  visit(sets.expansions...);
  visit(sets.leaf_visits...);
  visit(sets.samples...);
}

template <class>
using ColumnName = const char*;

/// The fields' names, for messages: a set of columns like any other, to be visited beside one.
inline constexpr ChainColumns<ColumnName> kColumnNames = {"node",       "depth",       "arrived_up",
                                                          "countdown",  "steps",       "moves_up",
                                                          "expansions", "leaf_visits", "samples"};

}  // namespace wend
