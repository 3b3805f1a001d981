#pragma once

#include <cstdint>
#include <functional>

namespace wend {

/// Calls `work(begin, end)` for consecutive blocks that cover 0..count-1, on `threads` threads
/// (0: one a core), and waits. The first exception is rethrown. Blocks have at least `grain`
/// elements, so that small counts run on the calling thread alone.
void parallel_blocks(std::uint64_t count, std::uint64_t grain, unsigned threads,
                     const std::function<void(std::uint64_t begin, std::uint64_t end)>& work);

}  // namespace wend
