#pragma once

#include <cstdint>

#include "kernels/lockstep/path_sums.hpp"
#include "kernels/lockstep/walk.hpp"

namespace wend {

/// What kernels::LogPathSums keeps along the paths, added up at the leaves instead, in the same
/// order and so to the same bits: of chains that have the rows of all depths, and leaves at depth H
/// alone. A step then has nothing to add, and a record costs O(H), as its symbols do.
struct LeafSums {
  kernels::PathRows paths;  ///< levels == horizon
  const std::uint32_t*
      symbols;  ///< [chain][symbols_stride], those of depths 1..H from element 1 on
  std::uint64_t symbols_stride;
  std::uint32_t alphabet;
  std::uint64_t ratios_at;  ///< see kernels::LogPathSums

  WEND_HD void down(std::uint64_t /*chain*/, std::uint32_t /*depth*/, std::uint32_t /*symbol*/,
                    const std::uint32_t* /*node*/) const {}

  WEND_HD void record(std::uint64_t chain, std::uint32_t depth, std::uint32_t* record) const {
    const std::uint32_t* symbol = symbols + chain * symbols_stride;
    const std::uint32_t* sums = paths.node(chain, 0) + ratios_at;
    double log_mass = 0;
    double log_weight = 0;
    for (std::uint32_t h = 0; h < depth; ++h, sums += paths.node_words) {
      const kernels::PathTerm term = kernels::path_term(sums, alphabet, symbol[h + 1]);
      log_mass += static_cast<double>(term.log_ratio);
      log_weight += term.log_sum;
    }
    kernels::store_double(log_mass, record);
    kernels::store_double(log_weight, record + 2);
  }
};

}  // namespace wend
