#pragma once

#include <string>
#include <thread>

#include "host/base/stopwatch.hpp"
#include "host/report/progress.hpp"

namespace wend {

/// One line of at most 79 columns: what goes on, and for how long. seconds >= 0.
std::string elapsed_line(const std::string& what, double seconds);

/// Says on `line`, which must outlive it, how long something goes on that tells nothing of itself:
/// once a second, where nothing else was shown for a second, until it is destroyed. Its thread ends
/// with it.
class ElapsedLine {
 public:
  ElapsedLine(RunningLine& line, std::string what);

 private:
  void run(const std::stop_token& done);

  RunningLine& line_;
  const std::string what_;
  const Stopwatch watch_;
  std::jthread thread_;  // last: it reads the others
};

}  // namespace wend
