#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tests/support/chi_square.hpp"
#include "tests/support/kept_draws.hpp"
#include "tests/support/neural_models.hpp"
#include "tests/support/potentials.hpp"

// Laws of small neural instances, by listing all sequences, and whether draws have them.
namespace wend::test {

inline constexpr double kLevel = 1e-6;
inline constexpr std::uint64_t kDraws = 20'000;

using Law = std::map<Prefix, double>;

/// The masses of all sequences behind a prefix, padded, by an oracle's own rows; `factor` of a
/// whole sequence.
template <class Factor>
void gather(BatchOracle& oracle, Prefix& prefix, double log, const Factor& factor, Law& law) {
  const OracleTraits& traits = oracle.traits();
  const bool ended =
      !prefix.empty() && std::ranges::find(traits.end, prefix.back()) != traits.end.end();
  if (ended || prefix.size() == traits.horizon) {
    Prefix padded = prefix;
    padded.resize(traits.horizon, padded.back());
    law[padded] = std::exp(log) * factor(prefix);
    return;
  }
  const std::vector<float> row = row_of(oracle, prefix);
  for (std::uint32_t c = 0; c < traits.alphabet; ++c) {
    prefix.push_back(c);
    gather(oracle, prefix, log + static_cast<double>(row[c]), factor, law);
    prefix.pop_back();
  }
}

template <class Factor>
Law listed_law(BatchOracle& oracle, const Factor& factor) {
  Law law;
  Prefix prefix;
  gather(oracle, prefix, 0, factor, law);
  return law;
}

inline void expect_law(const Ran& ran, const Law& law, const std::string& what) {
  ASSERT_EQ(ran.result.failure, "") << what;
  ASSERT_EQ(ran.result.drawn, kDraws) << what;
  const std::size_t horizon = law.begin()->first.size();
  std::map<Prefix, std::uint64_t> found;
  for (std::uint64_t i = 0; i < kDraws; ++i) {
    const auto* symbols = &ran.draws.symbols[i * horizon];
    const Prefix sequence(symbols, symbols + horizon);
    ++found[sequence];
    if (i < 200) {
      EXPECT_NEAR(ran.draws.log_mass[i], std::log(law.at(sequence)), 1e-5) << what;
    }
  }
  std::vector<std::uint64_t> counts;
  std::vector<double> masses;
  std::uint64_t counted = 0;
  std::size_t cells = 0;
  for (const auto& [sequence, mass] : law) {
    counts.push_back(found[sequence]);
    counted += counts.back();
    masses.push_back(mass);
    if (mass > 0) ++cells;
  }
  ASSERT_GT(cells, 0U);
  EXPECT_EQ(counted, kDraws) << what;
  EXPECT_GT(chi_square_p(counts, masses), kLevel) << what;
}

}  // namespace wend::test
