#include "host/files/whole_number.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace wend {
namespace {

// "-12", or "" for none.
std::string text_of(const std::string& literal) {
  const std::optional<WholeNumber> number = whole_number(literal);
  if (!number) return "";
  std::string text = number->negative ? "-" : "";
  return text += std::to_string(number->magnitude);
}

TEST(WholeNumber, ReadsThemHoweverTheyAreWritten) {
  EXPECT_EQ(text_of("0"), "0");
  EXPECT_EQ(text_of("-0.0e7"), "-0");
  EXPECT_EQ(text_of("0e99999999999999999999"), "0");
  EXPECT_EQ(text_of("1.0"), "1");
  EXPECT_EQ(text_of("1e0"), "1");
  EXPECT_EQ(text_of("-12.50e2"), "-1250");
  EXPECT_EQ(text_of("1050.00E+1"), "10500");
  EXPECT_EQ(text_of("1200e-2"), "12");
  EXPECT_EQ(text_of("0.0012e4"), "12");
  EXPECT_EQ(text_of("9007199254740993.0"), "9007199254740993");
  EXPECT_EQ(text_of("1" + std::string(1000, '0') + "e-1000"), "1");
  EXPECT_EQ(text_of("0." + std::string(1000, '0') + "1e1001"), "1");
  EXPECT_EQ(text_of("7." + std::string(1000, '0')), "7");
  EXPECT_EQ(text_of("2,5e1"), "25");  // some locales' decimal point
}

TEST(WholeNumber, KeepsToSixtyFourBits) {
  EXPECT_EQ(text_of("18446744073709551615.0"), "18446744073709551615");
  EXPECT_EQ(text_of("1844674407370955161.5e1"), "18446744073709551615");
  EXPECT_EQ(text_of("18446744073709551616"), "");
  EXPECT_EQ(text_of("-9223372036854775808e0"), "-9223372036854775808");
  EXPECT_EQ(text_of("-9223372036854775809"), "");
  EXPECT_EQ(text_of("1e20"), "");
  EXPECT_EQ(text_of("1e99999999999999999999"), "");
}

TEST(WholeNumber, RefusesFractions) {
  for (const char* literal : {"0.5", "9007199254740992.5", "9007199254740990.5", "1e-1", "15e-1",
                              "1e-99999999999999999999", "1.000000000000000000000000000000001",
                              "123456789012345678901234567890e-10"})
    EXPECT_EQ(text_of(literal), "") << literal;
}

TEST(WholeNumber, MovedPointsChangeNothing) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 10000; ++i) {
    const std::uint64_t number = random() >> (random() % 64);
    std::string digits = std::to_string(number);
    const std::size_t moved = 1 + random() % digits.size();
    const std::size_t shift = digits.size() - moved;
    const std::string literal =
        digits.substr(0, moved) + "." + digits.substr(moved) + "0e" + std::to_string(shift);
    EXPECT_EQ(text_of(literal), digits) << literal;
  }
}

TEST(WholeNumber, TellsZero) {
  for (const char* literal : {"0", "-0", "0.000", "0e5", "-0.0E-400"})
    EXPECT_TRUE(is_zero(literal)) << literal;
  for (const char* literal : {"1e-400", "0.0001e-9999", "-5e-324"})
    EXPECT_FALSE(is_zero(literal)) << literal;
}

}  // namespace
}  // namespace wend
