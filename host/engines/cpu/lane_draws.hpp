#pragma once

#include <cstdint>
#include <vector>

namespace wend {

/// Widest set of lanes that there is.
constexpr std::uint32_t kMostLanes = 16;

/// The vectorised generator of one lane width, on its own: what the walks of that width draw.
struct LaneDraws {
  const char* name;  ///< "avx2", "avx512"
  std::uint32_t width;
  bool (*supported)();
  /// Draws `count` blocks for every lane, lane l's being blocks[l], blocks[l] + 1, .. (< 2^56) of
  /// the stream (purpose, chains[l]); word w of a lane's block b is at
  /// words[(4 * b + w) * width + l].
  void (*draw)(std::uint64_t seed, std::uint32_t purpose, const std::uint64_t* chains,
               const std::uint64_t* blocks, std::uint32_t count, std::uint32_t* words);
};

/// The lane widths that this build has, whether or not this CPU has them.
std::vector<LaneDraws> lane_draws();

}  // namespace wend
