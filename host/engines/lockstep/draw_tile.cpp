#include "host/engines/lockstep/draw_tile.hpp"

#include "kernels/random/philox.hpp"

namespace wend {
namespace {

void fill_alone(DrawTile& tile, std::uint64_t seed, std::uint32_t purpose, std::uint32_t count) {
  for (std::uint32_t i = 0; i < count; ++i) {
    for (std::uint32_t first = 0; first < DrawTile::kDraws; first += 4) {
      const kernels::DrawBlock block =
          kernels::draw_block(seed, purpose, tile.streams[i], tile.blocks[i] + first / 4);
      for (std::uint32_t k = 0; k < 4; ++k) tile.words[first + k][i] = block.word[k];
    }
  }
}

}  // namespace

void DrawTile::fill(const kernels::RunLimits& limits, std::span<const std::uint32_t> chains,
                    const std::uint64_t* steps, Simd simd) {
  const auto count = static_cast<std::uint32_t>(chains.size());
  for (std::uint32_t i = 0; i < count; ++i) {
    streams[i] = limits.first_chain + chains[i];
    blocks[i] = steps[chains[i]] >> 2U;
  }
  // Lanes draw for those that are not there too.
  for (std::uint32_t i = count; i < kChains; ++i) streams[i] = blocks[i] = 0;
  visit_lanes(
      simd, [&]<Simd kSimd>() { fill_lanes<kSimd>(*this, limits.seed, limits.purpose, count); },
      [&] { fill_alone(*this, limits.seed, limits.purpose, count); });
}

}  // namespace wend
