#include "host/instances/knapsack/capacity_buckets.hpp"

#include <algorithm>

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

}  // namespace wend
