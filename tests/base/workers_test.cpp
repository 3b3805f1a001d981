#include "host/base/workers.hpp"

#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>
#include <vector>

namespace wend {
namespace {

// How often each of `count` numbers is worked on.
std::vector<int> visits(Workers& workers, std::uint64_t count, unsigned threads) {
  std::vector<std::atomic<int>> seen(count);
  workers.blocks(count, 2, threads, [&](std::uint64_t first, std::uint64_t last) {
    for (std::uint64_t i = first; i < last; ++i) ++seen[i];
  });
  return {seen.begin(), seen.end()};
}

TEST(Workers, CoverEveryNumberOnceCallAfterCall) {
  Workers workers;
  for (int repeat = 0; repeat < 300; ++repeat)
    for (const std::uint64_t count : {0U, 1U, 7U, 100U})
      for (const unsigned threads : {0U, 1U, 3U, 5U})
        ASSERT_EQ(visits(workers, count, threads), std::vector<int>(count, 1))
            << count << ' ' << threads;
}

TEST(Workers, FallAsleepAndWakeUp) {
  Workers workers;
  EXPECT_FALSE(workers.awake());  // there are none
  for (int repeat = 0; repeat < 50; ++repeat) {
    ASSERT_EQ(visits(workers, 100, 4), std::vector<int>(100, 1));
    while (workers.awake()) std::this_thread::sleep_for(std::chrono::microseconds(50));
  }
}

TEST(Workers, PassOnAnExceptionAndGoOn) {
  Workers workers;
  for (int repeat = 0; repeat < 10; ++repeat) {
    const auto fail = [](std::uint64_t first, std::uint64_t) {
      if (first > 0) throw std::runtime_error("a block failed");
    };
    EXPECT_THROW(workers.blocks(100, 1, 4, fail), std::runtime_error);
    EXPECT_EQ(visits(workers, 50, 4), std::vector<int>(50, 1));
  }
}

// The child has no threads but the one that forked, and its copy of the workers ends: whether they
// slept when it was made or not.
void fork_off(bool asleep) {
  auto* workers = new Workers;
  EXPECT_EQ(visits(*workers, 100, 4), std::vector<int>(100, 1));
  while (asleep && workers->awake()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    ::alarm(20);
    bool right = !workers->awake();
    for (int repeat = 0; repeat < 3; ++repeat)
      right = right && visits(*workers, 100, 4) == std::vector<int>(100, 1);
    delete workers;
    ::_exit(right ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  delete workers;
}

TEST(Workers, WorkInAProcessThatWasForkedOff) {
  fork_off(true);
  fork_off(false);
}

#ifdef __GLIBC__
TEST(Workers, WorkWhereNoThreadCanBeStarted) {
  pthread_attr_t before;
  ASSERT_EQ(::pthread_getattr_default_np(&before), 0);
  pthread_attr_t huge;
  ASSERT_EQ(::pthread_attr_init(&huge), 0);
  // No address space has room for such a stack.
  ASSERT_EQ(::pthread_attr_setstacksize(&huge, std::size_t{1} << 60U), 0);
  ASSERT_EQ(::pthread_setattr_default_np(&huge), 0);
  Workers workers;
  const std::vector<int> seen = visits(workers, 100, 4);
  EXPECT_FALSE(workers.awake());
  ::pthread_setattr_default_np(&before);
  ::pthread_attr_destroy(&huge);
  ::pthread_attr_destroy(&before);
  EXPECT_EQ(seen, std::vector<int>(100, 1));
}
#endif

}  // namespace
}  // namespace wend
