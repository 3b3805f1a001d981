#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "host/files/byte_source.hpp"
#include "host/files/npy_header.hpp"
#include "host/files/output_file.hpp"

namespace wend {

/// One array of an .npz file. `source` is asked for its bytes once, from first to last, in pieces
/// of any size.
struct NpzArray {
  std::string name;
  NpyType type = NpyType::kF8;
  std::vector<std::uint64_t> shape;
  ByteSource source;
};

/// Writes arrays as an .npz file, as numpy.savez does: a zip archive, not compressed, in the 64-bit
/// form where it must be. The same arrays give the same bytes, whenever they are written. Fixed
/// memory. Does not commit `file`. Throws Error(kRuntime), or what a source throws.
void write_npz(OutputFile& file, std::vector<NpzArray> arrays);

}  // namespace wend
