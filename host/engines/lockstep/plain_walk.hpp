#pragma once

#include <algorithm>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "host/engines/lockstep/draw_tile.hpp"
#include "host/engines/lockstep/leaf_sums.hpp"
#include "host/engines/lockstep/rounds.hpp"
#include "host/engines/lockstep/walk_tile.hpp"
#include "kernels/lanes/scalar.hpp"
#include "kernels/lockstep/keepers.hpp"
#include "kernels/lockstep/walk.hpp"
#include "kernels/random/philox.hpp"

namespace wend {

/// The draws of one chain of a tile, and those behind them.
class TileDraws {
 public:
  TileDraws(const kernels::RunLimits& limits, std::uint64_t chain, const DrawTile& tile,
            std::uint32_t place)
      : limits_(limits),
        stream_(limits.first_chain + chain),
        words_(&tile.words[0][place]),
        begin_(tile.blocks[place] << 2U),
        end_(begin_ + DrawTile::kDraws) {}

  /// The draw of a step, that of the next one DrawTile::kChains words on.
  [[nodiscard]] const std::uint32_t* from(std::uint64_t step) {
    if (step >= end_) make(step);
    return words_ + (step - begin_) * DrawTile::kChains;
  }
  /// The first step behind those that from() gave.
  [[nodiscard]] std::uint64_t end() const { return end_; }

 private:
  void make(std::uint64_t step) {
    begin_ = step & ~std::uint64_t{3};
    end_ = begin_ + 4;
    const kernels::DrawBlock block =
        kernels::draw_block(limits_.seed, limits_.purpose, stream_, begin_ >> 2U);
    for (std::uint32_t k = 0; k < 4; ++k) more_[k * DrawTile::kChains] = block.word[k];
    words_ = more_;
  }

  const kernels::RunLimits& limits_;
  std::uint64_t stream_;
  const std::uint32_t* words_;
  std::uint64_t begin_;
  std::uint64_t end_;
  std::uint32_t more_[3 * DrawTile::kChains + 1];
};

/// Where a chain is in a walk without special cases.
struct PlainPlace {
  std::uint32_t depth;
  std::uint32_t known;      ///< the depths above this one have rows
  std::uint32_t turned;     ///< 1: it has come there from below, or by a restart
  std::uint32_t countdown;  ///< leaf visits until the next sample
  std::uint32_t rejected;   ///< proposals, so far
};

/// The nodes on a chain's path.
struct PlainPath {
  const std::uint32_t* nodes;  ///< [depth][node_words]
  std::uint64_t node_words;
  std::uint32_t* symbols;  ///< [1 + horizon]
  std::uint32_t horizon;
};

/// Takes a chain, which stands where it has a row, on by the draws at `draws`, one of
/// DrawTile::kChains words, until it has no row, has come to the leaf that is the next sample, or
/// has used `count` draws, and then perhaps one more that decides nothing: a leaf is visited and
/// left again in one go. Returns the draws used. No branch depends on a draw but by what ends the
/// stretch: a CPU could not predict it.
template <kernels::Walk kWalk, class MakeRows>
[[gnu::always_inline]] inline std::uint64_t walk_stretch(const PlainPath& path,
                                                         const MakeRows& rows,
                                                         const std::uint32_t* draws,
                                                         std::uint64_t count, PlainPlace& place) {
  constexpr bool kRestarts = kernels::restarts(kWalk);
  constexpr bool kDirected = kernels::is_directed(kWalk);
  std::uint32_t* const symbols = path.symbols;
  const std::uint64_t node_words = path.node_words;
  const std::uint64_t horizon = path.horizon;
  const std::uint32_t* node = path.nodes + place.depth * node_words;
  std::uint64_t below = place.depth + 1U;
  std::uint64_t unknown = place.known + 1U;
  std::uint64_t turned = place.turned;
  std::uint64_t used = 0;
  std::uint32_t countdown = place.countdown;
  std::uint32_t rejected = place.rejected;
  bool sampled = false;
  do {
    const auto [is_up, picked] = rows(node).template pick<kernels::ScalarLanes>(
        kDirected ? static_cast<std::uint32_t>(turned) : 0U, draws[used * DrawTile::kChains]);
    // All bits, or none.
    const auto up = static_cast<std::uint64_t>(-static_cast<std::int64_t>(is_up));
    const std::uint32_t old = symbols[below];
    const std::uint32_t symbol = picked ^ ((picked ^ old) & static_cast<std::uint32_t>(up));
    symbols[below] = symbol;
    // What was below another symbol is no longer on the path.
    const std::uint64_t changed = (below + 1) | (static_cast<std::uint64_t>(symbol != old) - 1U);
    unknown = std::min(unknown, changed);
    const std::uint64_t at_leaf = below == horizon ? 1U : 0U;
    const std::uint64_t lands = at_leaf & ~up;
    ++used;
    countdown -= static_cast<std::uint32_t>(lands);
    if (countdown == 0) {
      sampled = true;
      break;
    }
    turned = (up | lands) & 1U;
    if constexpr (kRestarts) {
      const std::uint64_t on = turned - 1U;
      below = 1 + (below & on);
      node = path.nodes + (below - 1) * node_words;
      rejected -= static_cast<std::uint32_t>(up);
    } else {
      used += lands;
      const std::uint64_t down = 1 - at_leaf;
      const std::uint64_t down_words = node_words & (0U - down);
      below += down - (up & (1 + down));
      node += static_cast<std::int64_t>(down_words - (up & (node_words + down_words)));
    }
  } while (below < unknown && used < count);
  place.depth = static_cast<std::uint32_t>(sampled ? horizon : below - 1);
  place.known = static_cast<std::uint32_t>(unknown - 1);
  place.turned = static_cast<std::uint32_t>(turned);
  place.countdown = countdown;
  place.rejected = rejected;
  return used;
}

/// What chains of a run without special cases walk by: of samples, where no symbol ends a sequence
/// and the rows of all depths are kept. Sums: kernels::NoPathSums, LeafSums.
template <class MakeRows, class Sums>
struct PlainRun {
  const kernels::LockstepShape& shape;
  const kernels::PathRows& paths;
  const MakeRows& rows;
  const Sums& sums;
  const kernels::LockstepCounts& counts;
  const kernels::ChainArrays& chains;
  const SampleRound& round;
  Simd simd;
  std::uint64_t step_budget;
  bool in_tiles;  ///< its rows and paths are such as lanes walk on: see TileRun

  /// Steps that a chain can take and still not be out of queries, whatever it draws.
  [[nodiscard]] std::uint64_t steps_within_limit(std::uint64_t chain) const {
    if (!kernels::is_limited(round.limits())) return ~std::uint64_t{0};
    const std::uint64_t left = kernels::expansions_left(chains, chain, round.limits());
    return left > 4 ? left - 4 : 0;
  }
};

/// Takes one chain on, but for the last step or two of its budget and for those that may find it
/// out of queries, and says how it rests; returns how many steps are left where kernels::walk_on
/// must say that: 0 otherwise. What follows from other counts is counted once, at the end.
template <kernels::Walk kWalk, class MakeRows, class Sums>
[[gnu::always_inline]] inline std::uint64_t walk_chain_plainly(const PlainRun<MakeRows, Sums>& run,
                                                               std::uint64_t chain,
                                                               std::uint64_t budget,
                                                               TileDraws& draws,
                                                               kernels::Rest& rest) {
  constexpr bool kRestarts = kernels::restarts(kWalk);
  const kernels::ChainArrays& chains = run.chains;
  const std::uint32_t horizon = run.shape.horizon;
  const std::uint32_t first_depth = chains.depth[chain];
  const std::uint64_t first_step = chains.steps[chain];
  kernels::SampleKeeper keeper = run.round.keeper_of(chains, chain);
  // On a leaf, or without the rows above: the walk with all cases gets it out of there.
  if (first_depth == horizon || run.paths.first[chain] != 0 || keeper.done(first_step))
    return budget;
  const PlainPath path{run.paths.node(chain, 0), run.paths.node_words,
                       chains.path + chain * chains.path_chain_stride, horizon};
  const std::uint64_t last_step = first_step + std::min(budget, run.steps_within_limit(chain));
  PlainPlace place{first_depth, run.paths.known[chain], chains.arrived_up[chain],
                   keeper.countdown(), 0};
  std::uint64_t step = first_step;
  std::uint64_t visits = 0;
  bool done = false;
  while (place.depth < place.known && step + 2 <= last_step) {
    const std::uint32_t* words = draws.from(step);
    const std::uint64_t bound = std::min(last_step - 1, draws.end());
    const std::uint32_t due = place.countdown;
    step += walk_stretch<kWalk>(path, run.rows, words, bound - step, place);
    visits += due - place.countdown;
    if (place.countdown != 0) continue;
    std::uint32_t* record = keeper.sampled();
    place.countdown = keeper.countdown();
    for (std::uint32_t h = 1; h <= horizon; ++h) record[h - 1] = path.symbols[h];
    run.sums.record(chain, horizon, record + horizon);
    done = keeper.done(step);
    if (done) break;
    place.turned = 1;
    place.depth = kRestarts ? 0 : horizon - 1;
    if constexpr (!kRestarts) ++step;
  }

  const bool rowless = !done && place.depth >= place.known;
  const std::uint64_t steps = step - first_step;
  const bool waits = rowless && steps < budget;
  rest = done ? kernels::Rest::kDone : waits ? kernels::Rest::kWaits : kernels::Rest::kPaused;
  const std::uint64_t left = done || waits ? 0 : budget - steps;
  if (steps == 0) return left;
  keeper.count_down_from(place.countdown);
  // Up and down by turns: what is left over is the way that it has made.
  const std::uint64_t up_moves =
      kRestarts ? std::uint64_t{place.rejected} : (steps + first_depth - place.depth) / 2;
  const std::uint64_t expansions = steps - up_moves - visits;
  const bool owes = rowless && place.turned == 0;
  run.counts.owed[chain] = !rowless ? kernels::Owed::kNothing
                           : owes   ? kernels::Owed::kNew
                                    : kernels::Owed::kAgain;
  run.paths.known[chain] = place.known;
  run.counts.taken[chain] = kernels::min_u32(run.counts.taken[chain], place.known - 1);
  // It had the rows of all the nodes that it went down to, but for the last one.
  run.counts.path_hits[chain] += expansions - (owes ? 1U : 0U);
  chains.node[chain] = 0;
  chains.depth[chain] = static_cast<std::uint16_t>(place.depth);
  if constexpr (kernels::is_directed(kWalk))
    chains.arrived_up[chain] = static_cast<std::uint16_t>(done ? 0 : place.turned);
  chains.steps[chain] = step;
  chains.moves_up[chain] += up_moves;
  chains.leaf_visits[chain] += visits;
  chains.expansions[chain] += expansions;
  keeper.store();
  return left;
}

/// What lanes take on of a run, if they take any.
template <kernels::Walk kWalk, class MakeRows, class Sums>
std::optional<TileRun> tile_run(const PlainRun<MakeRows, Sums>& run, kernels::Rest* rests) {
  if (!run.in_tiles) return std::nullopt;
  const LeafSums* sums = nullptr;
  if constexpr (std::same_as<Sums, LeafSums>) sums = &run.sums;
  return TileRun{kWalk,
                 run.shape.alphabet,
                 run.shape.horizon,
                 run.paths,
                 run.counts,
                 run.chains,
                 run.round.limits(),
                 run.round.records(),
                 run.round.record_words(),
                 rests,
                 sums};
}

/// kernels::walk_on of some chains, without branches that draws decide, which no CPU can predict;
/// in lanes where it can be. `walk_on(chain, budget)` takes those on that it cannot, and sets their
/// rests.
template <kernels::Walk kWalk, class MakeRows, class Sums, class WalkOn>
void walk_plainly(const PlainRun<MakeRows, Sums>& run, std::span<const std::uint32_t> chains,
                  kernels::Rest* rests, const WalkOn& walk_on) {
  constexpr std::uint32_t kChains = DrawTile::kChains;
  const std::optional<TileRun> lanes = tile_run<kWalk>(run, rests);
  const bool limited = kernels::is_limited(run.round.limits());
  WalkTile tile;
  std::uint64_t budgets[kChains];
  // Of tiles before this one, those that go on: together they make another tile.
  std::uint32_t left_chains[2 * kChains];
  std::uint64_t left_budgets[2 * kChains];
  std::uint32_t left = 0;
  while (left != 0 || !chains.empty()) {
    std::uint32_t count = kChains;
    if (left >= kChains || chains.empty()) {
      count = std::min(left, kChains);
      left -= count;
      std::copy_n(left_chains + left, count, tile.chains);
      std::copy_n(left_budgets + left, count, budgets);
    } else {
      count = static_cast<std::uint32_t>(std::min<std::size_t>(chains.size(), kChains));
      std::ranges::copy(chains.first(count), tile.chains);
      std::fill_n(budgets, count, run.step_budget);
      chains = chains.subspan(count);
    }
    tile.draws.fill(run.round.limits(), {tile.chains, count}, run.chains.steps, run.simd);
    TileRest rest;
    const auto least_steps = [&] {
      std::uint64_t least = *std::ranges::min_element(budgets);
      for (std::uint32_t i = 0; limited && i < kChains; ++i)
        least = std::min(least, run.steps_within_limit(tile.chains[i]));
      return least;
    };
    if (lanes && count == kChains && least_steps() >= TileRest::kMostSteps + 2 &&
        walk_tile(*lanes, tile, run.simd, rest)) {
      for (std::uint32_t bits = rest.go_on; bits != 0; bits &= bits - 1) {
        const auto i = static_cast<std::uint32_t>(std::countr_zero(bits));
        left_chains[left] = tile.chains[i];
        left_budgets[left] = budgets[i] - rest.steps[i];
        ++left;
      }
      continue;
    }
    for (std::uint32_t i = 0; i < count; ++i) {
      const std::uint32_t chain = tile.chains[i];
      TileDraws draws(run.round.limits(), chain, tile.draws, i);
      budgets[i] = walk_chain_plainly<kWalk>(run, chain, budgets[i], draws, rests[chain]);
    }
    for (std::uint32_t i = 0; i < count; ++i)
      if (budgets[i] != 0) walk_on(tile.chains[i], budgets[i]);
  }
}

}  // namespace wend
