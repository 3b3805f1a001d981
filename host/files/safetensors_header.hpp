#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "host/files/random_access_file.hpp"

namespace wend {

/// What a tensor of a .safetensors file is.
struct TensorEntry {
  std::string type;                  ///< as the format writes it: "F32", "BF16", "I64", ..
  std::vector<std::uint64_t> shape;  ///< empty: one number
  std::uint64_t count = 1;           ///< elements: the product of the shape
  std::uint64_t begin = 0;           ///< of its bytes, from the start of the file
  std::uint64_t bytes = 0;
};

/// The longest header that is taken, in bytes: the limit of the format's own library.
inline constexpr std::uint64_t kMaxSafetensorsHeader = 100'000'000;

/// Reads the header of a .safetensors file: eight bytes of length, that much JSON, then the tensors
/// without a gap, which are not read. Throws Error(kInput) "FILE: TENSOR: reason" for what is
/// cut short, too long or no such JSON, names that appear twice, types that the format does not
/// have, sizes that overflow or are not those of the type and the shape, and tensors that overlap,
/// leave a gap or do not end with the file. O(header, tensors log tensors).
std::map<std::string, TensorEntry> read_safetensors_header(const RandomAccessFile& file);

/// "[2, 3]".
std::string shape_text(std::span<const std::uint64_t> shape);

}  // namespace wend
