#include "host/files/npy.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <limits>
#include <numeric>
#include <string>
#include <type_traits>

#include "tests/support/temporary_folder.hpp"

namespace wend {
namespace {

using testing::error_of;
using testing::TemporaryFolder;

// What numpy.save wrote (NumPy 1.24), up to the padding.
std::string numpy_header(const std::string& dictionary) {
  std::string header = std::string("\x93NUMPY\x01\x00v\x00", 10) + dictionary;
  header.append(127 - header.size(), ' ');
  return header + "\n";
}

// An .npy file built from its parts, well formed or not.
std::string npy(const std::string& dictionary, const std::string& data, char major = 1) {
  std::string header = dictionary;
  const std::size_t begin = major == 1 ? 10 : 12;
  while ((begin + header.size() + 1) % 16 != 0) header += ' ';
  header += '\n';
  std::string file = "\x93NUMPY";
  file += major;
  file += '\0';
  for (std::size_t i = 0; i < begin - 8; ++i) {
    file += static_cast<char>((header.size() >> (8 * i)) & 0xFFU);
  }
  return file + header + data;
}

std::string dictionary(const std::string& type, const std::string& shape,
                       const std::string& fortran = "False") {
  return "{'descr': '" + type + "', 'fortran_order': " + fortran + ", 'shape': " + shape + ", }";
}

template <class T>
std::string bytes_of(const std::vector<T>& values) {
  std::string bytes(values.size() * sizeof(T), '\0');
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

template <class T>
void expect_round_trip(const std::string& type, NpyType expected_type) {
  const TemporaryFolder folder;
  const std::vector<T> values = {T{0},  T{1},  std::numeric_limits<T>::lowest(),
                                 T{42}, T{63}, std::numeric_limits<T>::max()};
  const NpyFile file(folder.add("a.npy", npy(dictionary(type, "(2, 3)"), bytes_of(values))), "x");
  EXPECT_EQ(file.type(), expected_type);
  EXPECT_EQ(file.shape(), (std::vector<std::uint64_t>{2, 3}));
  ASSERT_EQ(file.count(), values.size());
  const bool same = file.visit([&](auto elements) {
    if constexpr (std::is_same_v<decltype(elements), std::span<const T>>) {
      return std::equal(elements.begin(), elements.end(), values.begin(), values.end());
    }
    return false;
  });
  EXPECT_TRUE(same) << type;
  for (std::size_t i = 0; i < values.size(); ++i) {
    EXPECT_EQ(file.at(i), static_cast<double>(values[i])) << type << ' ' << i;
  }
}

TEST(Npy, ReadsEveryType) {
  expect_round_trip<double>("<f8", NpyType::kF8);
  expect_round_trip<float>("<f4", NpyType::kF4);
  expect_round_trip<std::int8_t>("|i1", NpyType::kI1);
  expect_round_trip<std::int16_t>("<i2", NpyType::kI2);
  expect_round_trip<std::int32_t>("<i4", NpyType::kI4);
  expect_round_trip<std::int64_t>("<i8", NpyType::kI8);
  expect_round_trip<std::uint8_t>("|u1", NpyType::kU1);
  expect_round_trip<std::uint16_t>("<u2", NpyType::kU2);
  expect_round_trip<std::uint32_t>("<u4", NpyType::kU4);
  expect_round_trip<std::uint64_t>("<u8", NpyType::kU8);
}

TEST(Npy, ReadsEveryVersionShapeAndSpelling) {
  const TemporaryFolder folder;
  const std::string data = bytes_of<double>({1.5, -2.0, 0.25});
  for (const char version : {'\1', '\2', '\3'}) {
    const NpyFile file(folder.add("v.npy", npy(dictionary("<f8", "(3,)"), data, version)), "x");
    EXPECT_EQ(file.at(2), 0.25) << int{version};
  }
  const std::string spelled = "{\"shape\":(1,3,),\"descr\":\"<f8\",\"fortran_order\":False}";
  EXPECT_EQ(NpyFile(folder.add("s.npy", npy(spelled, data)), "x").shape(),
            (std::vector<std::uint64_t>{1, 3}));
  // One dimension has no order.
  EXPECT_EQ(NpyFile(folder.add("f.npy", npy(dictionary("<f8", "(3,)", "True"), data)), "x").count(),
            3U);
  const NpyFile scalar(folder.add("0.npy", npy(dictionary("<f8", "()"), bytes_of<double>({7}))),
                       "x");
  EXPECT_EQ(scalar.count(), 1U);
  EXPECT_EQ(scalar.at(0), 7.0);
  EXPECT_EQ(NpyFile(folder.add("e.npy", npy(dictionary("<f8", "(0, 4)"), "")), "x").count(), 0U);
}

// As numpy.dtype does: the byte order is the machine's, or there is only one byte.
TEST(Npy, ReadsEverySpellingOfAType) {
  for (const std::string order : {"<", ">", "|", "="}) {
    expect_round_trip<std::int8_t>(order + "i1", NpyType::kI1);
    expect_round_trip<std::uint8_t>(order + "u1", NpyType::kU1);
  }
  for (const std::string order : {"=", "|"}) {
    expect_round_trip<double>(order + "f8", NpyType::kF8);
    expect_round_trip<float>(order + "f4", NpyType::kF4);
    expect_round_trip<std::int16_t>(order + "i2", NpyType::kI2);
    expect_round_trip<std::int32_t>(order + "i4", NpyType::kI4);
    expect_round_trip<std::int64_t>(order + "i8", NpyType::kI8);
    expect_round_trip<std::uint16_t>(order + "u2", NpyType::kU2);
    expect_round_trip<std::uint32_t>(order + "u4", NpyType::kU4);
    expect_round_trip<std::uint64_t>(order + "u8", NpyType::kU8);
  }
}

// NumPy under Python 2 wrote sizes as longs where its integers were too short for them.
TEST(Npy, ReadsSizesOfPython2) {
  const TemporaryFolder folder;
  const std::string data = bytes_of<double>({1, 2, 3, 4, 5, 6});
  const NpyFile line(folder.add("1.npy", npy(dictionary("<f8", "(6L,)"), data)), "x");
  EXPECT_EQ(line.shape(), (std::vector<std::uint64_t>{6}));
  const NpyFile table(folder.add("2.npy", npy(dictionary("<f8", "(2L, 3L)"), data)), "x");
  EXPECT_EQ(table.shape(), (std::vector<std::uint64_t>{2, 3}));
  EXPECT_EQ(table.at(5), 6.0);
}

TEST(Npy, WritesTheHeadersThatNumpyWrites) {
  const auto header = [](NpyType type, const std::vector<std::uint64_t>& shape) {
    return npy_header(type, shape);
  };
  EXPECT_EQ(header(NpyType::kF8, {3}), numpy_header(dictionary("<f8", "(3,)")));
  EXPECT_EQ(header(NpyType::kU1, {2, 5}), numpy_header(dictionary("|u1", "(2, 5)")));
  EXPECT_EQ(header(NpyType::kI4, {}), numpy_header(dictionary("<i4", "()")));
  EXPECT_EQ(header(NpyType::kU2, {0, 16}), numpy_header(dictionary("<u2", "(0, 16)")));
  const std::string wide = header(NpyType::kF4, std::vector<std::uint64_t>(40, 1));
  EXPECT_EQ(wide.size() % 64, 0U);
  EXPECT_EQ(parse_npy_header(std::as_bytes(std::span(wide))).shape.size(), 40U);
}

TEST(Npy, Moves) {
  const TemporaryFolder folder;
  NpyFile first(folder.add("a.npy", npy(dictionary("|u1", "(2,)"), "\x05\x06")), "x");
  NpyFile second(std::move(first));
  EXPECT_EQ(second.at(1), 6.0);
  NpyFile third(folder.add("b.npy", npy(dictionary("|u1", "(1,)"), "\x09")), "x");
  third = std::move(second);
  EXPECT_EQ(third.at(0), 5.0);
}

// More than one call of read() gives.
TEST(Npy, ReadsArraysOfMoreThanTwoGigabytes) {
  const TemporaryFolder folder;
  constexpr std::uint64_t kCount = (std::uint64_t{1} << 31U) + 5;
  const std::string header = npy_header(NpyType::kU1, std::vector{kCount});
  const auto path = folder.add("large.npy", header);
  std::filesystem::resize_file(path, header.size() + kCount - 1);  // a hole
  std::ofstream(path, std::ios::binary | std::ios::app).put('\x07');
  const NpyFile file(path, "x");
  EXPECT_EQ(file.at(kCount - 1), 7.0);
  EXPECT_EQ(file.at(kCount / 2), 0.0);
}

struct Refusal {
  std::string name;
  std::string bytes;
  std::string reason;
};

class NpyRefusal : public ::testing::TestWithParam<Refusal> {};

TEST_P(NpyRefusal, IsOneLineWithFileKeyAndReason) {
  const TemporaryFolder folder;
  const auto path = folder.add("bad.npy", GetParam().bytes);
  const std::string message =
      error_of(ErrorKind::kInput, [&] { const NpyFile file(path, "tree.json: leaf_mass"); });
  const std::string start = "tree.json: leaf_mass: " + path.string() + ": ";
  EXPECT_EQ(message.substr(0, start.size()), start);
  EXPECT_NE(message.find(GetParam().reason), std::string::npos) << message;
}

const std::string kThree = bytes_of<double>({1, 2, 3});

INSTANTIATE_TEST_SUITE_P(
    Hostile, NpyRefusal,
    ::testing::Values(
        Refusal{"empty", "", "empty"}, Refusal{"text", "1.0, 2.0", "not an .npy file"},
        Refusal{"zip", "PK\x03\x04", "not an .npy file"},
        Refusal{"magic_only", "\x93NUMPY", "cut short within its header"},
        Refusal{"version_only", std::string("\x93NUMPY\x01\x00", 8), "cut short within its header"},
        Refusal{"header_cut", npy(dictionary("<f8", "(3,)"), "").substr(0, 40),
                "cut short within its header"},
        Refusal{"version_4", npy(dictionary("<f8", "(3,)"), kThree, 4), "format version"},
        Refusal{"header_huge", std::string("\x93NUMPY\x02\x00\xff\xff\xff\xff{", 13),
                "longer than"},
        Refusal{"data_cut", npy(dictionary("<f8", "(3,)"), kThree.substr(1)),
                "cut short: 24 bytes of data expected, 23 there"},
        Refusal{"no_data", npy(dictionary("<f8", "(3,)"), ""), "cut short"},
        Refusal{"trailing", npy(dictionary("<f8", "(3,)"), kThree + "x"), "trailing bytes"},
        Refusal{"object", npy(dictionary("|O", "(3,)"), kThree), "pickled"},
        Refusal{"big_endian", npy(dictionary(">f8", "(3,)"), kThree), "big-endian"},
        Refusal{"big_endian_integer", npy(dictionary(">u2", "(12,)"), kThree), "big-endian"},
        Refusal{"other_order", npy(dictionary("!f8", "(3,)"), kThree), "is not one of <f8"},
        Refusal{"no_order", npy(dictionary("f8", "(3,)"), kThree), "is not one of <f8"},
        Refusal{"long_is_number", npy(dictionary("<f8", "(3L)"), kThree), "header"},
        Refusal{"long_twice", npy(dictionary("<f8", "(3LL,)"), kThree), "header"},
        Refusal{"long_lower", npy(dictionary("<f8", "(3l,)"), kThree), "header"},
        Refusal{"complex", npy(dictionary("<c16", "(1,)"), kThree), "complex"},
        Refusal{"half", npy(dictionary("<f2", "(12,)"), kThree), "is not one of <f8"},
        Refusal{"boolean", npy(dictionary("|b1", "(24,)"), kThree), "is not one of <f8"},
        Refusal{"text_type", npy(dictionary("<U6", "(1,)"), kThree), "is not one of <f8"},
        Refusal{"structured",
                npy("{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (3,), }", kThree),
                "structured"},
        Refusal{"fortran", npy(dictionary("<f8", "(3, 1)", "True"), kThree), "Fortran order"},
        Refusal{"overflow", npy(dictionary("<f8", "(4294967296, 4294967296)"), kThree), "overflow"},
        Refusal{"overflow_bytes", npy(dictionary("<f8", "(2305843009213693952,)"), kThree),
                "overflow"},
        Refusal{"overflow_size", npy(dictionary("<f8", "(99999999999999999999,)"), kThree),
                "overflow"},
        Refusal{"negative", npy(dictionary("<f8", "(-3,)"), kThree), "negative"},
        Refusal{"dimensions",
                npy(
                    "{'descr': '<f8', 'fortran_order': False, 'shape': (" +
                        [] {
                          std::string ones;
                          for (int i = 0; i < 65; ++i) ones += "1, ";
                          return ones;
                        }() +
                        "), }",
                    kThree),
                "64 dimensions"},
        Refusal{"shape_is_number", npy(dictionary("<f8", "(3)"), kThree), "header"},
        Refusal{"shape_is_real", npy(dictionary("<f8", "(3.0,)"), kThree), "header"},
        Refusal{"shape_is_list", npy(dictionary("<f8", "[3]"), kThree), "header"},
        Refusal{"shape_is_code", npy(dictionary("<f8", "(len('abc'),)"), kThree), "header"},
        Refusal{"order_is_number", npy(dictionary("<f8", "(3,)", "0"), kThree), "header"},
        Refusal{"unknown_key",
                npy("{'descr': '<f8', 'fortran_order': False, 'shape': (3,), 'x': 1}", kThree),
                "header"},
        Refusal{"key_twice",
                npy("{'descr': '<f8', 'fortran_order': False, 'shape': (3,), "
                    "'descr': '<f8'}",
                    kThree),
                "header"},
        Refusal{"key_missing", npy("{'descr': '<f8', 'shape': (3,)}", kThree), "header"},
        Refusal{"after_dictionary", npy(dictionary("<f8", "(3,)") + "import os", kThree), "header"},
        Refusal{"not_closed", npy("{'descr': '<f8', 'fortran_order': False, 'shape': (3,", kThree),
                "header"},
        Refusal{"no_newline", std::string("\x93NUMPY\x01\x00\x02\x00{}", 12), "header"}),
    [](const auto& tested) { return tested.param.name; });

TEST(Npy, ReadsElementsThatAreNotAligned) {
  const TemporaryFolder folder;
  const NpyFile file(folder.add("odd.npy", std::string("\x93NUMPY\x01\x00\x39\x00", 10) +
                                               "{'descr':'<f8','fortran_order':False,"
                                               "'shape':(3,)}      \n" +
                                               bytes_of<double>({1, 2, 3})),
                     "x");
  EXPECT_EQ(file.at(0) + 10 * file.at(1) + 100 * file.at(2), 321);
}

TEST(Npy, KeepsItsElementsWhenTheFileChanges) {
  const TemporaryFolder folder;
  const std::string before = npy(dictionary("<f8", "(3,)"), bytes_of<double>({1, 2, 3}));
  const auto path = folder.add("a.npy", before);
  const NpyFile file(path, "x");
  folder.add("a.npy", npy(dictionary("<f8", "(3,)"), bytes_of<double>({4, 5, 6})));
  EXPECT_EQ(file.at(2), 3);
  std::filesystem::resize_file(path, 0);
  EXPECT_EQ(file.at(1), 2);
}

TEST(Npy, RefusesWhatIsNotAFile) {
  const TemporaryFolder folder;
  const auto open = [&](const std::filesystem::path& path) {
    return error_of(ErrorKind::kInput, [&] { const NpyFile file(path, "a.json: leaf_mass"); });
  };
  const std::string missing = (folder / "none.npy").string();
  EXPECT_EQ(open(missing),
            "a.json: leaf_mass: " + missing + ": cannot read: No such file or directory");
  EXPECT_NE(open(folder.path()).find("not a regular file"), std::string::npos);
  EXPECT_NE(open("/dev/zero").find("not a regular file"), std::string::npos);
}

}  // namespace
}  // namespace wend
