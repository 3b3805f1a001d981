#include "python/src/watched_run.hpp"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>
#include <vector>

namespace wend::python {
namespace {

// Long enough to cost nothing, short enough for a person.
constexpr std::chrono::milliseconds kLook(50);

/// Threads that run callbacks; read and written with the GIL alone.
std::vector<unsigned long>& callback_threads() {
  static std::vector<unsigned long> threads;
  return threads;
}

/// The work, and the thread that does it.
class Work {
 public:
  explicit Work(const std::function<void(const std::atomic<bool>& stop, RunNews& news)>& work)
      : thread_([this, &work] {
          // Callbacks find a thread that Python knows, with what it keeps of threads.
          const nb::gil_scoped_acquire known;
          const nb::gil_scoped_release released;
          try {
            work(stop_, news_);
          } catch (...) {
            failure_ = std::current_exception();
          }
          const std::scoped_lock lock(mutex_);
          done_ = true;
          ended_.notify_one();
        }) {}
  Work(const Work&) = delete;
  Work& operator=(const Work&) = delete;
  ~Work() = default;

  void stop() { stop_ = true; }
  [[nodiscard]] bool stopping() const { return stop_; }
  [[nodiscard]] RunNews::Seen seen() const { return news_.seen(); }
  [[nodiscard]] bool wait() {
    std::unique_lock lock(mutex_);
    return ended_.wait_for(lock, kLook, [this] { return done_; });
  }
  [[nodiscard]] std::exception_ptr end() {
    thread_.join();
    return std::move(failure_);
  }

 private:
  std::atomic<bool> stop_{false};
  RunNews news_;
  std::mutex mutex_;
  std::condition_variable ended_;
  bool done_ = false;
  std::exception_ptr failure_;
  std::thread thread_;  // last: it uses the others
};

/// True if there was an interrupt. With the GIL.
bool interrupted() {
  if (PyErr_CheckSignals() == 0) return false;
  const bool keyboard = PyErr_ExceptionMatches(PyExc_KeyboardInterrupt) != 0;
  if (!keyboard) nb::raise_python_error();  // a handler of the user's own
  PyErr_Clear();
  return true;
}

void look(Work& work, const nb::object& tick) {
  if (interrupted()) {
    if (work.stopping())
      for (const unsigned long thread : callback_threads())
        PyThreadState_SetAsyncExc(thread, PyExc_KeyboardInterrupt);
    work.stop();
  }
  if (tick.is_none()) return;
  const RunNews::Seen seen = work.seen();
  tick(seen.done, seen.of, nb::str(seen.text.c_str(), seen.text.size()));
}

}  // namespace

void RunNews::count(std::uint64_t done, std::uint64_t of) {
  const std::scoped_lock lock(mutex_);
  seen_ = {done, of, {}};
}

void RunNews::say(std::string text) {
  const std::scoped_lock lock(mutex_);
  seen_.text = std::move(text);
}

RunNews::Seen RunNews::seen() const {
  const std::scoped_lock lock(mutex_);
  return seen_;
}

void run_watched(const nb::object& tick,
                 const std::function<void(const std::atomic<bool>& stop, RunNews& news)>& work) {
  std::exception_ptr of_looking;
  std::exception_ptr of_work;
  {
    const nb::gil_scoped_release released;
    Work running(work);
    while (!running.wait()) {
      const nb::gil_scoped_acquire acquired;
      if (of_looking) continue;
      try {
        look(running, tick);
      } catch (...) {
        of_looking = std::current_exception();
        running.stop();
      }
    }
    of_work = running.end();
  }
  if (of_looking) std::rethrow_exception(of_looking);
  if (of_work) std::rethrow_exception(of_work);
}

CallbackThread::CallbackThread() { callback_threads().push_back(PyThread_get_thread_ident()); }

CallbackThread::~CallbackThread() { std::erase(callback_threads(), PyThread_get_thread_ident()); }

}  // namespace wend::python
