#pragma once

#include <atomic>

namespace wend {

/// Call once, early in main(). From here on SIGINT, SIGTERM, SIGXCPU and SIGHUP (where it is not
/// ignored already, as under nohup) are requests to stop, however many come: they end the process
/// with status 130 until begin_stoppable() is called, and set a flag after that. Only a second
/// SIGINT, which a user sends by hand, ends the process at once; one that follows the first within
/// 0.3 s, as from timeout(1), which signals a process and its group, is the same request.
///
/// SIGPIPE and SIGXFSZ are ignored: the write that causes them fails with a reason instead.
void handle_signals();

/// SIGUSR1 or SIGUSR2 as a request to stop, too: batch queues send them before the end.
void also_stop_on(int signal);

/// From here on there is something to lose. The flag: whether a request to stop has come.
const std::atomic<bool>& begin_stoppable();

}  // namespace wend
