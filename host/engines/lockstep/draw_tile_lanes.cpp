// Compiled once a width, like host/engines/cpu/lanes.cpp.
#include WEND_LANES_HEADER

#include "host/engines/lockstep/draw_tile.hpp"
#include "kernels/random/philox_lanes.hpp"

namespace wend {

template <Simd kSimd>
void fill_lanes(DrawTile& tile, std::uint64_t seed, std::uint32_t purpose, std::uint32_t count) {
  using Lanes = typename kernels::LanesOf<kSimd>::U32;
  using Philox = kernels::PhiloxLanes<Lanes>;
  static_assert(DrawTile::kChains % Lanes::kWidth == 0);
  constexpr std::uint32_t kBlocks = DrawTile::kDraws / 4;
  const typename Philox::Keys keys = Philox::make_keys(seed);
  for (std::uint32_t begin = 0; begin < count; begin += Lanes::kWidth) {
    std::uint64_t next[Lanes::kWidth];
    for (std::uint32_t lane = 0; lane < Lanes::kWidth; ++lane)
      next[lane] = tile.blocks[begin + lane] + 1;
    Philox first;
    Philox second;
    first.set(purpose, tile.streams + begin, tile.blocks + begin);
    second.set(purpose, tile.streams + begin, next);
    static_assert(kBlocks == 2);
    typename Lanes::U32 words[kBlocks][4];
    Philox::template draw<kBlocks>(keys, {&first, &second}, words);
    for (std::uint32_t k = 0; k < DrawTile::kDraws; ++k)
      store_lanes(&tile.words[k][begin], words[k / 4][k % 4]);
  }
}

template void fill_lanes<Simd::WEND_SIMD>(DrawTile&, std::uint64_t, std::uint32_t, std::uint32_t);

}  // namespace wend
