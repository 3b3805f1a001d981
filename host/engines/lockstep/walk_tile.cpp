#include "host/engines/lockstep/walk_tile.hpp"

namespace wend {

bool walk_tile(const TileRun& run, const WalkTile& tile, Simd simd, TileRest& rest) {
  return visit_lanes(
      simd, [&]<Simd kSimd>() { return walk_tile_lanes<kSimd>(run, tile, rest); },
      [] { return false; });
}

}  // namespace wend
