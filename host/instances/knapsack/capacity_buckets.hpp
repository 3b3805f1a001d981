#pragma once

#include <cstdint>
#include <vector>

#include "host/instances/knapsack/problem.hpp"

namespace wend {

/// Remaining capacities that training tells apart (OracleTraits::buckets): at each depth equally
/// wide ones below the weight of all items to come, and one where all of them fit.
class CapacityBuckets {
 public:
  static constexpr std::uint32_t kCount = 256;

  explicit CapacityBuckets(const KnapsackProblem& problem);

  /// Of a node of depth 0..n.
  [[nodiscard]] std::uint32_t of(std::uint32_t depth, std::uint64_t remaining) const {
    const std::uint64_t most = to_come_[depth];
    if (remaining >= most) return kCount - 1;
    return static_cast<std::uint32_t>(static_cast<double>(remaining) / static_cast<double>(most) *
                                      (kCount - 1));
  }
  /// The least capacity of each that is not empty, ascending.
  [[nodiscard]] std::vector<std::uint64_t> begins(std::uint32_t depth) const;
  /// BatchOracle::bucket_features: Chebyshev polynomials of the share of what is to come that
  /// fits, and whether all of it does.
  [[nodiscard]] static std::vector<double> features();

 private:
  std::vector<std::uint64_t> to_come_;  ///< weight of the items from each on, at most the capacity
};

}  // namespace wend
