#pragma once

#include <cstdint>

#include "kernels/lanes/scalar.hpp"
#include "kernels/random/philox.hpp"
#include "kernels/walk/chain_arrays.hpp"
#include "kernels/walk/concepts.hpp"
#include "kernels/walk/walk.hpp"

namespace wend::kernels {

/// What changes at every step, in a thread's registers. 32-bit counters: see kLegSteps.
template <Walk kWalk, SomeView View>
struct Walker {
  const View& oracle;
  typename View::template Cursor<ScalarLanes> cursor;
  std::uint32_t countdown;
  std::uint32_t moves_up = 0;
  std::uint32_t expansions = 0;

  /// Takes one step; true if it arrives at the leaf that is the next sample.
  WEND_HD bool step(std::uint32_t draw) {
    const Move<ScalarLanes> move = oracle.template step<kWalk, ScalarLanes>(cursor, draw);
    moves_up += move.up ? 1U : 0U;
    expansions += move.expanded ? 1U : 0U;
    countdown -= move.leaf ? 1U : 0U;
    return countdown == 0;
  }
};

/// Most steps of one leg: few enough for 32-bit counters in the inner loop.
inline constexpr std::uint32_t kLegSteps = 1U << 30U;

/// Takes one chain, which stands short of `goal`, on until it is there or has used about `budget`
/// steps. Returns the expansions meanwhile.
template <Walk kWalk, SomeView View>
WEND_HD std::uint32_t advance_leg(const View& oracle, const ChainArrays& chains,
                                  std::uint64_t chain, const RunLimits& limits, std::uint64_t goal,
                                  std::uint32_t budget, std::uint32_t* records) {
  const std::uint64_t samples = chains.samples[chain];
  const std::uint32_t due =
      goal - samples < kLegSteps ? static_cast<std::uint32_t>(goal - samples) : kLegSteps;
  std::uint32_t left = due;
  std::uint32_t* record =
      records + (chain * limits.round_size + samples - limits.round_begin) * oracle.record_words();
  Walker<kWalk, View> walker{oracle, oracle.load(chains, chain), chains.countdown[chain]};

  // Writes the sample at which the walker stands; true if it was the last one due.
  const auto sampled = [&] {
    oracle.record(walker.cursor, record);
    record += oracle.record_words();
    walker.countdown = limits.thin;
    return --left == 0;
  };

  // The rest of a block of draws that an earlier leg has begun, then whole blocks.
  const std::uint64_t stream = limits.first_chain + chain;
  const std::uint64_t first_step = chains.steps[chain];
  std::uint64_t step = first_step;
  if ((step & 3U) != 0) {
    const DrawBlock draws = draw_block(limits.seed, limits.purpose, stream, step >> 2U);
    while ((step & 3U) != 0 && left > 0) {
      // Selected, not indexed: an index would put the draws in memory.
      const std::uint32_t word = step & 3U;
      const std::uint32_t draw =
          word == 1 ? draws.word[1] : (word == 2 ? draws.word[2] : draws.word[3]);
      ++step;
      if (walker.step(draw)) sampled();
    }
  }
  std::uint64_t block = step >> 2U;
  if (left > 0) {
    std::uint32_t word = 0;
    for (const std::uint64_t end = (first_step + budget + 3U) >> 2U; block < end; ++block) {
      const DrawBlock draws = draw_block(limits.seed, limits.purpose, stream, block);
      word = 1;
      if (walker.step(draws.word[0]) && sampled()) break;
      word = 2;
      if (walker.step(draws.word[1]) && sampled()) break;
      word = 3;
      if (walker.step(draws.word[2]) && sampled()) break;
      word = 4;
      if (walker.step(draws.word[3]) && sampled()) break;
      word = 0;
    }
    step = (block << 2U) + word;
  }

  oracle.store(walker.cursor, chains, chain);
  const std::uint64_t drawn = due - left;
  // Every leaf visit took the countdown one down, every sample put it back to `thin`.
  chains.leaf_visits[chain] += chains.countdown[chain] + drawn * limits.thin - walker.countdown;
  chains.countdown[chain] = walker.countdown;
  chains.steps[chain] = step;
  chains.moves_up[chain] += walker.moves_up;
  chains.expansions[chain] += walker.expansions;
  chains.samples[chain] += drawn;
  return walker.expansions;
}

/// Steps, <= `most`, that the chain can take without a look at its query limit; not 0 unless it is
/// out of queries. With a limit the chain comes to rest before whole blocks of draws only.
WEND_HD std::uint32_t steps_within_limit(const ChainArrays& chains, std::uint64_t chain,
                                         const RunLimits& limits, std::uint32_t most) {
  if (limits.expansion_limit == ~std::uint64_t{0}) return most;
  if (out_of_queries(chains, chain, limits)) return 0;
  if ((chains.steps[chain] & 3U) != 0) return 1;  // the block that was begun, and no other
  const std::uint64_t safe = expansions_left(chains, chain, limits) & ~std::uint64_t{3};
  return safe < most ? static_cast<std::uint32_t>(safe) : most;
}

/// Takes one chain on until it has its samples of this round, has used the step budget or is out of
/// queries: the body of the fused kernel, one thread a chain, and of the portable CPU path.
///
/// Sample d of chain c is written to records[(c * round_size + d - round_begin) * record_words].
/// Returns the queries that the oracle answered meanwhile, divided by A.
template <Walk kWalk, SomeView View>
WEND_HD std::uint64_t advance_chain(const View& oracle, const ChainArrays& chains,
                                    std::uint64_t chain, const RunLimits& limits,
                                    std::uint32_t* records) {
  const std::uint64_t goal = sample_goal(limits, chain);
  std::uint64_t expansions = 0;
  std::uint64_t left = limits.step_budget;
  while (left > 0 && chains.samples[chain] < goal) {
    const std::uint32_t most = left < kLegSteps ? static_cast<std::uint32_t>(left) : kLegSteps;
    const std::uint32_t budget = steps_within_limit(chains, chain, limits, most);
    if (budget == 0) break;
    expansions += advance_leg<kWalk>(oracle, chains, chain, limits, goal, budget, records);
    left -= budget;
  }
  return expansions;
}

}  // namespace wend::kernels
