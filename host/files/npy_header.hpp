#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace wend {

/// Element types of the arrays that wend reads and writes, all little-endian.
enum class NpyType { kF4, kF8, kI1, kI2, kI4, kI8, kU1, kU2, kU4, kU8 };

/// "<f8", "|u1", ...
std::string_view to_string(NpyType type);
std::uint64_t item_bytes(NpyType type);

struct NpyHeader {
  NpyType type = NpyType::kF8;
  std::vector<std::uint64_t> shape;  ///< in C order; empty for a scalar
  std::uint64_t count = 0;           ///< product of the shape
  std::uint64_t data_offset = 0;     ///< where the elements start, counted from the file's
};

/// Most bytes before the elements of an .npy file that is read.
inline constexpr std::uint64_t kMaxNpyHeader = (1U << 16U) + 12;

/// Reads the header of an .npy file (NumPy's format, versions 1 to 3) from the file's first
/// kMaxNpyHeader bytes, or all of them.
/// Throws std::invalid_argument with the reason: anything but one array in C order of a type above,
/// a header that is cut short or holds anything else, sizes that overflow.
NpyHeader parse_npy_header(std::span<const std::byte> file);

/// A version 1 header; the elements follow it, aligned to 64 bytes, in C order.
std::string npy_header(NpyType type, std::span<const std::uint64_t> shape);

}  // namespace wend
