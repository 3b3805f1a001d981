#pragma once

#include <cstdint>
#include <optional>

#include "host/base/simd.hpp"

namespace wend::bench {

/// What a walk's speed is held against, on one thread, vectorised for the widest lanes of this CPU.
struct References {
  Simd lanes;
  /// Philox alone: draws `groups` x 4 words for each of `chains` chains, a multiple of 32; returns
  /// the xor of them.
  std::uint32_t (*philox)(std::uint64_t seed, std::uint32_t chains, std::uint32_t groups);
  /// A gather alone: loads `vectors` x lanes pairs of words at random of the table's `pairs`, with
  /// or without asking for each some time before; returns the xor of them.
  std::uint32_t (*gather)(const std::uint32_t* words, std::uint32_t pairs, std::uint64_t vectors,
                          bool prefetch);
  std::uint32_t width;
};

/// Of the widest lanes of this CPU; none where it has none.
std::optional<References> references();

/// Of the lanes of a width (reference_lanes.cpp).
template <kernels::Simd kSimd>
References references_of();

}  // namespace wend::bench
