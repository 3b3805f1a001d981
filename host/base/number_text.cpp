#include "host/base/number_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <locale>

namespace wend {
namespace {

/// English digits whatever the user's locale: output is read by scripts too.
class Thousands : public std::numpunct<char> {
 protected:
  [[nodiscard]] char do_thousands_sep() const override { return ','; }
  [[nodiscard]] std::string do_grouping() const override { return "\3"; }
};

const std::locale& separators() {
  static const std::locale locale(std::locale::classic(), new Thousands);  // the locale owns it
  return locale;
}

}  // namespace

std::string grouped(std::uint64_t value) { return fmt::format(separators(), "{:L}", value); }

std::string grouped(double value) {
  if (!std::isfinite(value)) return fmt::format("{}", value);
  if (std::abs(value) >= 1e15) return fmt::format("{:.2e}", value);
  return fmt::format(separators(), "{:.{}Lf}", value, std::abs(value) >= 100 ? 0 : 2);
}

std::string byte_size(std::uint64_t bytes) {
  constexpr std::array kUnits{"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  if (bytes < 1024) return fmt::format("{} B", bytes);
  double value = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  while (value >= 1024 && unit + 1 < kUnits.size()) {
    value /= 1024;
    ++unit;
  }
  return fmt::format("{:.1f} {}", value, kUnits[unit]);
}

std::string clock_time(double seconds) {
  const auto whole = static_cast<std::uint64_t>(std::llround(std::max(seconds, 0.0)));
  const std::uint64_t hours = whole / 3600;
  const std::uint64_t minutes = whole / 60 % 60;
  return hours > 0 ? fmt::format("{}:{:02}:{:02}", hours, minutes, whole % 60)
                   : fmt::format("{}:{:02}", minutes, whole % 60);
}

}  // namespace wend
