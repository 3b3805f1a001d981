#include "host/base/workers.hpp"

#include <unistd.h>

#include <condition_variable>
#include <exception>
#include <mutex>
#include <stop_token>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "host/base/parallel.hpp"

namespace wend {

/// The threads and what they work on.
class Workers::Crew {
 public:
  void blocks(const BlockSplit& split, const Work& work) {
    add_threads(split.blocks - 1);
    std::unique_lock lock(mutex_);
    work_ = &work;
    split_ = split;
    next_ = 0;
    finished_ = 0;
    begun_.notify_all();
    work_on(lock);
    ended_.wait(lock, [&] { return finished_ == split_.blocks; });
    if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
  }

 private:
  void add_threads(std::uint64_t wanted) {
    try {
      while (threads_.size() < wanted)
        threads_.emplace_back([this](const std::stop_token& stop) { serve(stop); });
    } catch (const std::system_error&) {  // no more threads
    }
  }

  void serve(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (begun_.wait(lock, stop, [&] { return next_ < split_.blocks; })) work_on(lock);
  }

  // Takes blocks for as long as there are some; holds the lock but for the work.
  void work_on(std::unique_lock<std::mutex>& lock) {
    while (next_ < split_.blocks) {
      const std::uint64_t block = next_++;
      const Work& work = *work_;
      const BlockSplit split = split_;
      lock.unlock();
      std::exception_ptr failure;
      try {
        work(split.begin(block), split.begin(block + 1));
      } catch (...) {
        failure = std::current_exception();
      }
      lock.lock();
      if (failure && !failure_) failure_ = failure;
      if (++finished_ == split.blocks) ended_.notify_all();
    }
  }

  std::mutex mutex_;
  std::condition_variable_any begun_;
  std::condition_variable ended_;
  // Of the call under way; the blocks from `next_` on no one has begun.
  const Work* work_ = nullptr;
  BlockSplit split_;
  std::uint64_t next_ = 0;
  std::uint64_t finished_ = 0;
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
