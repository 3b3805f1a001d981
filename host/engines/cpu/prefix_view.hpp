#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "host/oracles/row_outcomes.hpp"
#include "host/oracles/row_table.hpp"
#include "kernels/elimination/member_oracle.hpp"
#include "kernels/elimination/members.hpp"
#include "kernels/lanes/scalar.hpp"
#include "kernels/random/prefix_noise.hpp"
#include "kernels/walk/chain_arrays.hpp"
#include "kernels/walk/walk.hpp"

namespace wend {

/// The rows of the nodes on one chain's path, each computed when the chain first stands there. A
/// walk's law needs masses relative to its node's alone: p(c|u) noise(c) / noise(u), so that no
/// horizon underflows. Scratch memory of a thread: 4 H (A + 1) bytes, twice that for the lifted
/// walk.
template <class Members>
class PrefixRows {
 public:
  PrefixRows(const Members& members, std::uint64_t truth, const kernels::PrefixNoise& noise,
             kernels::Walk walk)
      : members_(members),
        noise_(noise),
        truth_(truth),
        walk_(walk),
        rows_per_node_(walk == kernels::Walk::kLifted ? 2U : 1U),
        levels_(members.horizon),
        ends_(static_cast<std::uint64_t>(members.horizon) * rows_per_node_ *
              (members.alphabet + 1U)),
        children_(members.alphabet),
        outcomes_(members.alphabet + 1U),
        units_(members.alphabet + 1U) {
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
    below.ready[0] = false;
    below.ready[1] = false;
  }

  /// What the path's node of depth `depth` < H decides for a draw: 0 is "up", 1 + c is child c.
  /// O(log A); O(A) when a chain first stands there.
  std::uint32_t pick(std::uint32_t depth, std::uint32_t arrived_up, std::uint32_t draw) {
    const std::uint32_t which = rows_per_node_ == 2 ? arrived_up : 0U;
    const std::span<std::uint32_t> row = ends(depth, which);
    if (!levels_[depth].ready[which]) compute(depth);
    // As in kernels::CumulativeRows, the last two draws are one.
    const std::uint32_t clamped = std::min(draw, 0xFFFFFFFEU);
    return static_cast<std::uint32_t>(std::ranges::upper_bound(row, clamped) - row.begin());
  }

 private:
  struct Level {
    kernels::ClassNode node;
    kernels::MemberCursor<Members> cursor;
    std::uint32_t symbol = 0;  // that led here
    std::uint64_t hash = 0;
    bool ready[2] = {false, false};
  };

  /// Units of 1 / (2^32 - 1) up to and with each outcome.
  [[nodiscard]] std::span<std::uint32_t> ends(std::uint32_t depth, std::uint32_t which) {
    const std::uint64_t size = members_.alphabet + 1U;
    return {ends_.data() + (std::uint64_t{depth} * rows_per_node_ + which) * size, size};
  }

  void compute(std::uint32_t depth) {
    Level& level = levels_[depth];
    const bool above_leaves = depth + 1 < members_.horizon;
    for (std::uint32_t symbol = 0; symbol < members_.alphabet; ++symbol) {
      const double below = level.cursor.probability(members_, level.node, symbol);
      const double error =
          above_leaves ? noise_.factor(depth + 1, kernels::extend_prefix(level.hash, symbol)) : 1.0;
      children_[symbol] = kernels::ScalarF64::multiply(below, error);
    }
    const double parent = depth == 0 ? 0.0 : noise_.factor(depth, level.hash);
    switch (walk_) {
      case kernels::Walk::kJerrumSinclair:
        jerrum_sinclair_outcomes(parent, children_, outcomes_);
        set(depth, 0);
        break;
      case kernels::Walk::kLifted:
        for (const std::uint32_t from_below : {0U, 1U}) {
          lifted_outcomes(parent, children_, from_below != 0, outcomes_);
          set(depth, from_below);
        }
        break;
      case kernels::Walk::kSequential:
        sequential_outcomes(children_, {}, outcomes_);
        set(depth, 0);
        break;
    }
  }

  void set(std::uint32_t depth, std::uint32_t which) {
    constexpr std::uint64_t kUnits = 0xFFFFFFFFU;
    quantise(outcomes_, kUnits, units_);
    std::uint64_t end = 0;
    std::ranges::transform(units_, ends(depth, which).begin(), [&end](std::uint64_t units) {
      end += units;
      return static_cast<std::uint32_t>(end);
    });
    levels_[depth].ready[which] = true;
  }

  Members members_;
  kernels::PrefixNoise noise_;
  std::uint64_t truth_;
  kernels::Walk walk_;
  std::uint32_t rows_per_node_;
  std::vector<Level> levels_;  // by depth
  std::uint32_t known_ = 0;    // levels 0..known_ are one path, on which the chain stands
  std::vector<std::uint32_t> ends_;
  std::vector<double> children_;
  std::vector<double> outcomes_;
  std::vector<std::uint64_t> units_;
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
      if constexpr (kWalk != kernels::Walk::kSequential) return rise<kWalk, Lanes>(cursor);
      cursor.depth = 0;
    }
    const std::uint32_t outcome = rows->pick(cursor.depth, cursor.arrived_up, draw);
    if (outcome == 0) return rise<kWalk, Lanes>(cursor);
    const std::uint32_t symbol = outcome - 1;
    const bool leaf = cursor.depth + 1 == horizon;
    if (!leaf) rows->descend(cursor.depth, symbol);
    ++cursor.depth;
    cursor.path[cursor.depth * cursor.path_stride] = symbol;
    if constexpr (kWalk == kernels::Walk::kLifted) cursor.arrived_up = 0;
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
    cursor.depth = kWalk == kernels::Walk::kSequential ? 0U : cursor.depth - 1;
    if constexpr (kWalk == kernels::Walk::kLifted) cursor.arrived_up = 1;
    return {true, false, false};
  }
};

}  // namespace wend
