#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "host/engines/lockstep/store.hpp"
#include "kernels/random/prefix_noise.hpp"

namespace wend {

/// Hashes of the prefixes where chains wait. Each is made of its parent's, which is kept: a chain
/// that waits below a node has waited at that one before, and since then at no other of its depth.
class PrefixHashes {
 public:
  PrefixHashes(std::uint64_t chains, std::uint32_t horizon)
      : horizon_(horizon), hashes_(chains * horizon), right_(chains, 0) {}

  /// Has what of() will look at brought near.
  void prefetch(const WaitingChain& chain) const {
    __builtin_prefetch(&hashes_[std::uint64_t{chain.chain} * horizon_ + chain.depth]);
  }

  /// The chain waits: what was kept of its path from there on is of another one. O(1).
  void stand(const WaitingChain& chain) {
    right_[chain.chain] = std::min(right_[chain.chain], chain.depth);
  }
  /// Of where the chain stands. O(1) where its parent's is there, else O(depth).
  std::uint64_t of(const WaitingChain& chain) {
    std::uint64_t* hashes = hashes_.data() + std::uint64_t{chain.chain} * horizon_;
    for (std::uint32_t h = right_[chain.chain]; h <= chain.depth; ++h)
      hashes[h] = h == 0 ? 0 : kernels::extend_prefix(hashes[h - 1], chain.prefix[h - 1]);
    right_[chain.chain] = chain.depth + 1;
    return hashes[chain.depth];
  }
  /// The chains stand elsewhere now.
  void forget() { std::ranges::fill(right_, 0U); }

 private:
  std::uint32_t horizon_;
  std::vector<std::uint64_t> hashes_;  // [chain][H]
  std::vector<std::uint32_t> right_;   // a chain: of its hashes, from the root's on
};

}  // namespace wend
