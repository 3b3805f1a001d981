#include "python/src/watched_run.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <thread>
#include <utility>
#include <vector>

namespace wend::python {
namespace {

// Long enough to cost nothing, short enough for a person.
constexpr std::chrono::milliseconds kLook(50);

/// A thread that runs a callback, and of which instance; looked at with the GIL alone.
struct CallbackCall {
  unsigned long thread;
  const Callbacks* callbacks;
};
std::vector<CallbackCall>& callback_calls() {
  static std::vector<CallbackCall> calls;
  return calls;
}

/// Flags of all runs there are, and who waits for their end.
struct AllRuns {
  std::mutex mutex;
  std::condition_variable ended;
  std::vector<std::atomic<bool>*> stops;
};
AllRuns& all_runs() {
  static AllRuns runs;
  return runs;
}

/// A run's flag, among all of them for as long as its caller has not got the GIL back: a thread
/// that asks for it when the interpreter is gone never returns.
class StopFlag {
 public:
  StopFlag() {
    const std::scoped_lock lock(all_runs().mutex);
    all_runs().stops.push_back(&stop);
  }
  StopFlag(const StopFlag&) = delete;
  StopFlag& operator=(const StopFlag&) = delete;
  ~StopFlag() {
    const std::scoped_lock lock(all_runs().mutex);
    std::erase(all_runs().stops, &stop);
    all_runs().ended.notify_all();
  }

  std::atomic<bool> stop{false};
};

/// The work, and the thread that does it.
class Work {
 public:
  Work(std::atomic<bool>& stop,
       const std::function<void(const std::atomic<bool>& stop, RunNews& news)>& work)
      : stop_(stop), thread_([this, &work] {
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
  std::atomic<bool>& stop_;
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

/// The first interrupt ends the run, a further one also what it has called.
void stop(Work& work, const PyInstance& instance) {
  if (work.stopping())
    for (const CallbackCall& call : callback_calls())
      if (call.callbacks == instance.callbacks.get())
        PyThreadState_SetAsyncExc(call.thread, PyExc_KeyboardInterrupt);
  work.stop();
}

void show(const Work& work, const nb::object& tick) {
  const RunNews::Seen seen = work.seen();
  tick(seen.done, seen.of, nb::str(seen.text.c_str(), seen.text.size()));
}

/// `tick` is None, or becomes it where it fails. Throws what a signal's handler or `tick` raises.
void look(Work& work, const PyInstance& instance, nb::object& tick) {
  if (interrupted()) stop(work, instance);
  if (tick.is_none()) return;
  try {
    show(work, tick);
  } catch (nb::python_error& error) {
    if (error.matches(PyExc_KeyboardInterrupt)) return stop(work, instance);
    tick = nb::none();
    throw;
  }
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

void run_watched(const PyInstance& instance, const nb::object& tick,
                 const std::function<void(const std::atomic<bool>& stop, RunNews& news)>& work) {
  std::exception_ptr of_looking;
  std::exception_ptr of_work;
  nb::object shown = tick;
  instance.callbacks->exception.reset();  // of calls that nobody asked about
  StopFlag flag;
  {
    const nb::gil_scoped_release released;
    Work running(flag.stop, work);
    while (!running.wait()) {
      const nb::gil_scoped_acquire acquired;
      try {
        look(running, instance, shown);
      } catch (...) {
        if (!of_looking) of_looking = std::current_exception();
        stop(running, instance);
      }
    }
    of_work = running.end();
  }
  if (of_looking) std::rethrow_exception(of_looking);
  if (of_work) std::rethrow_exception(of_work);
}

CallbackThread::CallbackThread(const Callbacks* callbacks) {
  callback_calls().push_back({PyThread_get_thread_ident(), callbacks});
}

CallbackThread::~CallbackThread() {
  std::vector<CallbackCall>& calls = callback_calls();
  // The thread's last one: a callback may have begun a run of its own.
  const auto last = std::find_if(calls.rbegin(), calls.rend(),
                                 [thread = PyThread_get_thread_ident()](const CallbackCall& call) {
                                   return call.thread == thread;
                                 });
  calls.erase(std::next(last).base());
}

void end_runs() {
  constexpr std::chrono::seconds kPatience(10);
  const nb::gil_scoped_release released;
  AllRuns& runs = all_runs();
  std::unique_lock lock(runs.mutex);
  for (std::atomic<bool>* stop : runs.stops) *stop = true;
  runs.ended.wait_for(lock, kPatience, [&runs] { return runs.stops.empty(); });
}

}  // namespace wend::python
