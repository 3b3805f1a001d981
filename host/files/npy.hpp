#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "host/files/npy_header.hpp"

namespace wend {

/// An .npy file, mapped into memory, not copied: pages are read as they are touched. The file must
/// not be cut while it is mapped.
class NpyFile {
 public:
  /// `context` starts every message: "INSTANCE: KEY". Throws Error(kInput)
  /// "INSTANCE: KEY: FILE: reason" for what parse_npy_header() refuses, data cut short, bytes after
  /// the data, and elements that are not aligned to their size.
  NpyFile(const std::filesystem::path& file, const std::string& context);
  NpyFile(NpyFile&& other) noexcept;
  NpyFile& operator=(NpyFile&& other) noexcept;
  NpyFile(const NpyFile&) = delete;
  NpyFile& operator=(const NpyFile&) = delete;
  ~NpyFile();

  [[nodiscard]] const std::vector<std::uint64_t>& shape() const { return header_.shape; }
  [[nodiscard]] NpyType type() const { return header_.type; }
  [[nodiscard]] std::uint64_t count() const { return header_.count; }
  [[nodiscard]] std::uint64_t mapped_bytes() const { return size_; }

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
    return {reinterpret_cast<const T*>(memory_ + header_.data_offset), header_.count};
  }
  void unmap() noexcept;

  NpyHeader header_;
  const std::byte* memory_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace wend
