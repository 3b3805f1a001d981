#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace wend {

/// Law of the next symbol given the `order - 1` symbols before it, and which context follows.
/// Context 0 is the empty one, in which every sequence starts.
struct NgramModel {
  static constexpr std::uint32_t kNoContext = 0xFFFFFFFFU;
  static constexpr std::uint32_t kEnd = 0;  ///< the symbol that ends a word, where there is one

  std::uint32_t alphabet = 0;  ///< A, the end symbol included
  bool has_end = false;        ///< symbol 0 ends a word
  std::uint32_t contexts = 0;
  std::vector<double> log_probability;  ///< contexts x A; -inf where it cannot follow
  double log_error = 0;                 ///< most that double has rounded one of them by
  std::vector<std::uint32_t> next;      ///< contexts x A; kNoContext after the end, or where -inf
  std::u32string characters;            ///< corpus models: that of symbol 1 + i, ascending
  std::uint64_t words = 0;              ///< corpus models: words read
};

/// Largest order: a context is kept as a string of order - 1 symbols.
inline constexpr std::uint32_t kMaxOrder = 64;

/// Counts the words of a text file, which read_corpus() reads. The symbols are its code points in
/// ascending order from 1 on; symbol 0 is the end of a word.
///
/// A context is the last order - 1 code points, fewer where the word has fewer so far; those are
/// contexts of their own, so that the start of a word is told from its middle. Probabilities are
/// (count + smoothing) / (total + smoothing * A): Lidstone's rule. With smoothing = 0 only contexts
/// that occur exist; with smoothing > 0 every symbol can follow everywhere, all contexts exist, and
/// those that never occurred are uniform.
/// `characters`, ascending, are the symbols where they are given; they must hold all that occur.
/// `where` starts every message ("FILE: corpus"). Throws Error(kInput): what read_corpus() refuses,
/// too large for memory.
/// O(symbols * order + contexts * A).
NgramModel corpus_model(const std::filesystem::path& file, std::uint32_t order, double smoothing,
                        const std::string& where, std::u32string_view characters = {});

}  // namespace wend
