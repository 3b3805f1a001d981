// Files of tensors: what they hold, and what is refused, with its line.
#include "host/files/safetensors.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "tests/support/safetensors_files.hpp"
#include "tests/support/temporary_folder.hpp"

namespace wend {
namespace {

using test::floats;
using test::safetensors;
using testing::error_of;
using testing::TemporaryFolder;

std::string refusal(const std::string& bytes) {
  const TemporaryFolder folder;
  const auto file = folder.add("w.safetensors", bytes);
  const std::string message = error_of(ErrorKind::kInput, [&] {
    InputFiles inputs;
    const Safetensors tensors(file, inputs);
  });
  const std::string start = file.string() + ": ";
  EXPECT_TRUE(message.starts_with(start)) << message;
  return message.substr(std::min(start.size(), message.size()));
}

TEST(Safetensors, HasWhatWasWritten) {
  const TemporaryFolder folder;
  const auto file =
      folder.add("w.safetensors",
                 safetensors(R"({"__metadata__":{"format":"pt"},)"
                             R"("a.weight":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},)"
                             R"("s":{"dtype":"F32","shape":[],"data_offsets":[24,28]},)"
                             R"("none":{"dtype":"F16","shape":[0,7],"data_offsets":[28,28]},)"
                             R"("n":{"dtype":"I64","shape":[1],"data_offsets":[28,36]}}  )",
                             floats({1, 2, 3, 4, 5, -6.5F, 7}) + std::string(8, '\1')));
  InputFiles inputs;
  const Safetensors tensors(file, inputs);
  EXPECT_EQ(tensors.read_all("a.weight", {2, 3}), (std::vector<float>{1, 2, 3, 4, 5, -6.5F}));
  std::vector<float> middle(2);
  tensors.read("a.weight", 4, middle);
  EXPECT_EQ(middle, (std::vector<float>{5, -6.5F}));
  EXPECT_EQ(tensors.read_all("s", {}), std::vector<float>{7});
  EXPECT_TRUE(tensors.read_all("none", {0, 7}).empty());
  EXPECT_FALSE(tensors.has("__metadata__"));
  ASSERT_EQ(inputs.paths().size(), 1U);
  const auto error = [&](auto action) { return error_of(ErrorKind::kInput, action); };
  EXPECT_EQ(
      error([&] {
        tensors.expect_shape("a.weight", {3, 2});
      }),
      file.string() + ": a.weight: its shape is [2, 3], by the configuration it should be [3, 2]");
  EXPECT_EQ(error([&] { static_cast<void>(tensors.entry("b")); }), file.string() + ": b: missing");
  EXPECT_EQ(error([&] { static_cast<void>(tensors.read_all("n", {1})); }),
            file.string() + ": n: its type is I64; F32, F16 and BF16 are read");
}

// All halves, against the definition.
TEST(Safetensors, HalvesAreExact) {
  for (std::uint32_t bits = 0; bits <= 0xFFFFU; ++bits) {
    const int exponent = static_cast<int>((bits >> 10U) & 31U);
    const auto mantissa = static_cast<double>(bits & 1023U);
    const double sign = (bits & 0x8000U) != 0 ? -1.0 : 1.0;
    const float found = float_of_half(static_cast<std::uint16_t>(bits));
    if (exponent == 31) {
      EXPECT_EQ(std::isnan(found), mantissa != 0);
      EXPECT_EQ(std::isinf(found), mantissa == 0);
      continue;
    }
    const double value =
        exponent == 0 ? std::ldexp(mantissa, -24) : std::ldexp(1024 + mantissa, exponent - 25);
    ASSERT_EQ(static_cast<double>(found), sign * value) << bits;
    ASSERT_EQ(std::signbit(found), sign < 0) << bits;
  }
}

TEST(Safetensors, TypesOfTwoBytes) {
  const TemporaryFolder folder;
  const std::uint16_t words[4] = {0x3F80, 0xC049, 0x3C00, 0xC248};
  std::string data(sizeof words, '\0');
  std::memcpy(data.data(), words, sizeof words);
  const auto file = folder.add(
      "w.safetensors", safetensors(R"({"b":{"dtype":"BF16","shape":[2],"data_offsets":[0,4]},)"
                                   R"("h":{"dtype":"F16","shape":[2],"data_offsets":[4,8]}})",
                                   data));
  InputFiles inputs;
  const Safetensors tensors(file, inputs);
  EXPECT_EQ(tensors.read_all("b", {2}), (std::vector<float>{1, -3.140625F}));
  EXPECT_EQ(tensors.read_all("h", {2}), (std::vector<float>{1, -3.140625F}));
}

TEST(Safetensors, NumbersThatAreNoneAreRefused) {
  const TemporaryFolder folder;
  const auto file = folder.add(
      "w.safetensors", safetensors(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})",
                                   floats({1, std::numeric_limits<float>::quiet_NaN()})));
  InputFiles inputs;
  const Safetensors tensors(file, inputs);
  EXPECT_EQ(error_of(ErrorKind::kInput, [&] { static_cast<void>(tensors.read_all("a", {2})); }),
            file.string() + ": a: element 1 is nan");
}

TEST(Safetensors, MalformedFilesAreRefused) {
  EXPECT_EQ(refusal("short"), "it is cut short within its header's length");
  EXPECT_EQ(refusal(""), "it is empty");
  std::string huge(16, '\xFF');
  EXPECT_EQ(refusal(huge),
            "it is no .safetensors file, or its header is longer than 100000000 bytes");
  huge.assign(8, '\0');
  huge[2] = '\1';
  EXPECT_EQ(refusal(huge + "{}"), "it is cut short within its header");
  EXPECT_EQ(refusal(safetensors("", "")),
            "it is no .safetensors file: its header is no JSON object");
  EXPECT_EQ(refusal(safetensors("[]", "")),
            "it is no .safetensors file: its header is no JSON object");
  EXPECT_TRUE(refusal(safetensors("{\"a\":", "")).starts_with("header: line 1, column"));
  EXPECT_NE(refusal(safetensors(std::string("{\0}", 3), "")).find("header: "), std::string::npos);
  EXPECT_EQ(refusal(safetensors(R"({"__metadata__":{"a":1}})", "")),
            "__metadata__: must be an object of strings");
  EXPECT_EQ(refusal(safetensors("{}", "more")), "it has 4 trailing bytes, of no tensor");
}

TEST(Safetensors, MalformedTensorsAreRefused) {
  const auto of = [](const std::string& entry, std::size_t bytes = 8) {
    return refusal(safetensors(R"({"a":{)" + entry + "}}", std::string(bytes, '\0')));
  };
  const std::string keys = "a: must have dtype, shape and data_offsets, and no more";
  EXPECT_EQ(of(R"("dtype":"F32","shape":[2])"), keys);
  EXPECT_EQ(of(R"("dtype":"F32","shape":[2],"data_offsets":[0,8],"pickle":1)"), keys);
  EXPECT_EQ(of(R"("dtype":1,"shape":[2],"data_offsets":[0,8])"), "a: dtype must be a string");
  EXPECT_EQ(of(R"("dtype":"F33","shape":[2],"data_offsets":[0,8])"),
            "a: its type \"F33\" is unknown");
  EXPECT_EQ(of(R"("dtype":"F32","shape":[-2],"data_offsets":[0,8])"),
            "a: shape must be a list of whole numbers below 2^64");
  EXPECT_EQ(of(R"("dtype":"F32","shape":2,"data_offsets":[0,8])"),
            "a: shape must be a list of whole numbers below 2^64");
  EXPECT_EQ(of(R"("dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,8])"),
            "a: the sizes of its shape overflow");
  EXPECT_EQ(of(R"("dtype":"F32","shape":[4611686018427387904],"data_offsets":[0,8])"),
            "a: the sizes of its shape overflow");
  EXPECT_EQ(of(R"("dtype":"F32","shape":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,2],"data_offsets":[0,8])"),
            "a: it has more than 16 dimensions");
  EXPECT_EQ(of(R"("dtype":"F32","shape":[2],"data_offsets":[0,8,8])"),
            "a: data_offsets must be where its bytes begin and end");
  EXPECT_EQ(of(R"("dtype":"F32","shape":[2],"data_offsets":[8,0])"),
            "a: data_offsets must be where its bytes begin and end");
  EXPECT_EQ(of(R"("dtype":"F32","shape":[2],"data_offsets":[0,8])", 7),
            "a: its bytes end at 8, the file's data at 7: it is cut short");
  EXPECT_EQ(of(R"("dtype":"F32","shape":[3],"data_offsets":[0,8])"),
            "a: 3 elements of type F32 are 12 bytes, data_offsets have 8");
  EXPECT_EQ(of(R"("dtype":"F16","shape":[2],"data_offsets":[0,8])"),
            "a: 2 elements of type F16 are 4 bytes, data_offsets have 8");
  EXPECT_EQ(of(R"("dtype":"F32","shape":[1],"data_offsets":[4,8])"),
            "a: there are 4 bytes before it that no tensor has");
  const std::string two = R"({"b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},)";
  EXPECT_EQ(refusal(safetensors(two + R"("c":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}})",
                                std::string(12, '\0'))),
            "c: its bytes are another tensor's too");
  EXPECT_EQ(refusal(safetensors(two + R"("c":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}})",
                                std::string(20, '\0'))),
            "it has 8 trailing bytes, of no tensor");
  EXPECT_TRUE(refusal(safetensors(two + R"("b":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}})",
                                  std::string(16, '\0')))
                  .find("b") != std::string::npos);
}

TEST(Safetensors, ShardsAreFoundByTheirIndex) {
  const TemporaryFolder folder;
  static_cast<void>(folder.add(
      "one.safetensors",
      safetensors(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", floats({1}))));
  static_cast<void>(folder.add(
      "two.safetensors", safetensors(R"({"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},)"
                                     R"("a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})",
                                     floats({2, 3}))));
  const auto index = [&](const std::string& map) {
    return folder.add("model.safetensors.index.json",
                      R"({"metadata": {"total_size": 8}, "weight_map": )" + map + "}");
  };
  const auto refused = [&](const std::string& map) {
    const std::string start = index(map).string() + ": ";
    const std::string message = error_of(ErrorKind::kInput, [&] {
      InputFiles inputs;
      const Safetensors tensors(folder.path(), inputs);
    });
    return message.starts_with(start) ? message.substr(start.size()) : message;
  };
  static_cast<void>(index(R"({"a": "one.safetensors", "b": "two.safetensors"})"));
  InputFiles inputs;
  const Safetensors tensors(folder.path(), inputs);
  EXPECT_EQ(tensors.read_all("a", {1}), std::vector<float>{1});
  EXPECT_EQ(tensors.read_all("b", {1}), std::vector<float>{2});
  EXPECT_EQ(inputs.paths().size(), 3U);
  EXPECT_EQ(refused("[]"), "weight_map: must be an object, from tensors to files");
  EXPECT_EQ(refused(R"({"a": 1})"), "weight_map: a: must be a file's name");
  EXPECT_EQ(refused(R"({"a": "../one.safetensors"})"),
            "weight_map: a: \"../one.safetensors\" is not the name of a file beside it");
  EXPECT_EQ(refused(R"({"c": "one.safetensors"})"), "weight_map: c: is not in one.safetensors");
  EXPECT_EQ(refused(R"({"a": "three"})"),
            (folder / "three").string() + ": cannot read: No such file or directory");
  std::filesystem::remove(folder / "model.safetensors.index.json");
  EXPECT_EQ(
      error_of(ErrorKind::kInput,
               [&] {
                 InputFiles none;
                 const Safetensors nothing(folder.path(), none);
               }),
      folder.path().string() + ": has neither model.safetensors nor model.safetensors.index.json");
}

}  // namespace
}  // namespace wend
