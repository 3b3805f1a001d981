#pragma once

#include <cstdint>
#include <vector>

#include "wend/oracle.hpp"

namespace wend {

/// The end symbols of an oracle as kernels and potentials look them up: bit s of it is set if
/// symbol s ends a sequence; empty where none does. They must be below the alphabet.
inline std::vector<std::uint32_t> end_bits_of(const OracleTraits& traits) {
  std::vector<std::uint32_t> bits;
  if (traits.end.empty()) return bits;
  bits.resize((traits.alphabet + 31) / 32);
  for (const std::uint32_t symbol : traits.end) bits[symbol / 32] |= 1U << (symbol % 32);
  return bits;
}

}  // namespace wend
