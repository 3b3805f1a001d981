#include "host/base/printable.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "host/base/utf8.hpp"

namespace wend {
namespace {

TEST(Printable, LeavesTextAsItIs) {
  for (const std::string_view text :
       {"", "plain ~", "\xc3\xa9t\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\xc2\xa0",
        "\xd7\x90\xd7\x91", "\xe2\x80\xa7", "\xe2\x80\xaf", "\xe2\x81\xa5", "\xe2\x81\xaa"})
    EXPECT_EQ(printable(text), text);
}

TEST(Printable, EscapesControlCharacters) {
  EXPECT_EQ(printable("a\nb\r\tc\x7f"), "a\\x0ab\\x0d\\x09c\\x7f");
  EXPECT_EQ(printable(std::string_view("\0\x1b[2J", 5)), "\\x00\\x1b[2J");
  // One character as good as escape and bracket, where the terminal takes them.
  EXPECT_EQ(printable("\xc2\x9b"
                      "2J"),
            "\\xc2\\x9b2J");
  for (char32_t point = 0; point < 0x100; ++point) {
    const bool control = point < 0x20 || (point >= 0x7F && point <= 0x9F);
    const std::string text = encode_utf8(point);
    EXPECT_EQ(printable(text) != text, control) << static_cast<unsigned>(point);
  }
}

TEST(Printable, EscapesSeparatorsAndWhatTurnsText) {
  for (char32_t point = 0x2000; point < 0x2100; ++point) {
    const bool escaped =
        (point >= 0x2028 && point <= 0x202E) || (point >= 0x2066 && point <= 0x2069);
    const std::string text = encode_utf8(point);
    EXPECT_EQ(printable(text) != text, escaped) << static_cast<unsigned>(point);
  }
  EXPECT_EQ(printable("a\xe2\x80\xae"), "a\\xe2\\x80\\xae");
}

TEST(Printable, EscapesWhatIsNotUtf8) {
  EXPECT_EQ(printable("a\xff"
                      "b\x9b"),
            "a\\xffb\\x9b");
  EXPECT_EQ(printable("\xc3"), "\\xc3");
  EXPECT_EQ(printable("\xe2\x82 "), "\\xe2\\x82 ");
  EXPECT_EQ(printable("\xc0\x80"), "\\xc0\\x80");           // overlong
  EXPECT_EQ(printable("\xed\xa0\x80"), "\\xed\\xa0\\x80");  // a surrogate
  EXPECT_EQ(printable("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80");
}

TEST(Printable, CutsBetweenCharacters) {
  EXPECT_EQ(printable("abcd", 4), "abcd");
  EXPECT_EQ(printable("abcde", 4), "abcd...");
  EXPECT_EQ(printable("abc\xc3\xa9", 4), "abc...");
  EXPECT_EQ(printable("abc\xc3\xa9", 5), "abc\xc3\xa9");
  EXPECT_EQ(printable("a", 0), "...");
  EXPECT_EQ(printable(std::string(90, 'x')), std::string(80, 'x') + "...");
  // Bytes that could only go on a character do not make the text vanish.
  EXPECT_EQ(printable("\x80\x80\x80", 2), "\\x80\\x80...");
}

}  // namespace
}  // namespace wend
