#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <vector>

#include "host/engines/engine.hpp"
#include "host/instances/tree/masses.hpp"
#include "host/oracles/walk_of.hpp"
#include "kernels/random/philox.hpp"
#include "wend/counters.hpp"

namespace wend::test {

/// Chains, samples of each, and leaf visits to the first sample; one visit from sample to sample.
struct Draws {
  std::uint64_t chains = 0;
  std::uint64_t each = 0;
  std::uint32_t first_visits = 1;
};

/// One round of `each` samples of every chain, all visits counting.
inline kernels::RunLimits one_round(std::uint64_t seed, std::uint64_t each) {
  kernels::RunLimits limits{};
  limits.seed = seed;
  limits.purpose = kernels::kPurposeWalk;
  limits.thin = 1;
  limits.quota = each;
  limits.round_size = each;
  limits.step_budget = ~std::uint64_t{0};
  return limits;
}

/// Draws on one CPU thread, checks the counters, and counts leaves: leaf i is the sequence that
/// spells i in base A, first symbol most significant.
inline std::vector<std::uint64_t> leaf_counts(const Oracle& oracle, Algorithm algorithm,
                                              const Draws& draws) {
  const auto engine = make_cpu_engine(oracle, walk_of(algorithm),
                                      chains_at_root(oracle, draws.chains, draws.first_visits), 1);
  const kernels::RunLimits limits = one_round(20260601, draws.each);
  const std::uint32_t words = record_words(oracle);
  std::vector<std::uint32_t> records(draws.chains * draws.each * words);
  const std::atomic<bool> stop{false};
  engine->advance(limits, records, stop);
  const Counters totals = reconcile(engine->save(), algorithm, alphabet(oracle),
                                    engine->oracle_queries(), horizon(oracle));
  EXPECT_EQ(totals.samples, draws.chains * draws.each);
  std::vector<std::uint64_t> counts(leaves(alphabet(oracle), horizon(oracle)), 0);
  std::vector<std::uint32_t> symbols(horizon(oracle));
  for (std::uint64_t record = 0; record < draws.chains * draws.each; ++record) {
    decode(oracle, &records[record * words], symbols);
    std::uint64_t leaf = 0;
    for (const std::uint32_t symbol : symbols) leaf = leaf * alphabet(oracle) + symbol;
    ++counts.at(leaf);
  }
  return counts;
}

}  // namespace wend::test
