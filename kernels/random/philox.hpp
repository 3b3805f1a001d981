#pragma once

#if defined(__CUDA_ARCH__)
// Random123 multiplies in 64 bits by default, from which nvcc 13 makes three instructions; from
// these two halves it makes one.
#define R123_USE_64BIT 0
#define R123_USE_MULHILO32_MULHI_INTRIN 1
#define R123_MULHILO32_MULHI_INTRIN __umulhi
#endif
#include <Random123/philox.h>

#include <cstdint>

#include "kernels/platform.hpp"

// Draw number `step` of a chain is word step % 4 of Philox4x32-10 at the counter
// {block low, block high | purpose << 24, chain low, chain high}, block = step / 4 < 2^56, under
// the key {seed low, seed high}. So a draw depends on (seed, purpose, chain, step) alone.
namespace wend::kernels {

/// Streams of one seed that never meet.
enum Purpose : std::uint32_t {
  kPurposeWalk = 0,       ///< the draws of a run
  kPurposePilot = 1,      ///< the tours of a pilot run
  kPurposeNoise = 2,      ///< the noise of an estimate: chain = node's layer, step = node's index
  kPurposeClass = 3,      ///< the paths of class-elimination
  kPurposeReplicate = 4,  ///< each replicate's own truth and noise seed
  kPurposeFamily = 5,     ///< the members of a generated class: chain = member
  kPurposeTours = 6,      ///< the tours that means are estimated from
  kPurposeScouts = 7,     ///< the walks that an estimate is trained by: block = step
  kPurposeChoice = 24,    ///< the tours that an algorithm is chosen by
  kPurposeBaseline = 16   ///< the draws of a baseline: block = step
};

struct DrawBlock {
  std::uint32_t word[4];
};

WEND_HD DrawBlock draw_block(std::uint64_t seed, std::uint32_t purpose, std::uint64_t chain,
                             std::uint64_t block) {
  r123::Philox4x32 philox;
  const r123::Philox4x32::ctr_type counter = {
      {static_cast<std::uint32_t>(block), static_cast<std::uint32_t>(block >> 32U) | purpose << 24U,
       static_cast<std::uint32_t>(chain), static_cast<std::uint32_t>(chain >> 32U)}};
  const r123::Philox4x32::key_type key = {
      {static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32U)}};
  const r123::Philox4x32::ctr_type words = philox(counter, key);
  return {{words[0], words[1], words[2], words[3]}};
}

}  // namespace wend::kernels
