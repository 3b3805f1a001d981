#include "host/report/elapsed_line.hpp"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <utility>

#include "host/base/number_text.hpp"

namespace wend {

std::string elapsed_line(const std::string& what, double seconds) {
  return what + ", " + clock_time(seconds);
}

ElapsedLine::ElapsedLine(RunningLine& line, std::string what)
    : line_(line),
      what_(std::move(what)),
      thread_([this](const std::stop_token& done) { run(done); }) {}

void ElapsedLine::run(const std::stop_token& done) {
  constexpr std::chrono::seconds kTick{1};
  std::mutex mutex;
  std::condition_variable_any tick;
  std::unique_lock lock(mutex);
  while (!done.stop_requested()) {
    tick.wait_for(lock, done, kTick, [] { return false; });
    if (!done.stop_requested())
      line_.show_if_idle([&] { return elapsed_line(what_, watch_.seconds()); });
  }
}

}  // namespace wend
