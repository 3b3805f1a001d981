#pragma once

#include <chrono>

namespace wend {

/// Splits time into laps, each beginning where the one before ended.
class Laps {
 public:
  /// Seconds since the last lap, or since this was made. Reads the clock once.
  double next() {
    const Clock::time_point now = Clock::now();
    const double seconds = std::chrono::duration<double>(now - last_).count();
    last_ = now;
    return seconds;
  }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point last_ = Clock::now();
};

}  // namespace wend
