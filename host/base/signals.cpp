#include "host/base/signals.hpp"

#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <ctime>

#include "wend/error.hpp"

namespace wend {
namespace {

constexpr std::int64_t kSameRequest = 300'000'000;  // ns

std::atomic<bool> stoppable{false};
std::atomic<bool> stop_asked{false};
std::atomic<std::int64_t> first_interrupt{0};  // ns; 0: none yet
// A handler may touch nothing else.
static_assert(std::atomic<bool>::is_always_lock_free &&
              std::atomic<std::int64_t>::is_always_lock_free);

std::int64_t nanoseconds() {
  timespec now = {};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

void request_stop(int number) {
  if (!stoppable.load()) ::_exit(static_cast<int>(ErrorKind::kInterrupted));
  stop_asked.store(true);
  if (number != SIGINT) return;
  const std::int64_t now = nanoseconds();
  std::int64_t first = 0;
  if (first_interrupt.compare_exchange_strong(first, now) || now - first < kSameRequest) return;
  std::signal(SIGINT, SIG_DFL);
  std::raise(SIGINT);  // delivered as soon as this handler returns
}

void set_handler(int number, void (*handler)(int)) {
  struct sigaction action = {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  ::sigaction(number, &action, nullptr);
}

bool is_ignored(int number) {
  struct sigaction action = {};
  return ::sigaction(number, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

}  // namespace

void handle_signals() {
  for (const int number : {SIGINT, SIGTERM, SIGXCPU}) set_handler(number, request_stop);
  if (!is_ignored(SIGHUP)) set_handler(SIGHUP, request_stop);
  for (const int number : {SIGPIPE, SIGXFSZ}) set_handler(number, SIG_IGN);
}

void also_stop_on(int signal) { set_handler(signal, request_stop); }

const std::atomic<bool>& begin_stoppable() {
  stoppable.store(true);
  return stop_asked;
}

}  // namespace wend
