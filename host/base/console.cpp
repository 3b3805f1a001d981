#include "host/base/console.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <exception>
#include <limits>
#include <string>

#include "host/base/printable.hpp"

namespace wend {

void keep_standard_descriptors() {
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(descriptor, F_GETFD) != -1 || errno != EBADF) continue;
    // Opened for the other direction, so that using it fails as it did when it was closed. The
    // lowest free number is this one.
    if (::open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY) < 0)
      static_cast<void>(::open("/", O_RDONLY | O_DIRECTORY));
  }
}

int write_text(int descriptor, std::string_view text) noexcept {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0 && errno == EAGAIN) {  // whoever opened it does not want to wait, but we do
      pollfd ready{.fd = descriptor, .events = POLLOUT, .revents = 0};
      ::poll(&ready, 1, -1);
      continue;
    }
    if (written < 0) return errno;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

void print_error(std::string_view message) noexcept {
  constexpr std::size_t kNoLimit = std::numeric_limits<std::size_t>::max();
  try {
    write_text(STDERR_FILENO, "wend: " + printable(message, kNoLimit) + "\n");
  } catch (const std::exception&) {
    write_text(STDERR_FILENO, "wend: not enough memory\n");
  }
}

std::size_t error_columns() {
  constexpr std::size_t kUsual = 80;
  if (::isatty(STDERR_FILENO) == 0) return 0;
  const char* terminal = std::getenv("TERM");
  if (terminal != nullptr && std::string_view(terminal) == "dumb") return 0;
  winsize size = {};
  // Terminals that do not know their size say 0.
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return kUsual;
  return size.ws_col;
}

}  // namespace wend
