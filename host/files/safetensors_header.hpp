#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

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

/// Reads the header of a .safetensors file, which `bytes` are: eight bytes of length, that much
/// JSON, then the tensors without a gap. Throws Error(kInput) "FILE: TENSOR: reason" for what is
/// cut short, too long or no such JSON, names that appear twice, types that the format does not
/// have, sizes that overflow or are not those of the type and the shape, and tensors that overlap,
/// leave a gap or do not end with the file. `file` is for messages alone. O(header, tensors log
/// tensors).
std::map<std::string, TensorEntry> parse_safetensors_header(std::span<const std::byte> bytes,
                                                            const std::filesystem::path& file);

/// "[2, 3]".
std::string shape_text(std::span<const std::uint64_t> shape);

}  // namespace wend
