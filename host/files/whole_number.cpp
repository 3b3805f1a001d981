#include "host/files/whole_number.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <system_error>

namespace wend {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string_view before_exponent(std::string_view literal) {
  return literal.substr(0, literal.find_first_of("eE"));
}

// What stands after the "e". Saturates, far from what any number of digits could make up for.
std::int64_t exponent(std::string_view literal) {
  constexpr std::int64_t kHuge = std::numeric_limits<std::int64_t>::max() / 2;
  literal.remove_prefix(std::min(literal.find_first_of("eE"), literal.size() - 1) + 1);
  if (literal.empty()) return 0;
  if (literal.front() == '+') literal.remove_prefix(1);
  std::int64_t value = 0;
  const auto parsed = std::from_chars(literal.data(), literal.data() + literal.size(), value);
  if (parsed.ec == std::errc::result_out_of_range) return literal.front() == '-' ? -kHuge : kHuge;
  return std::clamp(value, -kHuge, kHuge);
}

// magnitude * 10 + digit; false on overflow.
bool append_digit(std::uint64_t& magnitude, std::uint64_t digit) {
  return !__builtin_mul_overflow(magnitude, std::uint64_t{10}, &magnitude) &&
         !__builtin_add_overflow(magnitude, digit, &magnitude);
}

}  // namespace

bool is_zero(std::string_view literal) {
  return std::ranges::none_of(before_exponent(literal), [](char c) { return c > '0' && c <= '9'; });
}

std::optional<WholeNumber> whole_number(std::string_view literal) {
  WholeNumber number{literal.starts_with('-'), 0};
  if (is_zero(literal)) return number;
  // The digits are those of a whole number times 10^scale. Zeros wait for a digit after them.
  std::int64_t scale = exponent(literal);
  std::int64_t zeros = 0;
  bool fraction = false;
  for (const char c : before_exponent(literal)) {
    if (!is_digit(c)) {
      fraction = fraction || c != '-';
      continue;
    }
    if (fraction) --scale;
    ++zeros;
    if (c == '0') continue;
    for (; zeros > 1 && number.magnitude > 0; --zeros)
      if (!append_digit(number.magnitude, 0)) return std::nullopt;
    if (!append_digit(number.magnitude, static_cast<std::uint64_t>(c - '0'))) return std::nullopt;
    zeros = 0;
  }
  scale += zeros;
  if (scale < 0) return std::nullopt;
  for (; scale > 0; --scale)
    if (!append_digit(number.magnitude, 0)) return std::nullopt;
  constexpr std::uint64_t kLowest = std::uint64_t{1} << 63U;
  if (number.negative && number.magnitude > kLowest) return std::nullopt;
  return number;
}

}  // namespace wend
