// Compiled once a width, like host/engines/cpu/lanes.cpp.
#include WEND_LANES_HEADER

#include "host/engines/lockstep/walk_tile.hpp"
#include "kernels/walk/rows.hpp"

namespace wend {
namespace {

using kernels::Walk;
constexpr std::uint32_t kChains = DrawTile::kChains;

/// An element a chain of the tile.
struct Columns {
  alignas(64) std::uint32_t first_depth[kChains];
  alignas(64) std::uint32_t below[kChains];    ///< a level below where the chain stands
  alignas(64) std::uint32_t unknown[kChains];  ///< the first level below nodes without rows
  alignas(64) std::uint32_t turned[kChains];   ///< 1: it came from below, or by a restart
  alignas(64) std::uint32_t countdown[kChains];
  alignas(64) std::uint32_t rejected[kChains];
  alignas(64) std::uint32_t visits[kChains];
  alignas(64) std::uint32_t phase[kChains];  ///< draws of its first block that it has used before
  alignas(64) std::uint32_t done[kChains];   ///< 1: it has its samples
};

template <class Lanes>
typename Lanes::U32 load(const std::uint32_t* at) {
  typename Lanes::U32 lanes;
  __builtin_memcpy(&lanes, at, sizeof lanes);
  return lanes;
}

/// The tile's chains by their places: in a row, mostly, so that columns are loaded as vectors.
template <bool kInARow>
struct ChainOf {
  const std::uint32_t* chains;
  std::uint64_t first;
  WEND_HD std::uint64_t operator()(std::uint32_t i) const {
    return kInARow ? first + i : chains[i];
  }
};

/// kTimes of a.
template <std::uint32_t kTimes, class U32>
WEND_HD U32 times(U32 a) {
  if constexpr (kTimes == 1) {
    return a;
  } else {
    const U32 half = times<kTimes / 2>(a);
    return kTimes % 2 == 0 ? half + half : half + half + a;
  }
}

/// A step of all lanes that go on is one draw of each; so is leaving a leaf, which needs none.
/// kSums: nodes have words for LeafSums behind their rows.
template <Walk kWalk, int kAlphabet, bool kSums, class Lanes>
void walk_lanes(const TileRun& run, const WalkTile& tile, std::uint32_t begin, Columns& columns,
                std::uint32_t* steps) {
  using U32 = typename Lanes::U32;
  using Mask = typename Lanes::Mask;
  constexpr bool kRestarts = kernels::restarts(kWalk);
  constexpr bool kDirected = kernels::is_directed(kWalk);
  using Rows = kernels::CumulativeRows<kAlphabet>;
  constexpr std::uint32_t kPairs = Rows::kWords / 2;
  constexpr std::uint32_t kNodePairs =
      kPairs * kernels::rows_per_node(kWalk) + (kSums ? (kAlphabet + 3) / 2 : 0);
  const U32 one = Lanes::splat(1);
  const U32 horizon = Lanes::splat(run.horizon);
  const Rows rows{run.paths.words};
  const U32 chains = load<Lanes>(tile.chains + begin);
  // Of level 0, which lies before the rows of level 1.
  const U32 first_pair =
      chains * Lanes::splat(run.paths.levels * kNodePairs) - Lanes::splat(kNodePairs);
  const U32 first_word =
      chains * Lanes::splat(static_cast<std::uint32_t>(run.chains.path_chain_stride));
  const U32 phase = load<Lanes>(columns.phase + begin);
  const U32 limit = Lanes::splat(DrawTile::kDraws) - phase;
  const Mask odd = equal(phase & one, one);
  const Mask late = at_least(phase, Lanes::splat(2));
  U32 below = load<Lanes>(columns.below + begin);
  U32 unknown = load<Lanes>(columns.unknown + begin);
  U32 turned = load<Lanes>(columns.turned + begin);
  U32 countdown = load<Lanes>(columns.countdown + begin);
  U32 rejected = Lanes::splat(0);
  U32 visits = Lanes::splat(0);
  U32 used = Lanes::splat(0);
  Mask go = less(used, limit);
  for (std::uint32_t k = 0; k < DrawTile::kDraws; ++k) {
    const auto draw_at = [&](std::uint32_t ahead) {
      const std::uint32_t draw = k + ahead < DrawTile::kDraws ? k + ahead : 0;
      return load<Lanes>(tile.draws.words[draw] + begin);
    };
    const U32 draw =
        select(late, select(odd, draw_at(3), draw_at(2)), select(odd, draw_at(1), draw_at(0)));
    const U32 level = min_u32(below, horizon);
    alignas(64) std::uint32_t entries[Lanes::kWidth];
    alignas(64) std::uint32_t words[Lanes::kWidth];
    alignas(64) std::uint32_t symbols[Lanes::kWidth];
    U32 pair = first_pair + times<kNodePairs>(level);
    if constexpr (kDirected) pair = pair + (kPairs == 1 ? turned : turned + turned);
    store_lanes(entries, pair);
    store_lanes(words, first_word + level);
    U32 entry[Rows::kWords];
    gather_entries(run.paths.words, entries, entry);
    U32 old;
    gather_words(run.chains.path, words, old);
    const kernels::Outcome<Lanes> outcome = rows.template decide<Lanes>(entry, draw);
    const Mask leaves = less(horizon, below);
    const Mask up = mask_and(go, kRestarts ? outcome.up : mask_or(outcome.up, leaves));
    const Mask down = mask_and_not(go, up);
    const U32 symbol = select(down, outcome.symbol, old);
    store_lanes(symbols, symbol);
    for (std::uint32_t lane = 0; lane < Lanes::kWidth; ++lane)
      run.chains.path[words[lane]] = symbols[lane];
    // What was below another symbol is no longer on the path.
    const Mask changed = mask_and_not(down, equal(symbol, old));
    unknown = select(changed, min_u32(unknown, below + one), unknown);
    const Mask lands = mask_and(down, equal(below, horizon));
    used = add_mask(used, go);
    visits = add_mask(visits, lands);
    countdown = subtract_mask(countdown, lands);
    const Mask sampled = zero_where(lands, countdown);
    if constexpr (kRestarts) {
      rejected = add_mask(rejected, up);
      const Mask ends = mask_or(up, lands);
      turned = select(go, Lanes::one_where(ends), turned);
      below = select(mask_and_not(ends, sampled), one, add_mask(below, down));
      go = mask_and(mask_and_not(go, sampled), mask_and(less(below, unknown), less(used, limit)));
    } else {
      turned = select(go, Lanes::one_where(up), turned);
      below = subtract_mask(add_mask(below, down), up);
      const Mask on = mask_or(mask_and_not(lands, sampled), less(below, unknown));
      go = mask_and(mask_and_not(go, sampled), mask_and(on, less(used, limit)));
    }
    if (!Lanes::any(go)) break;
  }
  store_lanes(columns.below + begin, below);
  store_lanes(columns.unknown + begin, unknown);
  store_lanes(columns.turned + begin, turned);
  store_lanes(columns.countdown + begin, countdown);
  store_lanes(columns.rejected + begin, rejected);
  store_lanes(columns.visits + begin, visits);
  store_lanes(steps + begin, used);
}

/// False if one of the chains does not stand where lanes can go on from.
template <Walk kWalk, class Chain>
bool take_columns(const TileRun& run, const Chain& chain, Columns& columns) {
  const std::uint32_t horizon = run.horizon;
  const std::uint64_t round_end = run.limits.round_begin + run.limits.round_size;
  std::uint32_t wrong = 0;
  for (std::uint32_t i = 0; i < kChains; ++i) columns.first_depth[i] = run.chains.depth[chain(i)];
  for (std::uint32_t i = 0; i < kChains; ++i)
    columns.turned[i] = kernels::is_directed(kWalk) ? run.chains.arrived_up[chain(i)] : 0;
  for (std::uint32_t i = 0; i < kChains; ++i) columns.unknown[i] = run.paths.known[chain(i)] + 1;
  for (std::uint32_t i = 0; i < kChains; ++i) columns.countdown[i] = run.chains.countdown[chain(i)];
  for (std::uint32_t i = 0; i < kChains; ++i)
    columns.phase[i] = static_cast<std::uint32_t>(run.chains.steps[chain(i)]) & 3U;
  for (std::uint32_t i = 0; i < kChains; ++i) wrong |= run.paths.first[chain(i)];
  for (std::uint32_t i = 0; i < kChains; ++i) {
    const std::uint64_t quota =
        run.limits.quota + (chain(i) < run.limits.quota_remainder ? 1U : 0U);
    const std::uint64_t goal = quota < round_end ? quota : round_end;
    wrong |= run.chains.samples[chain(i)] >= goal ? 1U : 0U;
  }
  for (std::uint32_t i = 0; i < kChains; ++i) {
    const std::uint32_t depth = columns.first_depth[i];
    const bool on_leaf = depth == horizon;
    const bool restarts = kernels::restarts(kWalk) && on_leaf;
    columns.below[i] = restarts ? 1 : depth + 1;
    columns.turned[i] = restarts ? 1 : columns.turned[i];
    wrong |=
        columns.below[i] >= columns.unknown[i] && (kernels::restarts(kWalk) || !on_leaf) ? 1U : 0U;
  }
  return wrong == 0;
}

/// Writes a chain's sample, if it has come to one, and leads it off its leaf.
template <Walk kWalk>
void leave_leaf(const TileRun& run, std::uint64_t chain, std::uint32_t i, Columns& columns,
                std::uint32_t* steps) {
  if (columns.countdown[i] == 0) {
    const std::uint64_t samples = run.chains.samples[chain];
    std::uint32_t* record =
        run.records +
        (chain * run.limits.round_size + samples - run.limits.round_begin) * run.record_words;
    const std::uint32_t* path = run.chains.path + chain * run.chains.path_chain_stride;
    for (std::uint32_t h = 1; h <= run.horizon; ++h) record[h - 1] = path[h];
    if (run.sums != nullptr) run.sums->record(chain, run.horizon, record + run.horizon);
    run.chains.samples[chain] = samples + 1;
    columns.countdown[i] = run.limits.thin;
    if (samples + 1 >= kernels::sample_goal(run.limits, chain)) {
      columns.done[i] = 1;
      columns.turned[i] = 0;
      return;
    }
  }
  columns.turned[i] = 1;
  columns.below[i] = kernels::restarts(kWalk) ? 1 : run.horizon;
  if constexpr (!kernels::restarts(kWalk)) ++steps[i];
}

template <Walk kWalk, class Chain>
void put_columns(const TileRun& run, const Chain& chain, const Columns& columns, TileRest& rest) {
  using kernels::Owed;
  using kernels::Rest;
  alignas(64) std::uint32_t up[kChains];
  alignas(64) std::uint32_t expansions[kChains];
  alignas(64) std::uint32_t owes[kChains];
  alignas(64) std::uint32_t waits[kChains];
  for (std::uint32_t i = 0; i < kChains; ++i) {
    // Up and down by turns: what is left over is the way that it has made.
    up[i] = kernels::restarts(kWalk)
                ? columns.rejected[i]
                : (rest.steps[i] + columns.first_depth[i] + 1 - columns.below[i]) / 2;
    expansions[i] = rest.steps[i] - up[i] - columns.visits[i];
    waits[i] = columns.below[i] >= columns.unknown[i] && columns.done[i] == 0 ? 1 : 0;
    owes[i] = waits[i] & (columns.turned[i] ^ 1U);
  }
  for (std::uint32_t i = 0; i < kChains; ++i) run.chains.steps[chain(i)] += rest.steps[i];
  for (std::uint32_t i = 0; i < kChains; ++i) run.chains.moves_up[chain(i)] += up[i];
  for (std::uint32_t i = 0; i < kChains; ++i) run.chains.leaf_visits[chain(i)] += columns.visits[i];
  for (std::uint32_t i = 0; i < kChains; ++i) run.chains.expansions[chain(i)] += expansions[i];
  // It had the rows of all the nodes that it went down to, but for the last one.
  for (std::uint32_t i = 0; i < kChains; ++i)
    run.counts.path_hits[chain(i)] += expansions[i] - owes[i];
  for (std::uint32_t i = 0; i < kChains; ++i) run.chains.countdown[chain(i)] = columns.countdown[i];
  for (std::uint32_t i = 0; i < kChains; ++i) run.chains.node[chain(i)] = 0;
  for (std::uint32_t i = 0; i < kChains; ++i)
    run.chains.depth[chain(i)] = static_cast<std::uint16_t>(columns.below[i] - 1);
  if constexpr (kernels::is_directed(kWalk))
    for (std::uint32_t i = 0; i < kChains; ++i)
      run.chains.arrived_up[chain(i)] = static_cast<std::uint16_t>(columns.turned[i]);
  for (std::uint32_t i = 0; i < kChains; ++i) run.paths.known[chain(i)] = columns.unknown[i] - 1;
  for (std::uint32_t i = 0; i < kChains; ++i) {
    const std::uint32_t taken = run.counts.taken[chain(i)];
    const std::uint32_t right = columns.unknown[i] - 2;
    run.counts.taken[chain(i)] = right < taken ? right : taken;
  }
  static_assert(static_cast<int>(Owed::kNothing) == 0 && static_cast<int>(Owed::kNew) == 1 &&
                static_cast<int>(Owed::kAgain) == 2);
  for (std::uint32_t i = 0; i < kChains; ++i)
    run.counts.owed[chain(i)] = static_cast<Owed>(2 * waits[i] - owes[i]);
  static_assert(static_cast<int>(Rest::kDone) == 0 && static_cast<int>(Rest::kWaits) == 2);
  for (std::uint32_t i = 0; i < kChains; ++i) run.rests[chain(i)] = static_cast<Rest>(2 * waits[i]);
  rest.go_on = 0;
  for (std::uint32_t i = 0; i < kChains; ++i)
    rest.go_on |= ((waits[i] | columns.done[i]) ^ 1U) << i;
}

template <Walk kWalk, class Lanes, bool kInARow>
bool walk_chains(const TileRun& run, const WalkTile& tile, TileRest& rest) {
  const ChainOf<kInARow> chain{tile.chains, tile.chains[0]};
  Columns columns;
  if (!take_columns<kWalk>(run, chain, columns)) return false;
  const auto walk_on = [&]<int kAlphabet, bool kSums>() {
    for (std::uint32_t begin = 0; begin < kChains; begin += Lanes::kWidth)
      walk_lanes<kWalk, kAlphabet, kSums, Lanes>(run, tile, begin, columns, rest.steps);
  };
  const auto walk = [&]<int kAlphabet>() {
    if (run.sums != nullptr)
      walk_on.template operator()<kAlphabet, true>();
    else
      walk_on.template operator()<kAlphabet, false>();
  };
  if (run.alphabet == 2)
    walk.template operator()<2>();
  else if (run.alphabet == 3)
    walk.template operator()<3>();
  else
    walk.template operator()<4>();
  for (std::uint32_t& done : columns.done) done = 0;
  std::uint32_t on_leaves = 0;
  for (std::uint32_t i = 0; i < kChains; ++i)
    on_leaves |= columns.below[i] > run.horizon ? 1U << i : 0U;
  for (; on_leaves != 0; on_leaves &= on_leaves - 1) {
    const auto i = static_cast<std::uint32_t>(__builtin_ctz(on_leaves));
    leave_leaf<kWalk>(run, chain(i), i, columns, rest.steps);
  }
  put_columns<kWalk>(run, chain, columns, rest);
  return true;
}

}  // namespace

template <Simd kSimd>
bool walk_tile_lanes(const TileRun& run, const WalkTile& tile, TileRest& rest) {
  using Lanes = typename kernels::LanesOf<kSimd>::U32;
  static_assert(kChains % Lanes::kWidth == 0);
  bool in_a_row = true;
  for (std::uint32_t i = 0; i < kChains; ++i) in_a_row &= tile.chains[i] == tile.chains[0] + i;
  return kernels::visit_walk(run.walk, [&]<Walk kWalk>() {
    return in_a_row ? walk_chains<kWalk, Lanes, true>(run, tile, rest)
                    : walk_chains<kWalk, Lanes, false>(run, tile, rest);
  });
}

template bool walk_tile_lanes<Simd::WEND_SIMD>(const TileRun&, const WalkTile&, TileRest&);

}  // namespace wend
