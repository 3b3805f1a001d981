#pragma once

#include <cstdint>

#include "kernels/elimination/concepts.hpp"
#include "kernels/platform.hpp"

namespace wend {

/// The group that owns a path on the CPU (kernels/elimination/path_walk.hpp): one thread.
struct SoloGroup {
  static constexpr std::uint32_t kSize = 1;
  /// Steps down that members' masses may be behind: they take them all in one pass.
  static constexpr std::uint32_t kPending = 8;
  [[nodiscard]] WEND_HD static std::uint32_t rank() { return 0; }
  WEND_HD static void sync() {}
  WEND_HD static double sum(double value) { return value; }
  WEND_HD static double maximum(double value) { return value; }
  WEND_HD static std::uint32_t sum(std::uint32_t value) { return value; }
  WEND_HD static std::uint32_t minimum(std::uint32_t value) { return value; }
  /// Reads or writes the bits that this thread has of a word.
  WEND_HD static std::uint64_t load_word(const std::uint64_t* word) { return *word; }
  WEND_HD static void store_word(std::uint64_t* word, std::uint64_t bits) { *word = bits; }
  WEND_HD static std::uint32_t population(std::uint64_t bits) {
    return static_cast<std::uint32_t>(__builtin_popcountll(bits));
  }
  WEND_HD static std::uint32_t lowest(std::uint64_t bits) {
    return static_cast<std::uint32_t>(__builtin_ctzll(bits));
  }
};
static_assert(kernels::SomeGroup<SoloGroup>);

}  // namespace wend
