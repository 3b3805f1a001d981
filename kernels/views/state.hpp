#pragma once

#include <cstdint>

#include "kernels/walk/chain_arrays.hpp"
#include "kernels/walk/rows.hpp"
#include "kernels/walk/walk.hpp"

namespace wend::kernels {

/// A prefix tree whose subtrees repeat: nodes of one depth that have the same future share a
/// state, and a state has one row (a layered deterministic automaton). A chain keeps the states on
/// its path, so that moving up is a load.
///
/// A path word is `symbol << row_bits | row`: the state's row and the symbol that led to it. Word h
/// belongs to depth h; word 0 is the root's, row 0. States of depth H have numbers but no rows.
/// `next[(row - depth * layer_stride) * A + c]` is the path word of child c less
/// (depth + 1) * layer_stride: with layer_stride = 0 every depth has its own part of `next`, with
/// layer_stride = S all depths share one transition table of S states.
/// A record is the path words 1..H.
template <class Rows>
struct StateView {
  Rows rows;
  const std::uint32_t* next;
  std::uint32_t alphabet;
  std::uint32_t horizon;
  std::uint32_t layer_stride;
  std::uint32_t row_bits;

  static constexpr bool kDriverKeepsPath = true;
  static constexpr bool kSearches = false;

  template <class Lanes>
  struct Cursor {
    typename Lanes::U32 word;  ///< the current node's path word
    typename Lanes::U32 depth;
    typename Lanes::U32 arrived_up;
    std::uint32_t* path;  ///< word h of lane l is at path[h * path_stride + l]
    std::uint32_t path_stride;
  };

  [[nodiscard]] WEND_HD std::uint32_t path_words() const { return horizon + 1; }
  [[nodiscard]] WEND_HD std::uint32_t record_words() const { return horizon; }

  /// The row at which the next draw is looked up. A leaf has no row: a walk looks at row 0 there
  /// and ignores what it finds.
  template <Walk kWalk, class Lanes>
  [[nodiscard]] WEND_HD typename Lanes::U32 row(const Cursor<Lanes>& cursor) const {
    using U32 = typename Lanes::U32;
    const U32 state = select(equal(cursor.depth, Lanes::splat(horizon)), Lanes::splat(0),
                             cursor.word & Lanes::splat((1U << row_bits) - 1U));
    if constexpr (is_directed(kWalk)) return state + state + cursor.arrived_up;
    return state;
  }

  /// A step that is decided but for the next node's path word: that of `depth` on the chain's own
  /// path where `up`, else next[child] + layer_end.
  template <class Lanes>
  struct Hop {
    typename Lanes::Mask up;
    typename Lanes::U32 depth;  ///< of the next node
    typename Lanes::U32 child;  ///< exists in `next` even where `up`
    typename Lanes::U32 layer_end;
  };

  template <Walk kWalk, class Lanes>
  [[nodiscard]] WEND_HD Hop<Lanes> depart(const Cursor<Lanes>& cursor,
                                          const Outcome<Lanes>& outcome) const {
    using U32 = typename Lanes::U32;
    const U32 zero = Lanes::splat(0);
    const U32 one = Lanes::splat(1);
    const auto at_leaf = equal(cursor.depth, Lanes::splat(horizon));
    const U32 state = select(at_leaf, zero, cursor.word & Lanes::splat((1U << row_bits) - 1U));
    const U32 depth = select(at_leaf, zero, cursor.depth);
    const U32 layer = depth * layer_stride;
    auto up = outcome.up;
    if constexpr (!restarts(kWalk)) up = mask_or(up, at_leaf);
    const U32 symbol = select(up, zero, outcome.symbol);
    const U32 back = restarts(kWalk) ? zero : cursor.depth - one;
    return {up, select(up, back, depth + one), (state - layer) * alphabet + symbol,
            layer + layer_stride};
  }

  /// Takes a step, `word` being the next path word; the caller writes it to the path.
  template <Walk kWalk, class Lanes>
  WEND_HD Move<Lanes> arrive(Cursor<Lanes>& cursor, typename Lanes::Mask up,
                             typename Lanes::U32 depth, typename Lanes::U32 word) const {
    cursor.word = word;
    cursor.depth = depth;
    if constexpr (is_directed(kWalk)) cursor.arrived_up = Lanes::one_where(up);
    const auto leaf = equal(depth, Lanes::splat(horizon));
    return {up, neither(up, leaf), leaf};
  }

  template <Walk kWalk, class Lanes>
  WEND_HD Move<Lanes> step(Cursor<Lanes>& cursor, typename Lanes::U32 draw) const {
    static_assert(Lanes::kWidth == 1, "wide lanes take a step in two halves");
    const Hop<Lanes> hop =
        depart<kWalk, Lanes>(cursor, rows.template pick<Lanes>(row<kWalk, Lanes>(cursor), draw));
    // Going down this finds an old word, which is then replaced.
    const std::uint32_t up_word = load_path(cursor.path, hop.depth * cursor.path_stride);
    const std::uint32_t down_word = gather(next, hop.child) + hop.layer_end;
    const std::uint32_t word = select(hop.up, up_word, down_word);
    store_path(cursor.path, hop.depth * cursor.path_stride, word);
    return arrive<kWalk, Lanes>(cursor, hop.up, hop.depth, word);
  }

  WEND_HD Cursor<ScalarLanes> load(const ChainArrays& chains, std::uint64_t chain) const {
    return {chains.node[chain], chains.depth[chain], chains.arrived_up[chain],
            chains.path + chain * chains.path_chain_stride,
            static_cast<std::uint32_t>(chains.path_word_stride)};
  }

  WEND_HD void store(const Cursor<ScalarLanes>& cursor, const ChainArrays& chains,
                     std::uint64_t chain) const {
    chains.node[chain] = cursor.word;
    chains.depth[chain] = static_cast<std::uint16_t>(cursor.depth);
    chains.arrived_up[chain] = static_cast<std::uint16_t>(cursor.arrived_up);
  }

  WEND_HD void record(const Cursor<ScalarLanes>& cursor, std::uint32_t* out) const {
    for (std::uint32_t h = 1; h <= horizon; ++h) out[h - 1] = cursor.path[h * cursor.path_stride];
  }
};

}  // namespace wend::kernels
