#include "host/base/signals.hpp"

#include <csignal>

namespace wend {
namespace {

std::atomic<bool> stop{false};
static_assert(std::atomic<bool>::is_always_lock_free);  // a handler may set nothing else

void set_handlers(void (*handler)(int)) {
  for (const int number : {SIGINT, SIGTERM}) {
    struct sigaction action = {};
    action.sa_handler = handler;
    action.sa_flags = SA_RESTART;
    sigaction(number, &action, nullptr);
  }
}

void request_stop(int /*signal*/) {
  stop.store(true);
  set_handlers(SIG_DFL);
}

}  // namespace

StopOnSignal::StopOnSignal() {
  stop.store(false);
  set_handlers(request_stop);
}

StopOnSignal::~StopOnSignal() { set_handlers(SIG_DFL); }

const std::atomic<bool>& StopOnSignal::stopped() { return stop; }

}  // namespace wend
