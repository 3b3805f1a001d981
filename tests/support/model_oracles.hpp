#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <utility>
#include <vector>

#include "kernels/random/prefix_noise.hpp"
#include "wend/oracle.hpp"

// Oracles that no table holds, for tests.
namespace wend::test {

inline constexpr float kNothing = -std::numeric_limits<float>::infinity();

/// A number in [0, 1) of a prefix.
inline double unit_of(std::uint64_t hash) {
  return static_cast<double>(kernels::extend_prefix(hash, 77) >> 11U) * 0x1p-53;
}

/// Log ratios that are pure functions of the prefix, an eighth of them nothing; and a check of what
/// it is told of its slots.
class HashOracle : public BatchOracle {
 public:
  HashOracle(std::uint32_t alphabet, std::uint32_t horizon, std::vector<std::uint32_t> end = {},
             double spread = 2) {
    traits_.name = "hash";
    traits_.alphabet = alphabet;
    traits_.horizon = horizon;
    traits_.end = std::move(end);
    spread_ = spread;
  }

  [[nodiscard]] OracleTraits& mutable_traits() { return traits_; }
  [[nodiscard]] const OracleTraits& traits() const override { return traits_; }

  void expand(std::uint32_t context, const OracleBatch& batch, const OracleRows& rows) override {
    for (std::uint32_t i = 0; i < batch.size; ++i) {
      check_slot(context, batch, i);
      row({batch.prefix[i], batch.prefix[i] + batch.depth[i]},
          rows.log_ratio + i * traits_.alphabet);
    }
  }

  /// ln( w(c)/w(u) ): most ratios sum to about 1.
  void row(const std::vector<std::uint32_t>& prefix, float* logs) const {
    std::uint64_t hash = 0;
    for (const std::uint32_t symbol : prefix) hash = kernels::extend_prefix(hash, symbol);
    for (std::uint32_t c = 0; c < traits_.alphabet; ++c) {
      const std::uint64_t child = kernels::extend_prefix(hash, c);
      const bool dead = c > 0 && unit_of(child ^ 1U) < 0.125;
      logs[c] = dead ? kNothing
                     : static_cast<float>(spread_ * (unit_of(child) - 0.5) -
                                          std::log(static_cast<double>(traits_.alphabet)));
    }
  }

  [[nodiscard]] bool ends(std::uint32_t symbol) const {
    return std::ranges::find(traits_.end, symbol) != traits_.end.end();
  }

  /// The mass of every sequence that has some, padded with its end symbol, and how many of them end
  /// above depth H at the other parity.
  [[nodiscard]] std::map<std::vector<std::uint32_t>, double> law() const {
    std::map<std::vector<std::uint32_t>, double> found;
    std::vector<std::uint32_t> prefix;
    gather(prefix, 0, found);
    return found;
  }

 private:
  void check_slot(std::uint32_t context, const OracleBatch& batch, std::uint32_t i) {
    ASSERT_LT(context, traits_.contexts);
    std::vector<std::uint32_t>& slot = slots_[{context, batch.slot[i]}];
    ASSERT_LE(batch.known[i], batch.depth[i]);
    ASSERT_LE(batch.known[i], slot.size());
    for (std::uint32_t h = 0; h < batch.known[i]; ++h) ASSERT_EQ(slot[h], batch.prefix[i][h]);
    slot.assign(batch.prefix[i], batch.prefix[i] + batch.depth[i]);
    ASSERT_EQ(batch.symbol[i], slot.empty() ? 0 : slot.back());
  }

  void gather(std::vector<std::uint32_t>& prefix, double log_mass,
              std::map<std::vector<std::uint32_t>, double>& found) const {
    if (prefix.size() == traits_.horizon || (!prefix.empty() && ends(prefix.back()))) {
      std::vector<std::uint32_t> leaf(prefix.begin(), prefix.end());
      leaf.resize(traits_.horizon, leaf.back());
      found[leaf] += std::exp(log_mass);
      return;
    }
    std::vector<float> logs(traits_.alphabet);
    row(prefix, logs.data());
    for (std::uint32_t c = 0; c < traits_.alphabet; ++c) {
      if (logs[c] == kNothing) continue;
      prefix.push_back(c);
      gather(prefix, log_mass + static_cast<double>(logs[c]), found);
      prefix.pop_back();
    }
  }

  OracleTraits traits_;
  double spread_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::vector<std::uint32_t>> slots_;
};

}  // namespace wend::test
