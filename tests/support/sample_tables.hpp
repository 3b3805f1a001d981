#pragma once

#include <cmath>
#include <cstdint>
#include <numeric>
#include <vector>

#include "host/report/sample_spool.hpp"

// Tables of samples that need no run, for the tests of what is written.
namespace wend::test {

/// Draws that are pure functions of their row.
inline std::uint32_t symbol_at(std::uint64_t row, std::uint32_t h, std::uint32_t alphabet) {
  return static_cast<std::uint32_t>((row * 2654435761U + h * 40503U) % alphabet);
}
inline double log_mass_at(std::uint64_t row) { return -std::sqrt(static_cast<double>(row) + 0.1); }
inline double log_weight_at(std::uint64_t row) { return std::sin(static_cast<double>(row)) * 1e-7; }

/// Hands over `count` draws of a chain, from its draw `begin` on.
inline void put(SampleSpool& spool, const SampleTable& table, std::uint64_t chain,
                std::uint64_t begin, std::uint64_t count) {
  const std::uint64_t row = first_row(table.samples, table.chains, chain) + begin;
  std::vector<std::uint32_t> symbols;
  std::vector<double> log_mass;
  std::vector<double> log_weight;
  for (std::uint64_t i = row; i < row + count; ++i) {
    for (std::uint32_t h = 0; h < table.horizon; ++h) {
      symbols.push_back(symbol_at(i, h, table.alphabet));
    }
    log_mass.push_back(log_mass_at(i));
    log_weight.push_back(log_weight_at(i));
  }
  spool.put({row, chain, count, symbols.data(), log_mass.data(),
             table.with_weight ? log_weight.data() : nullptr});
}

/// A result whose chains drew their quotas, or `drawn` where given, with counters of their own.
inline SampleResult result_of(const SampleTable& table, std::vector<std::uint64_t> drawn = {}) {
  SampleResult result;
  result.partial = !drawn.empty();
  if (drawn.empty()) {
    for (std::uint64_t c = 0; c < table.chains; ++c) {
      drawn.push_back(chain_quota(table.samples, table.chains, c));
    }
  }
  ChainState& state = result.state;
  state.samples = drawn;
  for (std::uint64_t c = 0; c < table.chains; ++c) {
    state.node.push_back(0);
    state.depth.push_back(static_cast<std::uint16_t>(c % 3));
    state.arrived_up.push_back(0);
    state.countdown.push_back(1);
    state.steps.push_back(1000 + c);
    state.moves_up.push_back(500 + c);
    state.expansions.push_back(300 + c);
    state.leaf_visits.push_back(200 + c);
  }
  result.drawn = std::accumulate(drawn.begin(), drawn.end(), std::uint64_t{0});
  return result;
}

inline void put_all(SampleSpool& spool, const SampleTable& table, const SampleResult& result) {
  for (std::uint64_t c = table.chains; c-- > 0;) put(spool, table, c, 0, result.state.samples[c]);
}

/// Quotas: 11 of chains 0 to 2, then 10.
inline SampleTable small_table() {
  return {.samples = 103, .chains = 10, .horizon = 7, .alphabet = 5, .with_weight = false};
}

}  // namespace wend::test
