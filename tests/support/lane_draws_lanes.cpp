// Compiled once a width, like host/engines/cpu/lanes.cpp.
#include WEND_LANES_HEADER

#include "kernels/random/philox_lanes.hpp"
#include "tests/support/lane_draws.hpp"

namespace wend::test {
namespace {

template <class Lanes>
void draw_blocks(std::uint64_t seed, std::uint32_t purpose, const std::uint64_t* chains,
                 const std::uint64_t* blocks, std::uint32_t count, std::uint32_t* words) {
  using Draws = kernels::PhiloxLanes<Lanes>;
  Draws lanes;
  for (std::uint32_t lane = 0; lane < Lanes::kWidth; ++lane)
    lanes.set(lane, purpose, chains[lane], blocks[lane]);
  const auto keys = Draws::make_keys(seed);
  for (std::uint32_t block = 0; block < count; ++block) {
    typename Lanes::U32 drawn[1][4];
    Draws::template draw<1>(keys, {&lanes}, drawn);
    for (const auto& word : drawn[0])
      for (std::uint32_t lane = 0; lane < Lanes::kWidth; ++lane) *words++ = Lanes::get(word, lane);
  }
}

}  // namespace

template <kernels::Simd kSimd>
LaneDraws lane_draws() {
  using Lanes = typename kernels::LanesOf<kSimd>::U32;
  return {kSimd, Lanes::kWidth, draw_blocks<Lanes>};
}

template LaneDraws lane_draws<kernels::Simd::WEND_SIMD>();

}  // namespace wend::test
