#include "host/base/printable.hpp"

#include <fmt/format.h>

#include <optional>

#include "host/base/utf8.hpp"

namespace wend {
namespace {

bool is_harmless(char32_t point) {
  const bool control = point < 0x20 || (point >= 0x7F && point < 0xA0);
  const bool separator = point == 0x2028 || point == 0x2029;
  const bool turns = (point >= 0x202A && point <= 0x202E) || (point >= 0x2066 && point <= 0x2069);
  return !control && !separator && !turns;
}

}  // namespace

std::string printable(std::string_view text, std::size_t limit) {
  std::string line;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::optional<Utf8Point> next = first_point(text.substr(at));
    const std::string_view bytes = text.substr(at, next ? next->bytes : 1);
    if (bytes.size() > limit - at) return line + "...";
    if (next && is_harmless(next->point)) {
      line += bytes;
    } else {
      for (const char byte : bytes)
        line += fmt::format("\\x{:02x}", static_cast<unsigned char>(byte));
    }
    at += bytes.size();
  }
  return line;
}

}  // namespace wend
