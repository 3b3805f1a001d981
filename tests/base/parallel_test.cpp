#include "host/base/parallel.hpp"

#include <gtest/gtest.h>
#include <pthread.h>

#include <atomic>
#include <stdexcept>
#include <vector>

namespace wend {
namespace {

// How often each of `count` numbers is worked on.
std::vector<int> visits(std::uint64_t count, std::uint64_t grain, unsigned threads) {
  std::vector<std::atomic<int>> seen(count);
  parallel_blocks(count, grain, threads, [&](std::uint64_t first, std::uint64_t last) {
    for (std::uint64_t i = first; i < last; ++i) ++seen[i];
  });
  return {seen.begin(), seen.end()};
}

TEST(ParallelBlocks, CoverEveryNumberOnce) {
  for (const std::uint64_t count : {0U, 1U, 7U, 1000U})
    for (const unsigned threads : {0U, 1U, 3U, 16U})
      EXPECT_EQ(visits(count, 2, threads), std::vector<int>(count, 1)) << count << ' ' << threads;
}

TEST(ParallelBlocks, PassOnAnException) {
  const auto fail = [](std::uint64_t first, std::uint64_t) {
    if (first > 0) throw std::runtime_error("a block failed");
  };
  EXPECT_THROW(parallel_blocks(100, 1, 4, fail), std::runtime_error);
}

#ifdef __GLIBC__
TEST(ParallelBlocks, RunWhereNoThreadCanBeStarted) {
  pthread_attr_t before;
  ASSERT_EQ(::pthread_getattr_default_np(&before), 0);
  pthread_attr_t huge;
  ASSERT_EQ(::pthread_attr_init(&huge), 0);
  // No address space has room for such a stack.
  ASSERT_EQ(::pthread_attr_setstacksize(&huge, std::size_t{1} << 60U), 0);
  ASSERT_EQ(::pthread_setattr_default_np(&huge), 0);
  const std::vector<int> seen = visits(100, 1, 4);
  ::pthread_setattr_default_np(&before);
  ::pthread_attr_destroy(&huge);
  ::pthread_attr_destroy(&before);
  EXPECT_EQ(seen, std::vector<int>(100, 1));
}
#endif

}  // namespace
}  // namespace wend
