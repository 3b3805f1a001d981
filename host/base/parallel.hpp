#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>

namespace wend {

/// threads, or one a core for 0.
unsigned resolve_threads(unsigned threads);

/// 0..count-1 in consecutive blocks of nearly one size, the i-th from begin(i) to begin(i + 1).
struct BlockSplit {
  std::uint64_t count = 0;
  std::uint64_t blocks = 0;

  [[nodiscard]] std::uint64_t begin(std::uint64_t block) const {
    return count / blocks * block + std::min(block, count % blocks);
  }
};
/// One block a thread (0: one a core), at least one, each of at least `grain` elements.
BlockSplit split_blocks(std::uint64_t count, std::uint64_t grain, unsigned threads);

/// Calls `work(begin, end)` for consecutive blocks that cover 0..count-1, on `threads` threads
/// (0: one a core), and waits. The first exception is rethrown. Blocks have at least `grain`
/// elements, so that small counts run on the calling thread alone.
void parallel_blocks(std::uint64_t count, std::uint64_t grain, unsigned threads,
                     const std::function<void(std::uint64_t begin, std::uint64_t end)>& work);

}  // namespace wend
