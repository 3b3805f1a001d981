#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>

namespace wend {

/// One line of at most 79 columns: a bar, the share, the count, the rate and the time to go.
/// `drawn` <= `requested`, requested >= 1, seconds >= 0 since the first was asked for.
std::string progress_line(std::uint64_t drawn, std::uint64_t requested, double seconds);

/// A line on standard error that is redrawn at most ten times a second and erased at the end.
class RunningLine {
 public:
  RunningLine() = default;
  RunningLine(const RunningLine&) = delete;
  RunningLine& operator=(const RunningLine&) = delete;
  ~RunningLine();

  /// Shows text(), of at most 79 columns, if it is time for it. Safe to call from several threads.
  void show(const std::function<std::string()>& text);

 private:
  using Clock = std::chrono::steady_clock;
  std::mutex mutex_;
  Clock::time_point next_ = Clock::now();
  bool shown_ = false;
};

}  // namespace wend
