#pragma once

#include <cstdint>

#include "kernels/lanes/scalar.hpp"
#include "kernels/lockstep/shape.hpp"
#include "kernels/random/philox.hpp"
#include "kernels/walk/chain_arrays.hpp"
#include "kernels/walk/walk.hpp"

// The lockstep engine's chains: a chain walks on the rows that it has until it stands where it has
// none, and waits there for the oracle.
namespace wend::kernels {

/// The rows of the nodes on the chains' paths. A chain has those of the depths first[chain] to
/// known[chain] - 1, at most `levels` of them, in a ring: the row of depth d at place d mod levels.
struct PathRows {
  std::uint32_t* words;      ///< [chain][place][node_words]
  std::uint32_t* first;      ///< a chain
  std::uint32_t* known;      ///< a chain
  std::uint64_t node_words;  ///< of a node: its rows, and what else is kept of it
  std::uint32_t levels;

  [[nodiscard]] WEND_HD bool has(std::uint64_t chain, std::uint32_t depth) const {
    return depth >= first[chain] && depth < known[chain];
  }
  /// The chain gets the row of `depth`: the next one down, or one that it has dropped.
  WEND_HD void got(std::uint64_t chain, std::uint32_t depth) const {
    const std::uint32_t kept = depth + 1 > levels ? depth + 1 - levels : 0U;
    if (known[chain] != depth)
      first[chain] = depth;
    else if (first[chain] < kept)
      first[chain] = kept;
    known[chain] = depth + 1;
  }
  [[nodiscard]] WEND_HD std::uint32_t* node(std::uint64_t chain, std::uint32_t depth) const {
    const std::uint32_t place = depth < levels ? depth : depth % levels;
    return words + (chain * levels + place) * node_words;
  }
};

/// Where a chain's way ended for now.
enum class Rest : std::uint8_t {
  kDone,    ///< it has its samples, or no queries left
  kPaused,  ///< it has taken the steps of one call
  kWaits    ///< it stands where it has no row
};

/// What a chain's standing where it has no row counts as.
enum class Owed : std::uint8_t {
  kNothing,  ///< it has the row, or needs none
  kNew,      ///< it has come down to there, and was charged for the expansion
  kAgain     ///< it has come back from below, having dropped the row meanwhile
};

/// What lockstep chains count beside their columns.
struct LockstepCounts {
  std::uint64_t* dummy_moves;  ///< a chain: moves down into dummies; null if there are none
  std::uint64_t* path_hits;    ///< a chain: moves down to where it still had the row
  std::uint32_t* taken;        ///< a chain: symbols that its slot of the oracle still has right
  Owed* owed;                  ///< a chain
};

/// The draws of one chain, one a step, in the order of its steps.
class ChainDraws {
 public:
  WEND_HD ChainDraws(std::uint64_t seed, std::uint32_t purpose, std::uint64_t stream)
      : seed_(seed), stream_(stream), purpose_(purpose) {}

  [[nodiscard]] WEND_HD std::uint32_t at(std::uint64_t step) {
    if (number_ != step >> 2U) {
      number_ = step >> 2U;
      block_ = draw_block(seed_, purpose_, stream_, number_);
    }
    // Selected, not indexed: an index would put the draws in memory.
    const std::uint32_t word = step & 3U;
    return word == 0 ? block_.word[0]
                     : (word == 1 ? block_.word[1] : (word == 2 ? block_.word[2] : block_.word[3]));
  }

 private:
  std::uint64_t seed_;
  std::uint64_t stream_;
  std::uint64_t number_ = ~std::uint64_t{0};  // of the block
  DrawBlock block_{};
  std::uint32_t purpose_;
};

/// Takes one chain on until `keeper` lets it rest, it stands where it has no row, or it has taken
/// `step_budget` steps. `rows(node words)` is the kernels' type for the rows of a node; `sums`
/// keeps what adds up along a path; `keeper` (SampleKeeper, TourKeeper) decides how far the chain
/// goes and what becomes of the leaves that it visits. Draws are those of the fused engine, step by
/// step.
template <Walk kWalk, class MakeRows, class Sums, class Keeper>
WEND_HD Rest walk_on(const LockstepShape& shape, const PathRows& paths, const MakeRows& rows,
                     const Sums& sums, const LockstepCounts& counts, const ChainArrays& chains,
                     std::uint64_t chain, ChainDraws draws, std::uint64_t step_budget,
                     Keeper& keeper) {
  std::uint32_t* path = chains.path + chain * chains.path_chain_stride;
  const std::uint64_t stride = chains.path_word_stride;
  std::uint32_t depth = chains.depth[chain];
  std::uint32_t arrived_up = chains.arrived_up[chain];
  const std::uint64_t first_step = chains.steps[chain];
  std::uint64_t step = first_step;
  std::uint64_t up_moves = 0;
  std::uint64_t visits = 0;
  bool came_back = false;
  const std::uint64_t last_step = step_budget < ~step ? step + step_budget : ~std::uint64_t{0};
  Rest rest = Rest::kDone;

  const auto rise = [&] {
    depth = restarts(kWalk) ? 0U : depth - 1;
    if constexpr (is_directed(kWalk)) arrived_up = 1;
    came_back = true;
    ++up_moves;
    if (depth == 0) keeper.root();
  };
  // Down to the leaf that `symbol` leads to.
  const auto visit_leaf = [&](std::uint32_t symbol) {
    ++depth;
    path[depth * stride] = symbol;
    if constexpr (is_directed(kWalk)) arrived_up = 0;
    ++visits;
    if (std::uint32_t* record = keeper.visit(); record != nullptr) {
      for (std::uint32_t h = 1; h <= shape.horizon; ++h)
        record[h - 1] = path[(h < depth ? h : depth) * stride];
      sums.record(chain, depth, record + shape.horizon);
    }
    if constexpr (restarts(kWalk)) keeper.root();
  };

  for (;;) {
    if (keeper.done(step)) break;
    if (step >= last_step || keeper.full()) {
      rest = Rest::kPaused;
      break;
    }
    NodeKind here = shape.kind<kWalk>(depth, path[depth * stride]);
    if (restarts(kWalk) && here == NodeKind::kLeaf) {
      depth = 0;  // the next proposal begins
      came_back = true;
      here = NodeKind::kInterior;
    }
    if (here == NodeKind::kInterior && !paths.has(chain, depth)) {
      rest = Rest::kWaits;
      break;
    }
    if (here == NodeKind::kLeaf) {
      // No draw decides, but each step has one.
      ++step;
      rise();
      continue;
    }
    const std::uint32_t draw = draws.at(step);
    ++step;
    if (here == NodeKind::kDummy) {
      if (draw < 0x80000000U) {
        rise();
      } else {
        sums.down(chain, depth, path[depth * stride], nullptr);
        visit_leaf(path[depth * stride]);
      }
      continue;
    }
    const std::uint32_t* node = paths.node(chain, depth);
    const auto [up, symbol] = rows(node).template pick<ScalarLanes>(
        is_directed(kWalk) && arrived_up != 0 ? 1U : 0U, draw);
    if (up) {
      rise();
      continue;
    }
    keeper.leave(depth);
    sums.down(chain, depth, symbol, node);
    const NodeKind below = shape.kind<kWalk>(depth + 1, symbol);
    // What was below another symbol is no longer on the path.
    const bool known = depth + 1 < paths.known[chain] && path[(depth + 1) * stride] == symbol;
    if (!known && paths.known[chain] > depth + 1) {
      paths.known[chain] = depth + 1;
      if (paths.first[chain] > depth + 1) paths.first[chain] = depth + 1;
    }
    if (path[(depth + 1) * stride] != symbol && counts.taken[chain] > depth)
      counts.taken[chain] = depth;
    if (below == NodeKind::kLeaf) {
      visit_leaf(symbol);
      continue;
    }
    ++depth;
    path[depth * stride] = symbol;
    if constexpr (is_directed(kWalk)) arrived_up = 0;
    came_back = false;
    if (below == NodeKind::kDummy) {
      ++counts.dummy_moves[chain];
    } else {
      ++chains.expansions[chain];
      if (known && paths.has(chain, depth)) ++counts.path_hits[chain];
    }
  }

  if (step != first_step || came_back) {
    const bool rowless = shape.kind<kWalk>(depth, path[depth * stride]) == NodeKind::kInterior &&
                         !paths.has(chain, depth);
    counts.owed[chain] = !rowless ? Owed::kNothing : came_back ? Owed::kAgain : Owed::kNew;
  }
  chains.node[chain] = 0;
  chains.depth[chain] = static_cast<std::uint16_t>(depth);
  chains.arrived_up[chain] = static_cast<std::uint16_t>(arrived_up);
  chains.steps[chain] = step;
  chains.moves_up[chain] += up_moves;
  chains.leaf_visits[chain] += visits;
  keeper.store();
  return rest;
}

}  // namespace wend::kernels
