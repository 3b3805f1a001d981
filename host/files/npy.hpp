#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "host/base/table_memory.hpp"
#include "host/files/npy_header.hpp"
#include "wend/instance.hpp"

namespace wend {

/// Bytes of an array's elements. Throws Error(kInput) where 64 bits do not hold their number.
std::uint64_t bytes_of(const InstanceArray& array);

/// The elements of an .npy file, copied into memory: what happens to the file later does not
/// matter.
class NpyFile {
 public:
  /// `context` starts every message: "INSTANCE: KEY". Throws Error(kInput)
  /// "INSTANCE: KEY: FILE: reason" for what parse_npy_header() refuses, data cut short, bytes after
  /// the data, and elements that do not fit into memory.
  NpyFile(const std::filesystem::path& file, const std::string& context);

  /// A copy of an array in memory. Throws Error(kInput) as the other.
  NpyFile(const InstanceArray& array, const std::string& context);

  [[nodiscard]] const std::vector<std::uint64_t>& shape() const { return header_.shape; }
  [[nodiscard]] NpyType type() const { return header_.type; }
  [[nodiscard]] std::uint64_t count() const { return header_.count; }
  [[nodiscard]] std::uint64_t bytes() const { return elements_.bytes(); }

  /// Returns visitor(std::span<const T>) with all elements in C order, T being the element type:
  /// float, double or std::(u)int{8,16,32,64}_t.
  template <class Visitor>
  decltype(auto) visit(Visitor&& visitor) const {
    switch (header_.type) {
      case NpyType::kF4:
        return visitor(elements<float>());
      case NpyType::kF8:
        return visitor(elements<double>());
      case NpyType::kI1:
        return visitor(elements<std::int8_t>());
      case NpyType::kI2:
        return visitor(elements<std::int16_t>());
      case NpyType::kI4:
        return visitor(elements<std::int32_t>());
      case NpyType::kI8:
        return visitor(elements<std::int64_t>());
      case NpyType::kU1:
        return visitor(elements<std::uint8_t>());
      case NpyType::kU2:
        return visitor(elements<std::uint16_t>());
      case NpyType::kU4:
        return visitor(elements<std::uint32_t>());
      case NpyType::kU8:
        break;
    }
    return visitor(elements<std::uint64_t>());
  }

  /// Element i < count() in C order; 64-bit integers beyond 2^53 are rounded. For loops over many
  /// elements visit() is faster.
  [[nodiscard]] double at(std::uint64_t i) const {
    return visit([i](auto values) { return static_cast<double>(values[i]); });
  }

 private:
  template <class T>
  [[nodiscard]] std::span<const T> elements() const {
    return {reinterpret_cast<const T*>(elements_.data()), header_.count};
  }

  NpyHeader header_;
  TableMemory<std::byte> elements_;
};

}  // namespace wend
