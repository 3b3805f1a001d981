#pragma once

#include <cstdint>

#include "host/base/simd.hpp"
#include "host/engines/lockstep/draw_tile.hpp"
#include "host/engines/lockstep/leaf_sums.hpp"
#include "kernels/lockstep/walk.hpp"
#include "kernels/walk/chain_arrays.hpp"
#include "kernels/walk/walk.hpp"

namespace wend {

/// Where the chains of a run without special cases (PlainRun) and what they walk by lie: rows of
/// two to four symbols, no sums along the paths but at the leaves.
struct TileRun {
  kernels::Walk walk;
  std::uint32_t alphabet;
  std::uint32_t horizon;
  kernels::PathRows paths;  ///< below 2^32 pairs of words; levels == horizon
  kernels::LockstepCounts counts;
  kernels::ChainArrays chains;  ///< paths of less than 2^32 words in all
  kernels::RunLimits limits;
  std::uint32_t* records;
  std::uint32_t record_words;
  kernels::Rest* rests;
  const LeafSums* sums;  ///< null where records have none
};

/// DrawTile::kChains different chains.
struct WalkTile {
  std::uint32_t chains[DrawTile::kChains];
  DrawTile draws;  ///< theirs
};

/// What became of a tile's chains. Those that neither wait nor are done have rests of their old
/// walk still, and go on.
struct TileRest {
  static constexpr std::uint32_t kMostSteps = DrawTile::kDraws + 1;
  std::uint32_t go_on;                                 ///< bit i: chain i
  alignas(64) std::uint32_t steps[DrawTile::kChains];  ///< at most kMostSteps each
};

/// Takes the chains of a tile on, in lanes, until each waits, is done or has used its draws;
/// counters, paths and records are those of kernels::walk_on. False if nothing was done: where one
/// of the chains is done already or lacks the row of where it stands, or there are no lanes.
bool walk_tile(const TileRun& run, const WalkTile& tile, Simd simd, TileRest& rest);

/// Defined where its width is compiled.
template <Simd kSimd>
bool walk_tile_lanes(const TileRun& run, const WalkTile& tile, TileRest& rest);

}  // namespace wend
