#include "host/oracles/ask_rows.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <vector>

namespace wend {

void ask_rows(BatchOracle& oracle, std::span<const std::span<const std::uint32_t>> prefixes,
              float* log_ratio) {
  const std::size_t count = prefixes.size();
  const std::size_t alphabet = oracle.traits().alphabet;
  std::vector<std::uint32_t> slots(count);
  std::iota(slots.begin(), slots.end(), 0U);
  const std::vector<std::uint32_t> known(count, 0);
  std::vector<std::uint32_t> depths;
  std::vector<std::uint32_t> symbols;
  std::vector<const std::uint32_t*> pointers;
  for (const std::span<const std::uint32_t> prefix : prefixes) {
    depths.push_back(static_cast<std::uint32_t>(prefix.size()));
    symbols.push_back(prefix.empty() ? 0 : prefix.back());
    pointers.push_back(prefix.data());
  }
  const OracleBatch batch{static_cast<std::uint32_t>(count),
                          slots.data(),
                          depths.data(),
                          symbols.data(),
                          known.data(),
                          pointers.data()};
  OracleRows rows;
  if (oracle.traits().rows == RowKind::kLogRatio) {
    rows.log_ratio = log_ratio;
    oracle.expand(0, batch, rows);
    return;
  }
  std::vector<double> mass(count * alphabet);
  std::vector<double> own(count);
  rows.mass = mass.data();
  rows.own = own.data();
  oracle.expand(0, batch, rows);
  for (std::size_t i = 0; i < count; ++i) {
    const double log_own = depths[i] == 0 ? 0.0 : std::log(own[i]);
    std::transform(mass.begin() + static_cast<std::ptrdiff_t>(i * alphabet),
                   mass.begin() + static_cast<std::ptrdiff_t>((i + 1) * alphabet),
                   log_ratio + i * alphabet,
                   [&](double child) { return static_cast<float>(std::log(child) - log_own); });
  }
}

}  // namespace wend
