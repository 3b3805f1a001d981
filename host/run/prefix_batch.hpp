#pragma once

#include <cstdint>
#include <vector>

#include "wend/oracle.hpp"

namespace wend {

/// Sequences that grow together, a symbol a call of the oracle, by the oracle's own law: nodes such
/// as a walk meets. One that ends begins again at the root.
class PrefixBatch {
 public:
  /// `size` sequences at the root, in slots 0 .. size - 1 of context 0.
  PrefixBatch(BatchOracle& oracle, std::uint32_t size, std::uint64_t seed);

  /// Asks for the rows of all nodes: one call.
  void ask();
  /// Takes every sequence on by a symbol of its row.
  void grow();

  /// Symbols that the next call brings which the oracle has not read.
  [[nodiscard]] std::uint64_t new_symbols() const;
  /// Of all nodes of the next call.
  [[nodiscard]] std::uint64_t depths() const;

 private:
  [[nodiscard]] double weight(std::uint64_t cell) const;
  bool take_child(std::uint32_t i);

  BatchOracle& oracle_;
  const std::uint32_t alphabet_;
  const std::uint32_t horizon_;
  const std::uint64_t seed_;
  std::uint64_t calls_ = 0;
  std::vector<std::uint32_t> end_bits_;
  std::vector<std::uint32_t> symbols_;  // [sequence][H]
  std::vector<std::uint32_t> slot_, depth_, symbol_, known_;
  std::vector<const std::uint32_t*> prefix_;
  std::vector<float> logs_;
  std::vector<double> masses_, own_;
};

}  // namespace wend
