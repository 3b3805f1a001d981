#pragma once

#include <nanobind/nanobind.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "python/src/instance.hpp"

namespace wend::python {

namespace nb = nanobind;

/// What a run says of itself while it lasts.
class RunNews {
 public:
  void count(std::uint64_t done, std::uint64_t of);
  void say(std::string text);

  struct Seen {
    std::uint64_t done = 0;
    std::uint64_t of = 0;
    std::string text;
  };
  [[nodiscard]] Seen seen() const;

 private:
  mutable std::mutex mutex_;
  Seen seen_;
};

/// Runs `work` of an instance on a thread of its own, without the GIL, and waits. An interrupt
/// (Ctrl-C) sets `stop`, as do the exit of the interpreter, and an exception of `tick` or of a
/// signal's handler, which is thrown once the work has ended; a further interrupt also breaks the
/// instance's callbacks that are under way. `tick` is called several times a second, on the
/// caller's thread, as tick(done, of, text), unless it is None. Throws what `work` throws.
void run_watched(const PyInstance& instance, const nb::object& tick,
                 const std::function<void(const std::atomic<bool>& stop, RunNews& news)>& work);

/// The same, for work with a result.
template <class Result>
Result watched(const PyInstance& instance, const nb::object& tick,
               const std::function<Result(const std::atomic<bool>& stop, RunNews& news)>& work) {
  std::optional<Result> result;
  run_watched(instance, tick, [&](const std::atomic<bool>& stop, RunNews& news) {
    result.emplace(work(stop, news));
  });
  return std::move(*result);
}

/// Marks the current thread, which has the GIL, as one that runs one of these callbacks.
class CallbackThread {
 public:
  explicit CallbackThread(const Callbacks* callbacks);
  CallbackThread(const CallbackThread&) = delete;
  CallbackThread& operator=(const CallbackThread&) = delete;
  ~CallbackThread();
};

/// What the interpreter is to do at its exit: end all runs, which are on daemon threads by then.
void end_runs();

}  // namespace wend::python
