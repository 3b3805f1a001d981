#pragma once

#include <cstdint>

#include "host/files/byte_source.hpp"
#include "host/files/output_file.hpp"

namespace wend {

/// Columns of a table of draws; each source is read once, from first row to last.
struct CsvColumns {
  std::uint64_t rows = 0;
  std::uint32_t horizon = 0;
  std::uint32_t alphabet = 0;
  ByteSource chain;       ///< 64-bit
  ByteSource log_mass;    ///< doubles
  ByteSource log_weight;  ///< doubles, or empty: no such column
  ByteSource symbols;     ///< `horizon` a row; one byte each if alphabet <= 256, else two
};

/// Writes "chain,log_mass[,log_weight],s0,..." and a line a row; doubles in the fewest digits that
/// read back as the same double. Fixed memory. Does not commit `file`. Throws Error(kRuntime).
void write_csv(OutputFile& file, const CsvColumns& columns);

}  // namespace wend
