#pragma once

#include <cstdint>

#include "kernels/platform.hpp"

// What adds up along the paths of lockstep chains, beside the symbols. Copied word by word: it lies
// in rows and records, which are arrays of words.
namespace wend::kernels {

WEND_HD double load_double(const std::uint32_t* words) {
  double value = 0;
  __builtin_memcpy(&value, words, sizeof value);
  return value;
}
WEND_HD void store_double(double value, std::uint32_t* words) {
  __builtin_memcpy(words, &value, sizeof value);
}

/// Nothing: where the instance tells a sequence's mass by itself.
struct NoPathSums {
  static constexpr std::uint32_t kRecordWords = 0;
  WEND_HD void down(std::uint64_t /*chain*/, std::uint32_t /*depth*/, std::uint32_t /*symbol*/,
                    const std::uint32_t* /*node*/) const {}
  WEND_HD void record(std::uint64_t /*chain*/, std::uint32_t /*depth*/,
                      std::uint32_t* /*record*/) const {}
};

/// What a path's sums get from a node that it goes down through: ln( w(child)/w(u) ), and
/// ln( S(u)/w(u) ).
struct PathTerm {
  float log_ratio;
  double log_sum;
};

/// sums: a node's log ratios, A floats, and then ln( S/w ), a double.
WEND_HD PathTerm path_term(const std::uint32_t* sums, std::uint32_t alphabet,
                           std::uint32_t symbol) {
  float ratio = 0;
  __builtin_memcpy(&ratio, sums + symbol, sizeof ratio);
  return {ratio, load_double(sums + alphabet)};
}

/// ln w of a path, the sum of its ratios' logarithms, and the sum of ln( S(u)/w(u) ) over the nodes
/// that it left downwards, the sequential sampler's log importance weight. What path_term() reads
/// begins at word `ratios_at` of a node.
struct LogPathSums {
  static constexpr std::uint32_t kRecordWords = 4;
  double* log_mass;    ///< [chain][H + 1]
  double* log_weight;  ///< the same
  std::uint32_t horizon;
  std::uint32_t alphabet;
  std::uint64_t ratios_at;

  /// The chain leaves a node downwards; `node` is null if that has one child of its own mass.
  WEND_HD void down(std::uint64_t chain, std::uint32_t depth, std::uint32_t symbol,
                    const std::uint32_t* node) const {
    const std::uint64_t at = chain * (horizon + 1U) + depth;
    PathTerm term{0, 0};
    if (node != nullptr) term = path_term(node + ratios_at, alphabet, symbol);
    log_mass[at + 1] = log_mass[at] + static_cast<double>(term.log_ratio);
    log_weight[at + 1] = log_weight[at] + term.log_sum;
  }

  WEND_HD void record(std::uint64_t chain, std::uint32_t depth, std::uint32_t* record) const {
    const std::uint64_t at = chain * (horizon + 1U) + depth;
    store_double(log_mass[at], record);
    store_double(log_weight[at], record + 2);
  }
};

}  // namespace wend::kernels
