#pragma once

#include <cstdint>

#include "kernels/platform.hpp"

namespace wend::kernels {

/// Philox4x32-10 (Salmon et al. 2011) for all lanes at once, lane by lane the words of draw_block
/// (philox.hpp). A lane's 64-bit counter words are kept apart by the parity of the lane, so that
/// the 32x32-bit products need no shuffles: lane l is element l/2 of its parity's half.
template <class Lanes>
class PhiloxLanes {
 public:
  using U32 = typename Lanes::U32;
  using U64 = typename Lanes::U64;
  static constexpr std::uint32_t kHalf = Lanes::kWidth / 2;

  /// The ten round keys of a seed.
  struct Keys {
    std::uint32_t low[10];
    std::uint32_t high[10];
  };
  static WEND_HD Keys make_keys(std::uint64_t seed) {
    Keys keys;
    for (std::uint32_t round = 0; round < 10; ++round) {
      keys.low[round] = static_cast<std::uint32_t>(seed) + round * 0x9E3779B9U;
      keys.high[round] = static_cast<std::uint32_t>(seed >> 32U) + round * 0xBB67AE85U;
    }
    return keys;
  }

  /// Points lane `lane` at block `block` (< 2^56) of the stream (purpose, chain).
  WEND_HD void set(std::uint32_t lane, std::uint32_t purpose, std::uint64_t chain,
                   std::uint64_t block) {
    const std::uint32_t at = (lane & 1) * kHalf + (lane >> 1);
    block_[at] = block | static_cast<std::uint64_t>(purpose) << 56U;
    chain_[at] = chain;
  }
  /// Points every lane at a block of a stream of its own.
  WEND_HD void set(std::uint32_t purpose, const std::uint64_t* chains,
                   const std::uint64_t* blocks) {
    const std::uint64_t top = static_cast<std::uint64_t>(purpose) << 56U;
    for (std::uint32_t i = 0; i < kHalf; ++i) block_[i] = blocks[2 * i] | top;
    for (std::uint32_t i = 0; i < kHalf; ++i) block_[kHalf + i] = blocks[2 * i + 1] | top;
    for (std::uint32_t i = 0; i < kHalf; ++i) chain_[i] = chains[2 * i];
    for (std::uint32_t i = 0; i < kHalf; ++i) chain_[kHalf + i] = chains[2 * i + 1];
  }
  /// The block that the next call of draw() gives this lane.
  [[nodiscard]] WEND_HD std::uint64_t block(std::uint32_t lane) const {
    return block_[(lane & 1) * kHalf + (lane >> 1)] & 0xFFFFFFFFFFFFFFULL;
  }

  /// The four words of every lane's block, for kCount vectors at once (two keep the pipelines of
  /// AVX-512 busy, one those of AVX2): words[i] are those of *vectors[i]. Goes on to the next
  /// block.
  template <std::uint32_t kCount>
  static WEND_HD void draw(const Keys& keys, PhiloxLanes* const (&vectors)[kCount],
                           U32 (*words)[4]) {
    U64 halves[2 * kCount][4];
    for (std::uint32_t i = 0; i < 2 * kCount; ++i) vectors[i / 2]->load((i % 2) * kHalf, halves[i]);
#pragma GCC unroll 10
    for (std::uint32_t round = 0; round < 10; ++round) {
#pragma GCC unroll 4
      for (std::uint32_t i = 0; i < 2 * kCount; ++i)
        mix(halves[i], keys.low[round], keys.high[round]);
    }
    for (std::uint32_t i = 0; i < kCount; ++i)
      for (std::uint32_t word = 0; word < 4; ++word)
        words[i][word] = merge_words(halves[2 * i][word], halves[2 * i + 1][word]);
  }

 private:
  WEND_HD void load(std::uint32_t half, U64 counter[4]) {
    counter[0] = load_words(block_ + half, U64());
    counter[1] = high_words(counter[0]);
    counter[2] = load_words(chain_ + half, U64());
    counter[3] = high_words(counter[2]);
    store_words(block_ + half, add_words(counter[0], 1));
  }

  static WEND_HD void mix(U64 counter[4], std::uint32_t low_key, std::uint32_t high_key) {
    const U64 first = multiply_words(counter[0], 0xD2511F53U);
    const U64 second = multiply_words(counter[2], 0xCD9E8D57U);
    counter[0] = xor_words(high_words(second), counter[1], low_key);
    counter[1] = second;
    counter[2] = xor_words(high_words(first), counter[3], high_key);
    counter[3] = first;
  }

  alignas(64) std::uint64_t block_[Lanes::kWidth] = {};  ///< with the purpose in the top byte
  alignas(64) std::uint64_t chain_[Lanes::kWidth] = {};
};

}  // namespace wend::kernels
