#pragma once

#include <atomic>

namespace wend {

/// While it lives, the first SIGINT or SIGTERM sets a flag in place of ending the process; a second
/// one ends it. One at a time in a process.
class StopOnSignal {
 public:
  StopOnSignal();
  StopOnSignal(const StopOnSignal&) = delete;
  StopOnSignal& operator=(const StopOnSignal&) = delete;
  ~StopOnSignal();

  [[nodiscard]] static const std::atomic<bool>& stopped();
};

}  // namespace wend
