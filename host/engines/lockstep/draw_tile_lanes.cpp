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
  const typename Philox::Keys keys = Philox::make_keys(seed);
  for (std::uint32_t begin = 0; begin < count; begin += Lanes::kWidth) {
    Philox philox;
    for (std::uint32_t lane = 0; lane < Lanes::kWidth && begin + lane < count; ++lane)
      philox.set(lane, purpose, tile.streams[begin + lane], tile.blocks[begin + lane]);
    for (std::uint32_t first = 0; first < DrawTile::kDraws; first += 4) {
      typename Lanes::U32 words[1][4];
      Philox::template draw<1>(keys, {&philox}, words);
      for (std::uint32_t k = 0; k < 4; ++k) store_lanes(&tile.words[first + k][begin], words[0][k]);
    }
  }
}

template void fill_lanes<Simd::WEND_SIMD>(DrawTile&, std::uint64_t, std::uint32_t, std::uint32_t);

}  // namespace wend
