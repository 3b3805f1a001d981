#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>

namespace wend {

/// One line of at most 79 columns: a bar, the share, the count, the rate and the time to go.
/// `drawn` <= `requested`, requested >= 1, seconds >= 0 since the first was asked for.
std::string progress_line(std::uint64_t drawn, std::uint64_t requested, double seconds);

/// A line on standard error that is redrawn at most ten times a second and erased at the end.
class ProgressBar {
 public:
  ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;
  ~ProgressBar();

  /// Safe to call from several threads.
  void update(std::uint64_t drawn, std::uint64_t requested);

 private:
  using Clock = std::chrono::steady_clock;
  std::mutex mutex_;
  Clock::time_point started_;
  Clock::time_point next_;
  bool shown_ = false;
};

}  // namespace wend
