#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace wend {

struct WholeNumber {
  bool negative;  ///< also of -0
  std::uint64_t magnitude;
};

/// The exact value of a number as JSON writes it ("-12.50e2"), however long it is; nullopt if that
/// is no whole number, or outside of -2^63 .. 2^64 - 1. Any character but digits, signs and the
/// exponent's letter is taken for the decimal point. O(length).
std::optional<WholeNumber> whole_number(std::string_view literal);

/// False if a digit before the exponent is not 0.
bool is_zero(std::string_view literal);

}  // namespace wend
