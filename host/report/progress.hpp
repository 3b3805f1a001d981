#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>

#include "wend/sample.hpp"

namespace wend {

/// One line of at most 79 columns: a bar, the share, the count, the rate and the time to go.
/// `drawn` <= `requested`, requested >= 1, seconds >= 0 since the first was asked for.
std::string progress_line(std::uint64_t drawn, std::uint64_t requested, double seconds);

/// One line that says which call of an oracle has not returned. `stopping`: that the run has been
/// asked to end, and ends once it does.
std::string waiting_line(const OracleWait& wait, bool stopping);

/// A line on standard error that is redrawn at most ten times a second and erased at the end. Shows
/// nothing where standard error is no terminal, or one without escape sequences; is left out where
/// the terminal does not take it at once, and for good once it cannot be written at all.
class RunningLine {
 public:
  RunningLine();
  RunningLine(const RunningLine&) = delete;
  RunningLine& operator=(const RunningLine&) = delete;
  ~RunningLine();

  /// Whether there is anything to show it on.
  [[nodiscard]] bool is_shown() const { return columns_ > 0; }
  /// Shows text(), ASCII on one line, cut to the terminal's width, if it is time for it. Safe to
  /// call from several threads.
  void show(const std::function<std::string()>& text);
  /// Erases it, and calls `print` for lines that stay.
  void make_way(const std::function<void()>& print);
  /// Like show(), but only once nothing else was shown for most of a second.
  void show_if_idle(const std::function<std::string()>& text);

 private:
  using Clock = std::chrono::steady_clock;
  void show_after(std::chrono::milliseconds idle, const std::function<std::string()>& text);
  void write(const std::string& text);

  std::mutex mutex_;
  Clock::time_point shown_;  // if drawn_
  std::size_t columns_;      // 0: shows nothing
  int terminal_;             // standard error, opened once more so that writing never waits
  bool drawn_ = false;
};

}  // namespace wend
