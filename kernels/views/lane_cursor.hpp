#pragma once

#include <cstdint>

#include "kernels/lanes/scalar.hpp"
#include "kernels/views/knapsack.hpp"
#include "kernels/views/state.hpp"
#include "kernels/views/tree.hpp"
#include "kernels/walk/chain_arrays.hpp"

// One lane of a vector of chains: looked at as a scalar cursor, set from one, in from a chain's
// arrays or out to them. A view says how its cursor's fields go in and out; what all cursors with a
// path share is below.
namespace wend::kernels {

template <class Lanes, class Rows>
WEND_HD typename TreeView<Rows>::template Cursor<ScalarLanes> lane_cursor(
    const TreeView<Rows>&, const typename TreeView<Rows>::template Cursor<Lanes>& cursor,
    std::uint32_t lane) {
  return {Lanes::get(cursor.node, lane), Lanes::get(cursor.arrived_up, lane)};
}

template <class Lanes, class Rows>
WEND_HD typename StateView<Rows>::template Cursor<ScalarLanes> lane_cursor(
    const StateView<Rows>&, const typename StateView<Rows>::template Cursor<Lanes>& cursor,
    std::uint32_t lane) {
  return {Lanes::get(cursor.word, lane), Lanes::get(cursor.depth, lane),
          Lanes::get(cursor.arrived_up, lane), cursor.path + lane, cursor.path_stride};
}

template <class Lanes>
WEND_HD KnapsackCursor<ScalarLanes> lane_cursor(const KnapsackView&,
                                                const KnapsackCursor<Lanes>& cursor,
                                                std::uint32_t lane) {
  return {get64(cursor.remaining, lane),
          Lanes::get(cursor.depth, lane),
          Lanes::get(cursor.arrived_up, lane),
          Lanes::get(cursor.symbols, lane),
          cursor.path + lane,
          cursor.path_stride};
}

template <class Lanes, class Rows>
WEND_HD void set_lane(const TreeView<Rows>&,
                      typename TreeView<Rows>::template Cursor<Lanes>& cursor, std::uint32_t lane,
                      const typename TreeView<Rows>::template Cursor<ScalarLanes>& chain) {
  Lanes::set(cursor.node, lane, chain.node);
  Lanes::set(cursor.arrived_up, lane, chain.arrived_up);
}

template <class Lanes, class Rows>
WEND_HD void set_lane(const StateView<Rows>&,
                      typename StateView<Rows>::template Cursor<Lanes>& cursor, std::uint32_t lane,
                      const typename StateView<Rows>::template Cursor<ScalarLanes>& chain) {
  Lanes::set(cursor.word, lane, chain.word);
  Lanes::set(cursor.depth, lane, chain.depth);
  Lanes::set(cursor.arrived_up, lane, chain.arrived_up);
}

template <class Lanes>
WEND_HD void set_lane(const KnapsackView& view, KnapsackCursor<Lanes>& cursor, std::uint32_t lane,
                      const KnapsackCursor<ScalarLanes>& chain) {
  set64(cursor.remaining, lane, chain.remaining);
  Lanes::set(cursor.depth, lane, chain.depth);
  Lanes::set(cursor.arrived_up, lane, chain.arrived_up);
  Lanes::set(cursor.symbols, lane, chain.symbols);
  view.look_up_lane(cursor, lane);
}

/// A chain of these cursors keeps a path.
template <class Cursor>
inline constexpr bool kHasPath = requires(Cursor cursor) {
  cursor.path;
};

/// Gives the vector's cursor its scratch of path_words() x Lanes::kWidth words.
template <class Lanes, class Cursor>
WEND_HD void set_paths(Cursor& cursor, std::uint32_t* paths) {
  if constexpr (kHasPath<Cursor>) {
    cursor.path = paths;
    cursor.path_stride = Lanes::kWidth;
  }
}

template <class Lanes, class View>
WEND_HD void load_lane(const View& view, typename View::template Cursor<Lanes>& cursor,
                       std::uint32_t lane, const ChainArrays& chains, std::uint64_t chain) {
  const auto single = view.load(chains, chain);
  set_lane<Lanes>(view, cursor, lane, single);
  if constexpr (kHasPath<decltype(cursor)>)
    for (std::uint32_t word = 0; word < view.path_words(); ++word)
      cursor.path[word * cursor.path_stride + lane] = single.path[word * single.path_stride];
}

template <class Lanes, class View>
WEND_HD void store_lane(const View& view, const typename View::template Cursor<Lanes>& cursor,
                        std::uint32_t lane, const ChainArrays& chains, std::uint64_t chain) {
  const auto single = lane_cursor<Lanes>(view, cursor, lane);
  view.store(single, chains, chain);
  if constexpr (kHasPath<decltype(cursor)>) {
    std::uint32_t* path = chains.path + chain * chains.path_chain_stride;
    for (std::uint32_t word = 0; word < view.path_words(); ++word)
      path[word * chains.path_word_stride] = single.path[word * single.path_stride];
  }
}

}  // namespace wend::kernels
