#include "host/files/json_parser.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/support/temporary_folder.hpp"

namespace wend {
namespace {

using nlohmann::json;

std::string refusal(const std::string& text) {
  const std::string message =
      testing::error_of(ErrorKind::kInput, [&] { static_cast<void>(parse_json(text, "f.json")); });
  const std::string start = "f.json: ";
  EXPECT_EQ(message.substr(0, start.size()), start);
  return message.substr(std::min(start.size(), message.size()));
}

TEST(JsonParser, ReadsWhatTheLibraryReads) {
  for (const std::string text :
       {"null", "true", "[]", "{}", "-7", "18446744073709551615", "-9223372036854775808", "0.1",
        "1e300", "5e-324", "\"a\\u0000\\u001b\\ud83d\\ude00\"",
        R"({"a": [1, {"b": [], "c": {}}, [[2.5], "x"]], "": {"a": null}, "d": [false]})",
        "\xEF\xBB\xBF [1, 2] \n"})
    EXPECT_EQ(parse_json(text, "f.json"), json::parse(text)) << text;
}

TEST(JsonParser, KeepsWholeNumbersExactly) {
  const json numbers = parse_json(
      "[1.0, 1e12, 9007199254740993.0, 18446744073709551615.0, -9223372036854775808.0, -2.50e1, "
      "-0]",
      "f.json");
  EXPECT_EQ(numbers.dump(),
            "[1,1000000000000,9007199254740993,18446744073709551615,-9223372036854775808,-25,0]");
  EXPECT_TRUE(numbers[6].is_number_unsigned());
  for (const char* literal : {"9007199254740992.5", "18446744073709551616", "1e20", "0.5",
                              "-9223372036854775809", "1.00000000000000000000000001"}) {
    const json number = parse_json(literal, "f.json");
    EXPECT_TRUE(number.is_number_float()) << literal;
    EXPECT_EQ(number.get<double>(), std::stod(literal));
  }
  EXPECT_TRUE(std::signbit(parse_json("-0.0", "f.json").get<double>()));
}

TEST(JsonParser, RefusesNumbersThatNoDoubleHolds) {
  EXPECT_EQ(refusal(R"({"leaf_mass": [1, 2, 3, 1e-400]})"),
            "leaf_mass[3]: 1e-400 is too small for a double");
  EXPECT_EQ(refusal(R"({"a": {"b": [{"c": 0}, {"c": [[], [0.5, -1.5E+999]]}]}})"),
            "a.b[1].c[1][1]: -1.5E+999 is too large for a double");
  EXPECT_EQ(refusal("[[1], 1e-400]"), "[1]: 1e-400 is too small for a double");
  EXPECT_EQ(refusal(R"({"a": [1], "b\u001b": 1e400})"), "b\\x1b: 1e400 is too large for a double");
  EXPECT_EQ(refusal("1e400"), "1e400 is too large for a double");
  EXPECT_EQ(refusal("0." + std::string(1000, '0') + "1"),
            "0." + std::string(78, '0') + "... is too small for a double");
  EXPECT_EQ(refusal("1" + std::string(1000, '0')),
            "1" + std::string(79, '0') + "... is too large for a double");
  EXPECT_EQ(parse_json("[0e-400, 0.0, 4.95e-324]", "f.json"), json({0, 0, 5e-324}));
}

TEST(JsonParser, NamesKeysThatAppearTwiceByTheirPath) {
  EXPECT_EQ(refusal(R"({"seed": 1, "seed": 2})"), "seed: appears twice");
  EXPECT_EQ(refusal(R"({"estimate": {"kappa": 1, "kappa": 2}})"), "estimate.kappa: appears twice");
  EXPECT_EQ(refusal(R"({"members": [{"kind": 1}, 2, {"kind": 1, "x": [3, [4]], "kind": 2}]})"),
            "members[2].kind: appears twice");
  EXPECT_EQ(refusal(R"([[0], [{"a": {"b": {}, "b": 1}}]])"), "[1][0].a.b: appears twice");
}

TEST(JsonParser, RefusesNulNamingThePlace) {
  const std::string reason = ": a NUL byte; JSON is text in UTF-8";
  const std::string nul(1, '\0');
  EXPECT_EQ(refusal("{\"wend\": 1}" + nul + " {"), "line 1, column 12" + reason);
  EXPECT_EQ(refusal("[1,\n\n 2" + nul + "]"), "line 3, column 3" + reason);
  EXPECT_EQ(refusal("[1,\n" + nul), "line 2, column 1" + reason);
  EXPECT_EQ(refusal("[\"a" + nul + "\"]"), "line 1, column 4" + reason);
  EXPECT_EQ(refusal(nul), "line 1, column 1" + reason);
}

TEST(JsonParser, RefusesDeepNesting) {
  EXPECT_NO_THROW(parse_json(std::string(64, '[') + std::string(64, ']'), "f.json"));
  EXPECT_EQ(refusal(std::string(65, '[')), "nested deeper than 64 levels");
}

TEST(JsonParser, CountsWhatItTakes) {
  // Of every kind of value the smallest, where its own size is the most of it.
  const auto of = [](const std::string& element) {
    std::string text = "[" + element;
    for (int i = 1; i < 1000; ++i) text += "," + element;
    return parsed_bytes(text + "]");
  };
  EXPECT_GE(of("1"), 1000U * 16);
  EXPECT_GE(of("[]"), 1000U * (16 + 24));
  EXPECT_GE(of("{}"), 1000U * (16 + 48));
  EXPECT_GE(of("\"\""), 1000U * (16 + 32));
  EXPECT_GE(of("{\"\":1}"), 1000U * (16 + 48 + 80));
  EXPECT_GE(of("\"" + std::string(1000, 'x') + "\""), 1000U * 1000);
  // An array of numbers, of which a large file is made, must not ask for more than it takes.
  EXPECT_LE(of("0.12345678901234567"), 1000U * (3 * 16 + 20) + 1000);
}

}  // namespace
}  // namespace wend
