#pragma once

#include <algorithm>
#include <boost/math/distributions/chi_squared.hpp>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

namespace wend::test {

/// Pearson's chi-square p-value of independent draws against a law (weights of any scale): the
/// chance of a deviation as large if they follow it. Cells that expect fewer than `least` draws are
/// pooled. 0 if a draw fell where the law has no mass; 1 if one cell is left.
inline double chi_square_p(std::span<const std::uint64_t> counts, std::span<const double> law,
                           double least = 10) {
  const auto draws =
      static_cast<double>(std::accumulate(counts.begin(), counts.end(), std::uint64_t{0}));
  const double total = std::accumulate(law.begin(), law.end(), 0.0);
  std::vector<std::pair<double, double>> cells;  // expected, observed
  for (std::size_t i = 0; i < law.size(); ++i) {
    if (law[i] <= 0 && counts[i] > 0) return 0;
    if (law[i] > 0) cells.emplace_back(draws * law[i] / total, static_cast<double>(counts[i]));
  }
  // The smallest cells go together, and on until they are large enough.
  std::ranges::sort(cells, std::greater{});
  while (cells.size() > 1 && cells.back().first < least) {
    const auto [expected, observed] = cells.back();
    cells.pop_back();
    cells.back().first += expected;
    cells.back().second += observed;
  }
  if (cells.size() < 2) return 1;
  double statistic = 0;
  for (const auto& [expected, observed] : cells)
    statistic += (observed - expected) * (observed - expected) / expected;
  const boost::math::chi_squared law_of_statistic(static_cast<double>(cells.size() - 1));
  return boost::math::cdf(boost::math::complement(law_of_statistic, statistic));
}

}  // namespace wend::test
