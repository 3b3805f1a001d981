#include "host/instances/tree/values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <numeric>
#include <vector>

#include "host/base/parallel.hpp"

namespace wend {
namespace {

constexpr std::uint64_t kGrain = std::uint64_t{1} << 16U;

}  // namespace

double sum_of(const TreeValues& values, unsigned threads) {
  // In blocks that are the same for every number of threads, added in their order.
  const std::uint64_t blocks = values.count() / kGrain + (values.count() % kGrain > 0 ? 1 : 0);
  std::vector<double> sums(blocks, 0.0);
  parallel_blocks(blocks, 1, threads, [&](std::uint64_t first, std::uint64_t last) {
    for (std::uint64_t block = first; block < last; ++block) {
      const std::uint64_t begin = block * kGrain;
      const std::uint64_t end = std::min(begin + kGrain, values.count());
      double sum = 0;
      for (std::uint64_t i = begin; i < end; ++i) sum += values.at(i);
      sums[block] = sum;
    }
  });
  return std::accumulate(sums.begin(), sums.end(), 0.0);
}

TreeValues read_tree_values(const JsonReader& json, std::string_view key) {
  if (!json.at(key).is_string() && !json.at(key).is_object()) return TreeValues(json.numbers(key));
  return TreeValues(json.array_file(key));
}

std::string find_bad_mass(const TreeValues& values) {
  std::atomic<std::uint64_t> bad = std::numeric_limits<std::uint64_t>::max();
  parallel_blocks(values.count(), kGrain, 0, [&](std::uint64_t first, std::uint64_t last) {
    for (std::uint64_t i = first; i < last; ++i) {
      const double value = values.at(i);
      if (value >= 0 && std::isfinite(value)) continue;
      std::uint64_t known = bad;
      while (i < known && !bad.compare_exchange_weak(known, i)) {
      }
      return;
    }
  });
  if (bad == std::numeric_limits<std::uint64_t>::max()) return "";
  return fmt::format("value {} is {}; masses must be finite and not negative", bad.load(),
                     values.at(bad));
}

std::string refuse_masses(const TreeValues& values) {
  if (std::string reason = find_bad_mass(values); !reason.empty()) return reason;
  const double total = sum_of(values);
  if (total <= 0) return "all masses are zero";
  if (std::isinf(total)) return "the masses sum to more than a double holds";
  return "";
}

double mass_scale(const TreeValues& leaf_mass) {
  return std::ldexp(1.0, std::min(-std::ilogb(sum_of(leaf_mass)), 1023));
}

}  // namespace wend
