#pragma once

#include <sys/types.h>

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

namespace wend {

/// parallel_blocks by threads that stay, for who works in rounds of well below a millisecond:
/// threads that are made for each take longer to begin. The calling thread works too and takes
/// whatever block no other has begun, so that it waits only for what is under way. Threads are made
/// when they are first needed. One call at a time.
class Workers {
 public:
  Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;
  ~Workers();

  using Work = std::function<void(std::uint64_t begin, std::uint64_t end)>;
  /// See parallel_blocks.
  void blocks(std::uint64_t count, std::uint64_t grain, unsigned threads, const Work& work);

 private:
  void add_threads(std::uint64_t wanted);
  void serve(const std::stop_token& stop);
  void work_on(std::unique_lock<std::mutex>& lock);

  pid_t process_;  // whose threads these are
  std::mutex mutex_;
  std::condition_variable_any begun_;
  std::condition_variable ended_;
  // Of the call under way; the blocks from `next_` on no one has begun.
  const Work* work_ = nullptr;
  std::uint64_t count_ = 0;
  std::uint64_t blocks_ = 0;
  std::uint64_t next_ = 0;
  std::uint64_t finished_ = 0;
  std::exception_ptr failure_;
  std::vector<std::jthread> threads_;  // the last, so that they end first
};

}  // namespace wend
