#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace wend {

/// A flag that a thread of its own sets once so many seconds have passed, or soon after `stop` is
/// set, which must outlive it.
class TimeLimit {
 public:
  TimeLimit(double seconds, const std::atomic<bool>& stop);
  TimeLimit(const TimeLimit&) = delete;
  TimeLimit& operator=(const TimeLimit&) = delete;
  ~TimeLimit();

  [[nodiscard]] const std::atomic<bool>& reached() const { return reached_; }

 private:
  void wait(double seconds);

  const std::atomic<bool>& stop_;
  std::atomic<bool> reached_{false};
  std::mutex mutex_;
  std::condition_variable wake_;
  bool done_ = false;
  std::thread thread_;
};

}  // namespace wend
