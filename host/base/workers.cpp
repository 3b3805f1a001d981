#include "host/base/workers.hpp"

#include <unistd.h>

#include <algorithm>
#include <system_error>
#include <utility>

namespace wend {

Workers::Workers() : process_(::getpid()) {}

Workers::~Workers() {
  if (::getpid() == process_) return;
  // A process that was forked off has copies of threads that do not run.
  for (std::jthread& thread : threads_) thread.detach();
}

void Workers::blocks(std::uint64_t count, std::uint64_t grain, unsigned threads, const Work& work) {
  if (count == 0) return;
  const std::uint64_t wanted =
      threads == 0 ? std::max(1U, std::thread::hardware_concurrency()) : threads;
  const std::uint64_t blocks =
      std::clamp<std::uint64_t>(count / std::max<std::uint64_t>(grain, 1), 1, wanted);
  if (blocks == 1) {
    work(0, count);
    return;
  }
  add_threads(blocks - 1);
  std::unique_lock lock(mutex_);
  work_ = &work;
  count_ = count;
  blocks_ = blocks;
  next_ = 0;
  finished_ = 0;
  begun_.notify_all();
  work_on(lock);
  ended_.wait(lock, [&] { return finished_ == blocks_; });
  if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
}

void Workers::add_threads(std::uint64_t wanted) {
  try {
    while (threads_.size() < wanted)
      threads_.emplace_back([this](const std::stop_token& stop) { serve(stop); });
  } catch (const std::system_error&) {  // no more threads
  }
}

void Workers::serve(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (begun_.wait(lock, stop, [&] { return next_ < blocks_; })) work_on(lock);
}

// Takes blocks for as long as there are some; holds the lock but for the work.
void Workers::work_on(std::unique_lock<std::mutex>& lock) {
  while (next_ < blocks_) {
    const std::uint64_t block = next_++;
    const std::uint64_t each = count_ / blocks_;
    const std::uint64_t more = count_ % blocks_;
    const Work& work = *work_;
    lock.unlock();
    std::exception_ptr failure;
    try {
      work(each * block + std::min(block, more), each * (block + 1) + std::min(block + 1, more));
    } catch (...) {
      failure = std::current_exception();
    }
    lock.lock();
    if (failure && !failure_) failure_ = failure;
    if (++finished_ == blocks_) ended_.notify_all();
  }
}

}  // namespace wend
