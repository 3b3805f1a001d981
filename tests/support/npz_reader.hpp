#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <map>
#include <string>
#include <vector>

namespace wend::testing {

/// One array of an .npz file, as a reader that shares no code with the writer finds it.
struct ReadArray {
  std::string header;  ///< the Python dictionary
  std::string data;

  template <class T>
  [[nodiscard]] std::vector<T> values() const {
    std::vector<T> values(data.size() / sizeof(T));
    if (!values.empty()) std::memcpy(values.data(), data.data(), values.size() * sizeof(T));
    return values;
  }
};

/// CRC-32 as zip archives have it (IEEE 802.3, reflected).
inline std::uint32_t crc32(const std::string& bytes) {
  std::uint32_t crc = 0xFFFFFFFFU;
  for (const char c : bytes) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? 0xEDB88320U : 0U);
  }
  return ~crc;
}

/// Reads a zip archive of .npy files below 4 GiB by its central directory (PKWARE's APPNOTE, 4.3),
/// checking that the entries are stored, whole and dated 1980-01-01 00:00.
inline std::map<std::string, ReadArray> read_npz(const std::string& file) {
  const auto number = [&](std::size_t at, std::size_t bytes) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < bytes; ++i) {
      value |= std::uint64_t{static_cast<unsigned char>(file.at(at + i))} << (8 * i);
    }
    return value;
  };
  std::map<std::string, ReadArray> arrays;
  const std::size_t end = file.rfind("PK\x05\x06");
  if (end == std::string::npos) {
    ADD_FAILURE() << "no end of central directory";
    return arrays;
  }
  std::size_t entry = number(end + 16, 4);
  for (std::uint64_t i = 0; i < number(end + 10, 2); ++i) {
    EXPECT_EQ(number(entry, 4), 0x02014B50U);
    EXPECT_EQ(number(entry + 10, 2), 0U) << "compressed";
    EXPECT_EQ(number(entry + 12, 2), 0U) << "time";
    EXPECT_EQ(number(entry + 14, 2), 0x21U) << "date";
    const std::uint64_t size = number(entry + 24, 4);
    EXPECT_EQ(number(entry + 20, 4), size);
    const std::string name = file.substr(entry + 46, number(entry + 28, 2));
    const std::size_t local = number(entry + 42, 4);
    EXPECT_EQ(number(local, 4), 0x04034B50U);
    EXPECT_EQ(number(local + 14, 4), number(entry + 16, 4));  // the CRCs of both headers
    const std::string npy =
        file.substr(local + 30 + number(local + 26, 2) + number(local + 28, 2), size);
    EXPECT_EQ(crc32(npy), number(entry + 16, 4)) << name;
    EXPECT_EQ(npy.substr(0, 8), std::string("\x93NUMPY\x01\x00", 8));
    const std::size_t header =
        static_cast<unsigned char>(npy.at(8)) + 256U * static_cast<unsigned char>(npy.at(9));
    EXPECT_EQ((10 + header) % 64, 0U);
    arrays[name] = {npy.substr(10, header), npy.substr(10 + header)};
    entry += 46 + number(entry + 28, 2) + number(entry + 30, 2) + number(entry + 32, 2);
  }
  EXPECT_EQ(entry, number(end + 16, 4) + number(end + 12, 4));
  return arrays;
}

}  // namespace wend::testing
