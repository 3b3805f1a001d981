#include "host/base/parallel.hpp"

#include <algorithm>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace wend {

unsigned resolve_threads(unsigned threads) {
  // Read from a file each time that it is asked for, which takes as long as a round of walking.
  static const unsigned cores = std::max(1U, std::thread::hardware_concurrency());
  return threads != 0 ? threads : cores;
}

BlockSplit split_blocks(std::uint64_t count, std::uint64_t grain, unsigned threads) {
  return {count, std::clamp<std::uint64_t>(count / std::max<std::uint64_t>(grain, 1), 1,
                                           resolve_threads(threads))};
}

void parallel_blocks(std::uint64_t count, std::uint64_t grain, unsigned threads,
                     const std::function<void(std::uint64_t, std::uint64_t)>& work) {
  if (count == 0) return;
  const BlockSplit split = split_blocks(count, grain, threads);
  if (split.blocks == 1) {
    work(0, count);
    return;
  }
  std::mutex mutex;
  std::exception_ptr failure;
  std::vector<std::jthread> pool;
  for (std::uint64_t block = 0; block < split.blocks; ++block) {
    const auto run_block = [&, block] {
      try {
        work(split.begin(block), split.begin(block + 1));
      } catch (...) {
        const std::scoped_lock lock(mutex);
        if (!failure) failure = std::current_exception();
      }
    };
    try {
      pool.emplace_back(run_block);
    } catch (const std::system_error&) {  // no more threads
      run_block();
    }
  }
  pool.clear();  // joins
  if (failure) std::rethrow_exception(failure);
}

}  // namespace wend
