#pragma once

#include <cstdint>
#include <span>

#include "host/base/simd.hpp"
#include "kernels/walk/chain_arrays.hpp"

namespace wend {

/// The next draws of some chains, of several whole blocks each: made together, since a generator
/// in lanes takes a fraction of the time.
struct DrawTile {
  static constexpr std::uint32_t kChains = 16;
  static constexpr std::uint32_t kDraws = 8;  // most chains use some three
  alignas(64) std::uint32_t words[kDraws][kChains];
  std::uint64_t streams[kChains];  ///< a chain's
  std::uint64_t blocks[kChains];   ///< a chain's first one

  /// The draws from where the chains stand on, at most kChains of them.
  void fill(const kernels::RunLimits& limits, std::span<const std::uint32_t> chains,
            const std::uint64_t* steps, Simd simd);
};

/// Defined where its width is compiled: the words of the first `count` chains.
template <Simd kSimd>
void fill_lanes(DrawTile& tile, std::uint64_t seed, std::uint32_t purpose, std::uint32_t count);

}  // namespace wend
