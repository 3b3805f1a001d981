#include "host/base/time_limit.hpp"

#include <algorithm>
#include <chrono>

#include "host/base/stopwatch.hpp"

namespace wend {

TimeLimit::TimeLimit(double seconds, const std::atomic<bool>& stop)
    : stop_(stop), thread_([this, seconds] { wait(seconds); }) {}

TimeLimit::~TimeLimit() {
  {
    const std::scoped_lock lock(mutex_);
    done_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void TimeLimit::wait(double seconds) {
  constexpr double kLook = 0.02;  // from one look at `stop` to the next
  const Stopwatch watch;
  std::unique_lock lock(mutex_);
  while (!done_ && !stop_) {
    const double left = seconds - watch.seconds();
    if (left <= 0) break;
    wake_.wait_for(lock, std::chrono::duration<double>(std::min(left, kLook)));
  }
  reached_ = true;
}

}  // namespace wend
