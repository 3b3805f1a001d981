#include "host/report/progress.hpp"

#include <fmt/format.h>

#include <cstdio>

#include "host/base/number_text.hpp"

namespace wend {
namespace {

constexpr std::size_t kBarWidth = 20;
constexpr std::size_t kColumns = 79;
constexpr std::chrono::milliseconds kRedraw{100};
constexpr const char* kErase = "\r\x1b[K";

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
  return line.substr(0, kColumns);
}

RunningLine::~RunningLine() {
  if (shown_) {
    std::fputs(kErase, stderr);
    std::fflush(stderr);
  }
}

void RunningLine::show(const std::function<std::string()>& text) {
  const std::lock_guard lock(mutex_);
  const Clock::time_point now = Clock::now();
  if (now < next_) return;
  next_ = now + kRedraw;
  shown_ = true;
  fmt::print(stderr, "{}{}", kErase, text());
  std::fflush(stderr);
}

}  // namespace wend
