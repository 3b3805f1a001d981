#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "wend/oracle.hpp"

namespace wend {

/// End symbols as kernels and potentials look them up: bit s of it is set if symbol s ends a
/// sequence; empty where none does. They must be below the alphabet.
inline std::vector<std::uint32_t> end_bits_of(std::uint32_t alphabet,
                                              std::span<const std::uint32_t> ends) {
  std::vector<std::uint32_t> bits;
  if (ends.empty()) return bits;
  bits.resize((alphabet + 31) / 32);
  for (const std::uint32_t symbol : ends) bits[symbol / 32] |= 1U << (symbol % 32);
  return bits;
}

inline std::vector<std::uint32_t> end_bits_of(const OracleTraits& traits) {
  return end_bits_of(traits.alphabet, traits.end);
}

}  // namespace wend
