#pragma once

#include <cstdint>

#include "kernels/lanes/scalar.hpp"
#include "kernels/views/knapsack.hpp"
#include "kernels/views/state.hpp"
#include "kernels/views/tree.hpp"
#include "kernels/walk/chain_arrays.hpp"

// One lane of a vector of chains: in from the chain's arrays, out to them, or looked at as a scalar
// cursor (lane_cursor).
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

template <class Lanes, class Rows>
WEND_HD void load_wide_lane(const TreeView<Rows>&,
                            typename TreeView<Rows>::template Cursor<Lanes>& cursor,
                            std::uint32_t lane,
                            const typename TreeView<Rows>::template Cursor<ScalarLanes>& chain) {
  Lanes::set(cursor.node, lane, chain.node);
  Lanes::set(cursor.arrived_up, lane, chain.arrived_up);
}

template <class Lanes, class Rows>
WEND_HD void load_wide_lane(const StateView<Rows>& view,
                            typename StateView<Rows>::template Cursor<Lanes>& cursor,
                            std::uint32_t lane,
                            const typename StateView<Rows>::template Cursor<ScalarLanes>& chain) {
  Lanes::set(cursor.word, lane, chain.word);
  Lanes::set(cursor.depth, lane, chain.depth);
  Lanes::set(cursor.arrived_up, lane, chain.arrived_up);
  for (std::uint32_t h = 0; h < view.path_words(); ++h)
    cursor.path[h * cursor.path_stride + lane] = chain.path[h * chain.path_stride];
}

template <class Rows>
WEND_HD void store_wide_path(const TreeView<Rows>&,
                             const typename TreeView<Rows>::template Cursor<ScalarLanes>&,
                             const ChainArrays&, std::uint64_t) {}

template <class Rows>
WEND_HD void store_wide_path(const StateView<Rows>& view,
                             const typename StateView<Rows>::template Cursor<ScalarLanes>& cursor,
                             const ChainArrays& chains, std::uint64_t chain) {
  std::uint32_t* path = chains.path + chain * chains.path_chain_stride;
  for (std::uint32_t h = 0; h < view.path_words(); ++h)
    path[h * chains.path_word_stride] = cursor.path[h * cursor.path_stride];
}

/// Gives the vector's cursor its scratch of view.path_words() x Lanes::kWidth words.
template <class Lanes, class Rows>
WEND_HD void set_paths(const TreeView<Rows>&, typename TreeView<Rows>::template Cursor<Lanes>&,
                       std::uint32_t*) {}

template <class Lanes, class Rows>
WEND_HD void set_paths(const StateView<Rows>&,
                       typename StateView<Rows>::template Cursor<Lanes>& cursor,
                       std::uint32_t* paths) {
  cursor.path = paths;
  cursor.path_stride = Lanes::kWidth;
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

template <class Lanes>
WEND_HD void load_wide_lane(const KnapsackView& view, KnapsackCursor<Lanes>& cursor,
                            std::uint32_t lane, const KnapsackCursor<ScalarLanes>& chain) {
  set64(cursor.remaining, lane, chain.remaining);
  Lanes::set(cursor.depth, lane, chain.depth);
  Lanes::set(cursor.arrived_up, lane, chain.arrived_up);
  Lanes::set(cursor.symbols, lane, chain.symbols);
  for (std::uint32_t word = 0; word < view.path_words(); ++word)
    cursor.path[word * cursor.path_stride + lane] = chain.path[word * chain.path_stride];
  view.look_up_lane(cursor, lane);
}

WEND_HD void store_wide_path(const KnapsackView& view, const KnapsackCursor<ScalarLanes>& cursor,
                             const ChainArrays& chains, std::uint64_t chain) {
  std::uint32_t* path = chains.path + chain * chains.path_chain_stride;
  for (std::uint32_t word = 0; word < view.path_words(); ++word)
    path[word * chains.path_word_stride] = cursor.path[word * cursor.path_stride];
}

template <class Lanes>
WEND_HD void set_paths(const KnapsackView&, KnapsackCursor<Lanes>& cursor, std::uint32_t* paths) {
  cursor.path = paths;
  cursor.path_stride = Lanes::kWidth;
}

template <class Lanes, class View>
WEND_HD void load_lane(const View& view, typename View::template Cursor<Lanes>& cursor,
                       std::uint32_t lane, const ChainArrays& chains, std::uint64_t chain) {
  load_wide_lane<Lanes>(view, cursor, lane, view.load(chains, chain));
}

template <class Lanes, class View>
WEND_HD void store_lane(const View& view, const typename View::template Cursor<Lanes>& cursor,
                        std::uint32_t lane, const ChainArrays& chains, std::uint64_t chain) {
  const auto single = lane_cursor<Lanes>(view, cursor, lane);
  view.store(single, chains, chain);
  store_wide_path(view, single, chains, chain);
}

}  // namespace wend::kernels
