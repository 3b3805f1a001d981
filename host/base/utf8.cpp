#include "host/base/utf8.hpp"

#include <cstddef>
#include <cstdint>

namespace wend {
namespace {

struct Lead {
  std::uint32_t bits;      // the code point's bits that the first byte holds
  std::size_t more;        // bytes that follow
  std::uint32_t smallest;  // below this the form is overlong
};

bool read_lead(std::uint32_t byte, Lead& lead) {
  if (byte < 0x80U) {
    lead = {byte, 0, 0};
  } else if ((byte & 0xE0U) == 0xC0U) {
    lead = {byte & 0x1FU, 1, 0x80};
  } else if ((byte & 0xF0U) == 0xE0U) {
    lead = {byte & 0x0FU, 2, 0x800};
  } else if ((byte & 0xF8U) == 0xF0U) {
    lead = {byte & 0x07U, 3, 0x10000};
  } else {
    return false;
  }
  return true;
}

}  // namespace

std::optional<Utf8Point> first_point(std::string_view bytes) {
  Lead lead{};
  if (bytes.empty() || !read_lead(static_cast<unsigned char>(bytes[0]), lead) ||
      bytes.size() <= lead.more)
    return std::nullopt;
  std::uint32_t point = lead.bits;
  for (std::size_t k = 1; k <= lead.more; ++k) {
    const std::uint32_t byte = static_cast<unsigned char>(bytes[k]);
    if ((byte & 0xC0U) != 0x80U) return std::nullopt;
    point = point << 6U | (byte & 0x3FU);
  }
  const bool surrogate = point >= 0xD800U && point <= 0xDFFFU;
  if (point < lead.smallest || point > 0x10FFFFU || surrogate) return std::nullopt;
  return Utf8Point{static_cast<char32_t>(point), lead.more + 1};
}

bool append_utf8(std::string_view bytes, std::u32string& out) {
  while (!bytes.empty()) {
    const std::optional<Utf8Point> next = first_point(bytes);
    if (!next) return false;
    out.push_back(next->point);
    bytes.remove_prefix(next->bytes);
  }
  return true;
}

std::string encode_utf8(char32_t point) {
  const auto bits = static_cast<std::uint32_t>(point);
  std::string out;
  const auto push = [&out](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (bits < 0x80U) {
    push(bits);
  } else if (bits < 0x800U) {
    push(0xC0U | bits >> 6U);
    push(0x80U | (bits & 0x3FU));
  } else if (bits < 0x10000U) {
    push(0xE0U | bits >> 12U);
    push(0x80U | (bits >> 6U & 0x3FU));
    push(0x80U | (bits & 0x3FU));
  } else {
    push(0xF0U | bits >> 18U);
    push(0x80U | (bits >> 12U & 0x3FU));
    push(0x80U | (bits >> 6U & 0x3FU));
    push(0x80U | (bits & 0x3FU));
  }
  return out;
}

}  // namespace wend
