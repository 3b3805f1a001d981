#include "host/instances/knapsack/capacity_buckets.hpp"

#include <algorithm>
#include <utility>

namespace wend {

CapacityBuckets::CapacityBuckets(const KnapsackProblem& problem)
    : to_come_(problem.items() + std::size_t{1}, 0) {
  for (std::uint32_t i = problem.items(); i-- > 0;)
    to_come_[i] = std::min(problem.capacity, to_come_[i + 1] + problem.weights[i]);
}

std::vector<std::uint64_t> CapacityBuckets::begins(std::uint32_t depth) const {
  std::vector<std::uint64_t> begins{0};
  for (std::uint32_t bucket = 1; bucket < kCount; ++bucket) {
    // of() rises with the capacity: the first one that it gives this bucket, or a later one.
    std::uint64_t low = begins.back();
    std::uint64_t high = to_come_[depth];
    while (low < high) {
      const std::uint64_t middle = low + (high - low) / 2;
      if (of(depth, middle) >= bucket)
        high = middle;
      else
        low = middle + 1;
    }
    if (low != begins.back()) begins.push_back(low);
  }
  return begins;
}

std::vector<double> CapacityBuckets::features() {
  constexpr std::uint32_t kDegree = 8;
  std::vector<double> features;
  features.reserve(std::size_t{kCount} * (kDegree + 1));
  for (std::uint32_t bucket = 0; bucket < kCount; ++bucket) {
    const double x = 2.0 * bucket / (kCount - 1) - 1;
    double before = 1;
    double polynomial = x;
    for (std::uint32_t degree = 1; degree <= kDegree; ++degree) {
      features.push_back(polynomial);
      before = 2 * x * polynomial - before;
      std::swap(before, polynomial);
    }
    features.push_back(bucket == kCount - 1 ? 1 : 0);
  }
  return features;
}

}  // namespace wend
