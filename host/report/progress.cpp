#include "host/report/progress.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>

#include "host/base/console.hpp"
#include "host/base/number_text.hpp"
#include "host/base/printable.hpp"

namespace wend {
namespace {

constexpr std::size_t kBarWidth = 20;
constexpr std::chrono::milliseconds kRedraw{100};
constexpr std::chrono::milliseconds kIdle{900};
const std::string kErase = "\r\x1b[K";

}  // namespace

std::string progress_line(std::uint64_t drawn, std::uint64_t requested, double seconds) {
  const double share = static_cast<double>(drawn) / static_cast<double>(requested);
  const auto filled = static_cast<std::size_t>(share * kBarWidth);
  std::string line = fmt::format("[{:-<{}}] {:3.0f}%  {} samples", std::string(filled, '#'),
                                 kBarWidth, share * 100, grouped(drawn));
  if (drawn > 0 && seconds > 0) {
    const double rate = static_cast<double>(drawn) / seconds;
    line += fmt::format("  {}/s  {} left", grouped(rate),
                        clock_time(static_cast<double>(requested - drawn) / rate));
  }
  return line.substr(0, kLineColumns);
}

std::string waiting_line(const OracleWait& wait, bool stopping) {
  constexpr std::size_t kMostName = 24;
  const std::string depth = wait.least_depth == wait.most_depth
                                ? fmt::format("{}", wait.most_depth)
                                : fmt::format("{} to {}", wait.least_depth, wait.most_depth);
  const std::string call = fmt::format(
      "oracle \"{}\": {} node{} at depth {}, {:.0f} s", printable(wait.oracle, kMostName),
      grouped(std::uint64_t{wait.nodes}), wait.nodes == 1 ? "" : "s", depth, wait.seconds);
  return stopping ? "stopping after " + call + "; Ctrl-C again: now" : "waiting for " + call;
}

RunningLine::RunningLine()
    : columns_(error_columns()),
      terminal_(columns_ == 0
                    ? -1
                    : ::open("/proc/self/fd/2", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)) {
  if (terminal_ < 0) columns_ = 0;
}

RunningLine::~RunningLine() {
  if (drawn_) write(kErase);
  if (terminal_ >= 0) ::close(terminal_);
}

void RunningLine::make_way(const std::function<void()>& print) {
  const std::lock_guard lock(mutex_);
  if (drawn_) write(kErase);
  drawn_ = false;
  print();
}

void RunningLine::show(const std::function<std::string()>& text) { show_after(kRedraw, text); }

void RunningLine::show_if_idle(const std::function<std::string()>& text) {
  show_after(kIdle, text);
}

void RunningLine::show_after(std::chrono::milliseconds idle,
                             const std::function<std::string()>& text) {
  const std::lock_guard lock(mutex_);
  const Clock::time_point now = Clock::now();
  if (columns_ == 0 || (drawn_ && now < shown_ + idle)) return;
  shown_ = now;
  columns_ = error_columns();  // it may have been resized, or be gone
  if (columns_ == 0) return;
  drawn_ = true;
  // The last column stays free: some terminals wrap there.
  write(kErase + text().substr(0, columns_ - 1));
}

// A terminal that was stopped (Ctrl-S), or is slow, must not stop the run: it misses a line.
void RunningLine::write(const std::string& text) {
  if (::write(terminal_, text.data(), text.size()) >= 0 || errno == EAGAIN) return;
  columns_ = 0;
  drawn_ = false;
}

}  // namespace wend
