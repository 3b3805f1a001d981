// What several threads of the CPU engine find out is merged: none of them is forgotten.
#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <set>
#include <thread>

#include "host/elimination/engine.hpp"
#include "tests/support/class_targets.hpp"

namespace wend::test {
namespace {

/// Holds each thread that comes until `threads` of them are there.
class Gathering {
 public:
  explicit Gathering(std::size_t threads) : threads_(threads) {}
  void arrive() {
    std::unique_lock lock(mutex_);
    seen_.insert(std::this_thread::get_id());
    all_here_.notify_all();
    // The limit is there so that an engine with too few threads fails instead of hanging.
    all_here_.wait_for(lock, std::chrono::minutes(1), [&] { return seen_.size() >= threads_; });
  }
  [[nodiscard]] std::size_t seen() const { return seen_.size(); }

 private:
  std::size_t threads_;
  std::mutex mutex_;
  std::condition_variable all_here_;
  std::set<std::thread::id> seen_;
};

constexpr std::uint32_t kMembers = 16384;
constexpr std::uint32_t kLength = 128;  // work enough for three threads on three paths
constexpr double kKappa = 100;          // C is above the number of members: none can stand out

ClassMembers members() { return product_members({2, kLength, kMembers, 1}, 0.5, "test"); }

struct Survivors {
  std::vector<std::uint64_t> words;
  std::size_t threads;
};

/// Paths `first` .. `first` + `paths` - 1, the oracle being member 5 behind a gathering.
Survivors survivors_of(std::uint64_t first, std::uint64_t paths, unsigned threads) {
  ClassTarget target = class_target(members(), 5, kKappa);
  const auto masses = std::make_shared<ClassMembers>(members());
  Gathering gathering(threads);
  target.truth.reset();
  target.oracle =
      std::make_shared<TestOracle>([&](const std::uint32_t* symbols, std::uint32_t depth) {
        gathering.arrive();
        return log_prefix_mass(*masses, 5, symbols, depth);
      });
  const auto engine = make_cpu_class_engine(target, own_oracle(target), threads);
  std::vector<std::uint64_t> words(kernels::member_words(kMembers), ~std::uint64_t{0});
  const std::vector<std::uint64_t> alive = words;
  const kernels::ClassRound round{9,     kKappa,       2 * kKappa * kKappa,
                                  false, alive.data(), alive.data()};
  std::vector<kernels::ClassPath> asked;
  for (std::uint64_t i = 0; i < paths; ++i) asked.push_back({0, first + i, ~std::uint64_t{0}});
  std::vector<kernels::PathOutcome> outcomes(paths);
  std::vector<std::uint32_t> symbols(paths * kLength);
  engine->run(round, asked, outcomes, symbols, words);
  for (const kernels::PathOutcome& outcome : outcomes) {
    EXPECT_EQ(outcome.interior_queries, 0U);
    EXPECT_EQ(outcome.leaf_queries, 1U);
  }
  return {words, gathering.seen()};
}

std::vector<std::uint64_t> both(std::vector<std::uint64_t> a, const std::vector<std::uint64_t>& b) {
  for (std::size_t word = 0; word < a.size(); ++word) a[word] &= b[word];
  return a;
}

TEST(ClassThreads, EachOneEliminates) {
  // Every thread is held at its first leaf until all are there: one path each.
  const Survivors together = survivors_of(0, 3, 3);
  ASSERT_EQ(together.threads, 3U);
  const auto a = survivors_of(0, 1, 1).words;
  const auto b = survivors_of(1, 1, 1).words;
  const auto c = survivors_of(2, 1, 1).words;
  const auto all = both(a, both(b, c));
  // No two of the paths find what all three do, so that whichever thread is left out is missed.
  ASSERT_NE(both(a, b), all);
  ASSERT_NE(both(a, c), all);
  ASSERT_NE(both(b, c), all);
  EXPECT_EQ(together.words, all);
}

TEST(ClassThreads, EachOneEliminatesOnAllItsPaths) {
  const Survivors together = survivors_of(0, 9, 3);
  ASSERT_EQ(together.threads, 3U);
  EXPECT_EQ(together.words, survivors_of(0, 9, 1).words);
}

}  // namespace
}  // namespace wend::test
