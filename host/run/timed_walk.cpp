#include "host/run/timed_walk.hpp"

#include <algorithm>
#include <optional>
#include <variant>
#include <vector>

#include "host/base/stopwatch.hpp"
#include "host/base/time_limit.hpp"
#include "kernels/random/philox.hpp"

namespace wend {
namespace {

constexpr std::uint64_t kRecordBytes = std::uint64_t{16} << 20U;
constexpr std::uint64_t kMostRound = 4096;  // samples of a chain
constexpr double kLongestLimit = 3600;

std::uint64_t chain_record_words(const Oracle& oracle, std::uint64_t chains) {
  return chains * record_words(oracle);
}

}  // namespace

std::uint64_t timed_walk_bytes(const Oracle& oracle, std::uint64_t chains) {
  return std::max(kRecordBytes, chain_record_words(oracle, chains) * sizeof(std::uint32_t));
}

TimedWalk timed_walk(Engine& engine, const Oracle& oracle, Algorithm algorithm, std::uint64_t seed,
                     double seconds, const std::atomic<bool>& stop) {
  const std::uint64_t chains = engine.samples().size();
  const std::uint64_t words = chain_record_words(oracle, chains);
  kernels::RunLimits limits{};
  limits.seed = seed;
  limits.purpose = kernels::kPurposeWalk;
  limits.thin = 1;
  limits.quota = ~std::uint64_t{0} >> 1U;
  limits.step_budget = ~std::uint64_t{0};
  limits.round_size = 1;
  const std::uint64_t most =
      std::clamp<std::uint64_t>(kRecordBytes / (sizeof(std::uint32_t) * words), 1, kMostRound);
  std::vector<std::uint32_t> records;
  TimedWalk walk;
  ChainState state;
  // A limit may have passed before the first step; one twice as long the next time.
  for (double limit = seconds;; limit = std::min(2 * limit, kLongestLimit)) {
    const TimeLimit over(limit, stop);
    const Stopwatch watch;
    while (!over.reached()) {
      records.resize(words * limits.round_size);
      engine.advance(limits, records, over.reached());
      if (over.reached()) break;  // within a round, which another time goes on with
      limits.round_begin += limits.round_size;
      limits.round_size = std::min(2 * limits.round_size, most);
    }
    walk.seconds += watch.seconds();
    state = engine.save();
    if (stop || std::ranges::any_of(state.steps, [](std::uint64_t steps) { return steps != 0; }))
      break;
  }
  const auto* model = std::get_if<ModelOracle>(&oracle);
  const bool all_the_same_length = model == nullptr || model->end_bits.empty();
  walk.totals = reconcile(state, algorithm, alphabet(oracle), engine.oracle_queries(),
                          all_the_same_length ? std::optional(horizon(oracle)) : std::nullopt);
  return walk;
}

}  // namespace wend
