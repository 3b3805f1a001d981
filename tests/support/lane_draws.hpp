#pragma once

#include <cstdint>

#include "host/base/simd.hpp"

namespace wend::test {

/// Widest set of lanes that there is.
constexpr std::uint32_t kMostLanes = 16;

/// The vectorised generator of one lane width, on its own: what the walks of that width draw.
struct LaneDraws {
  Simd simd;
  std::uint32_t width;
  /// Draws `count` blocks for every lane, lane l's being blocks[l], blocks[l] + 1, .. (< 2^56) of
  /// the stream (purpose, chains[l]); word w of a lane's block b is at
  /// words[(4 * b + w) * width + l].
  void (*draw)(std::uint64_t seed, std::uint32_t purpose, const std::uint64_t* chains,
               const std::uint64_t* blocks, std::uint32_t count, std::uint32_t* words);
};

/// Defined for every width of this build (lane_draws_lanes.cpp).
template <kernels::Simd kSimd>
LaneDraws lane_draws();

}  // namespace wend::test
