#include "host/base/workers.hpp"

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "host/base/parallel.hpp"

namespace wend {
namespace {

// A thread that sleeps takes some 10 us to wake, on a virtual machine several times that, and the
// rounds that it is needed for have pauses no longer: it looks for work for a while before it
// sleeps.
constexpr std::chrono::microseconds kLooks{50};

void pause_briefly() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

template <class Done>
void look_for(const Done& done) {
  using Clock = std::chrono::steady_clock;
  const Clock::time_point end = Clock::now() + kLooks;
  while (!done() && Clock::now() < end)
    for (int i = 0; i < 8 && !done(); ++i) pause_briefly();
}

}  // namespace

/// The threads and what they work on. Nobody waits for a lock, but for failures: where threads
/// change hands every few microseconds, a thread that meets one that is held would sleep.
class Workers::Crew {
 public:
  Crew() = default;
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;
  ~Crew() {
    ended_ = true;
    ++calls_;
    calls_.notify_all();
  }

  void blocks(const BlockSplit& split, const Work& work) {
    add_threads(split.blocks - 1);
    work_ = &work;
    split_ = split;
    finished_ = 0;
    left_ = split.blocks;
    ++calls_;
    calls_.notify_all();
    work_on();
    if (each_has_a_core_) look_for([&] { return finished_ == split.blocks; });
    for (std::uint32_t now = finished_; now != split.blocks; now = finished_) finished_.wait(now);
    if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
  }

  [[nodiscard]] bool awake() const { return !threads_.empty() && asleep_ == 0; }

 private:
  void add_threads(std::uint64_t wanted) {
    try {
      while (threads_.size() < wanted) threads_.emplace_back([this] { serve(); });
    } catch (const std::system_error&) {  // no more threads
    }
    each_has_a_core_ = threads_.size() < resolve_threads(0);
  }

  void serve() {
    while (true) {
      const std::uint32_t calls = calls_;
      if (ended_) return;
      work_on();
      if (each_has_a_core_) look_for([&] { return calls_ != calls; });
      ++asleep_;
      calls_.wait(calls);
      --asleep_;
    }
  }

  // Takes blocks for as long as there are some. Whoever has taken one has it of the call under way,
  // which does not end before that block does.
  void work_on() {
    std::uint64_t left = left_;
    while (left != 0) {
      if (!left_.compare_exchange_weak(left, left - 1)) continue;
      const std::uint64_t blocks = split_.blocks;
      const std::uint64_t block = blocks - left;
      try {
        (*work_)(split_.begin(block), split_.begin(block + 1));
      } catch (...) {
        const std::scoped_lock lock(failing_);
        if (!failure_) failure_ = std::current_exception();
      }
      if (++finished_ == blocks) finished_.notify_all();
      left = left_;
    }
  }

  std::atomic<std::uint32_t> calls_ = 0;
  std::atomic<std::uint32_t> asleep_ = 0;  // threads, or soon
  std::atomic<bool> ended_ = false;
  std::atomic<bool> each_has_a_core_ = false;
  // Of the call under way.
  const Work* work_ = nullptr;
  BlockSplit split_;
  std::atomic<std::uint64_t> left_ = 0;  // blocks that no one has begun, the last ones
  std::atomic<std::uint32_t> finished_ = 0;
  std::mutex failing_;
  std::exception_ptr failure_;
  std::vector<std::jthread> threads_;  // the last, so that they end first
};

Workers::Workers() = default;

Workers::~Workers() { leave_behind(); }

// A process that was forked off has copies of threads that do not run: neither can they be joined,
// nor what they wait for be destroyed.
void Workers::leave_behind() {
  if (crew_ && process_ != ::getpid()) static_cast<void>(crew_.release());
}

bool Workers::awake() const { return crew_ && process_ == ::getpid() && crew_->awake(); }

void Workers::blocks(std::uint64_t count, std::uint64_t grain, unsigned threads, const Work& work) {
  if (count == 0) return;
  const BlockSplit split = split_blocks(count, grain, threads);
  if (split.blocks == 1) {
    work(0, count);
    return;
  }
  leave_behind();
  if (!crew_) {
    crew_ = std::make_unique<Crew>();
    process_ = ::getpid();
  }
  crew_->blocks(split, work);
}

}  // namespace wend
