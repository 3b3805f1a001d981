#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "host/oracles/oracle.hpp"
#include "host/oracles/row_compiler.hpp"
#include "kernels/elimination/member_oracle.hpp"
#include "kernels/elimination/members.hpp"
#include "kernels/lanes/scalar.hpp"
#include "kernels/random/prefix_noise.hpp"
#include "kernels/walk/chain_arrays.hpp"
#include "kernels/walk/walk.hpp"

namespace wend {

/// The rows of the nodes on one chain's path, each computed when the chain first stands there. A
/// walk's law needs masses relative to its node's alone: p(c|u) noise(c) / noise(u), so that no
/// horizon underflows. Scratch memory of a thread: H rows, twice as many for the lifted walk.
template <class Members>
class PrefixRows {
 public:
  PrefixRows(const Members& members, std::uint64_t truth, const kernels::PrefixNoise& noise,
             kernels::Walk walk)
      : members_(members),
        noise_(noise),
        truth_(truth),
        rows_per_node_(kernels::rows_per_node(walk)),
        format_(members.alphabet),
        compiler_(members.alphabet, walk),
        levels_(members.horizon),
        words_(members.horizon * node_words()),
        children_(members.alphabet) {
    levels_.front().cursor = kernels::MemberCursor<Members>::at_root(members_, truth_);
  }

  /// The path goes on from its node of depth `depth` to that node's child `symbol`; depth + 1 < H.
  void descend(std::uint32_t depth, std::uint32_t symbol) {
    // A walk often comes back to where it was, whose rows are still here.
    if (depth < known_ && levels_[depth + 1].symbol == symbol) return;
    known_ = depth + 1;
    const Level& above = levels_[depth];
    Level& below = levels_[depth + 1];
    below.node = members_.descend(above.node, symbol);
    below.cursor = above.cursor;
    // The cursor's own mass, which could underflow, stays 1.
    if constexpr (Members::kHasState)
      below.cursor.state = members_.next_state(above.cursor.state, symbol);
    below.symbol = symbol;
    below.hash = kernels::extend_prefix(above.hash, symbol);
    below.ready = false;
  }

  /// What the path's node of depth `depth` < H decides for a draw. O(1); O(A) when a chain first
  /// stands there.
  kernels::Outcome<kernels::ScalarLanes> pick(std::uint32_t depth, std::uint32_t arrived_up,
                                              std::uint32_t draw) {
    if (!levels_[depth].ready) compute(depth);
    const std::uint32_t row = rows_per_node_ == 2 ? arrived_up : 0U;
    return visit_rows(format_, node(depth).data(), [&](const auto& rows) {
      return rows.template pick<kernels::ScalarLanes>(row, draw);
    });
  }

 private:
  struct Level {
    kernels::ClassNode node;
    kernels::MemberCursor<Members> cursor;
    std::uint32_t symbol = 0;  // that led here
    std::uint64_t hash = 0;
    bool ready = false;
  };

  [[nodiscard]] std::uint64_t node_words() const {
    return rows_per_node_ * format_.words_per_row();
  }
  [[nodiscard]] std::span<std::uint32_t> node(std::uint32_t depth) {
    return {words_.data() + depth * node_words(), node_words()};
  }

  void compute(std::uint32_t depth) {
    Level& level = levels_[depth];
    const bool noisy = depth + 1 < members_.horizon;  // the children are not leaves
    for (std::uint32_t symbol = 0; symbol < members_.alphabet; ++symbol) {
      const double below = level.cursor.probability(members_, level.node, symbol);
      const double error =
          noisy ? noise_.factor(depth + 1, kernels::extend_prefix(level.hash, symbol)) : 1.0;
      children_[symbol] = kernels::ScalarF64::multiply(below, error);
    }
    const double own = depth == 0 ? 0.0 : noise_.factor(depth, level.hash);
    compiler_.compile(own, children_, node(depth));
    level.ready = true;
  }

  Members members_;
  kernels::PrefixNoise noise_;
  std::uint64_t truth_;
  std::uint32_t rows_per_node_;
  RowFormat format_;
  RowCompiler compiler_;
  std::vector<Level> levels_;  // by depth
  std::uint32_t known_ = 0;    // levels 0..known_ are one path, on which the chain stands
  std::vector<std::uint32_t> words_;
  std::vector<double> children_;
};

/// The view of kernels/walk/advance.hpp over rows that are computed on the way. One chain at a
/// time, and one thread: `rows` holds the path of the chain last loaded.
///
/// Path word h is the symbol that led to depth h; word 0 is 0. A record is the path words 1..H.
template <class Members>
struct PrefixView {
  PrefixRows<Members>* rows;
  std::uint32_t horizon;

  template <class Lanes>
  struct Cursor {
    std::uint32_t depth;
    std::uint32_t arrived_up;
    std::uint32_t* path;
    std::uint64_t path_stride;
  };

  [[nodiscard]] std::uint32_t path_words() const { return horizon + 1; }
  [[nodiscard]] std::uint32_t record_words() const { return horizon; }

  template <kernels::Walk kWalk, class Lanes>
  kernels::Move<Lanes> step(Cursor<Lanes>& cursor, std::uint32_t draw) const {
    if (cursor.depth == horizon) {
      if constexpr (!kernels::restarts(kWalk)) return rise<kWalk, Lanes>(cursor);
      cursor.depth = 0;
    }
    const auto [up, symbol] = rows->pick(cursor.depth, cursor.arrived_up, draw);
    if (up) return rise<kWalk, Lanes>(cursor);
    const bool leaf = cursor.depth + 1 == horizon;
    if (!leaf) rows->descend(cursor.depth, symbol);
    ++cursor.depth;
    cursor.path[cursor.depth * cursor.path_stride] = symbol;
    if constexpr (kernels::is_directed(kWalk)) cursor.arrived_up = 0;
    return {false, !leaf, leaf};
  }

  /// O(H).
  [[nodiscard]] Cursor<kernels::ScalarLanes> load(const kernels::ChainArrays& chains,
                                                  std::uint64_t chain) const {
    const Cursor<kernels::ScalarLanes> cursor{chains.depth[chain], chains.arrived_up[chain],
                                              chains.path + chain * chains.path_chain_stride,
                                              chains.path_word_stride};
    for (std::uint32_t h = 1; h <= cursor.depth && h < horizon; ++h)
      rows->descend(h - 1, cursor.path[h * cursor.path_stride]);
    return cursor;
  }

  void store(const Cursor<kernels::ScalarLanes>& cursor, const kernels::ChainArrays& chains,
             std::uint64_t chain) const {
    chains.node[chain] = 0;
    chains.depth[chain] = static_cast<std::uint16_t>(cursor.depth);
    chains.arrived_up[chain] = static_cast<std::uint16_t>(cursor.arrived_up);
  }

  void record(const Cursor<kernels::ScalarLanes>& cursor, std::uint32_t* out) const {
    for (std::uint32_t h = 1; h <= horizon; ++h) out[h - 1] = cursor.path[h * cursor.path_stride];
  }

 private:
  // To the parent, or a rejected proposal to the root.
  template <kernels::Walk kWalk, class Lanes>
  kernels::Move<Lanes> rise(Cursor<Lanes>& cursor) const {
    cursor.depth = kernels::restarts(kWalk) ? 0U : cursor.depth - 1;
    if constexpr (kernels::is_directed(kWalk)) cursor.arrived_up = 1;
    return {true, false, false};
  }
};

}  // namespace wend
