#pragma once

#include <cstdint>

#include "kernels/chain_arrays.hpp"
#include "kernels/lanes.hpp"
#include "kernels/philox.hpp"
#include "kernels/walk.hpp"

namespace wend::kernels {

/// The sample number at which chain `chain` rests in this launch.
WEND_HD std::uint64_t sample_goal(const RunLimits& limits, std::uint64_t chain) {
  const std::uint64_t quota = limits.quota + (chain < limits.quota_remainder ? 1U : 0U);
  const std::uint64_t round_end = limits.round_begin + limits.round_size;
  return quota < round_end ? quota : round_end;
}

/// Takes one chain on until it has its samples of this round or has used the step budget: the body
/// of the fused kernel, one thread a chain, and of the portable CPU path.
///
/// Sample d of chain c is written to records[(c * round_size + d - round_begin) * record_words].
/// Returns the queries that the oracle answered meanwhile, divided by A.
template <Walk kWalk, class View>
WEND_HD std::uint64_t advance_chain(const View& oracle, const ChainArrays& chains,
                                    std::uint64_t chain, const RunLimits& limits,
                                    std::uint32_t* records) {
  const std::uint64_t goal = sample_goal(limits, chain);
  std::uint64_t samples = chains.samples[chain];
  if (samples >= goal) return 0;

  auto cursor = oracle.load(chains, chain);
  std::uint32_t countdown = chains.countdown[chain];
  const std::uint64_t first_step = chains.steps[chain];
  std::uint64_t step = first_step;
  std::uint64_t moves_up = 0;
  std::uint64_t expansions = 0;
  std::uint64_t leaf_visits = 0;
  const std::uint32_t record_words = oracle.record_words();

  while (samples < goal && step - first_step < limits.step_budget) {
    const DrawBlock draws =
        draw_block(limits.seed, limits.purpose, limits.first_chain + chain, step >> 2U);
    const std::uint32_t used = static_cast<std::uint32_t>(step & 3U);
#if defined(__CUDA_ARCH__)
#pragma unroll
#endif
    for (std::uint32_t word = 0; word < 4; ++word) {
      if (word < used || samples >= goal) continue;
      const Move<ScalarLanes> move =
          oracle.template step<kWalk, ScalarLanes>(cursor, draws.word[word]);
      ++step;
      moves_up += move.up ? 1U : 0U;
      expansions += move.expanded ? 1U : 0U;
      if (move.leaf) {
        ++leaf_visits;
        if (--countdown == 0) {
          oracle.record(cursor, records + (chain * limits.round_size + samples -
                                           limits.round_begin) * record_words);
          ++samples;
          countdown = limits.thin;
        }
      }
    }
  }

  oracle.store(cursor, chains, chain);
  chains.countdown[chain] = countdown;
  chains.steps[chain] = step;
  chains.moves_up[chain] += moves_up;
  chains.expansions[chain] += expansions;
  chains.leaf_visits[chain] += leaf_visits;
  chains.samples[chain] = samples;
  return expansions;
}

}  // namespace wend::kernels
