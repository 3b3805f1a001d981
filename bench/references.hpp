#pragma once

#include <cstdint>

namespace wend::bench {

/// What a walk's speed is held against, on one thread, vectorised for the widest lanes of this CPU.
struct References {
  const char* lanes;  ///< "avx512", "avx2"
  /// Philox alone: draws `groups` x 4 words for each of `chains` chains, a multiple of 32; returns
  /// the xor of them.
  std::uint32_t (*philox)(std::uint64_t seed, std::uint32_t chains, std::uint32_t groups);
  /// A gather alone: loads `vectors` x lanes pairs of words at random of the table's `pairs`, with
  /// or without asking for each some time before; returns the xor of them.
  std::uint32_t (*gather)(const std::uint32_t* words, std::uint32_t pairs, std::uint64_t vectors,
                          bool prefetch);
  std::uint32_t width;
};

/// nullptr where this CPU has neither AVX2 nor AVX-512.
const References* references();

std::uint32_t philox_avx2(std::uint64_t seed, std::uint32_t chains, std::uint32_t groups);
std::uint32_t philox_avx512(std::uint64_t seed, std::uint32_t chains, std::uint32_t groups);
std::uint32_t gather_avx2(const std::uint32_t* words, std::uint32_t pairs, std::uint64_t vectors,
                          bool prefetch);
std::uint32_t gather_avx512(const std::uint32_t* words, std::uint32_t pairs, std::uint64_t vectors,
                            bool prefetch);

}  // namespace wend::bench
