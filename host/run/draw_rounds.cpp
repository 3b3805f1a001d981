#include "host/run/draw_rounds.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <variant>

#include "host/base/parallel.hpp"
#include "host/base/stopwatch.hpp"
#include "host/engines/lockstep/oracle_failure.hpp"
#include "host/run/draw_handler.hpp"
#include "kernels/lockstep/path_sums.hpp"
#include "kernels/random/philox.hpp"
#include "wend/counters.hpp"

namespace wend {
namespace {

// Draws a chain makes in the next round: about half a second's worth, so that progress shows and
// an interruption loses nothing, within the buffer. The draws themselves do not depend on it.
std::uint64_t next_round_size(std::uint64_t current, double seconds, std::uint64_t most) {
  constexpr double kRoundSeconds = 0.5;
  const double factor = std::clamp(kRoundSeconds / std::max(seconds, 1e-3), 0.25, 4.0);
  const auto wanted = static_cast<std::uint64_t>(std::ceil(static_cast<double>(current) * factor));
  return std::clamp<std::uint64_t>(wanted, 1, most);
}

// Shares options.max_queries out among the chains: floor(most / chains) each, one more for the
// first ones.
void limit_queries(const Oracle& oracle, const SampleOptions& options, std::uint64_t chains,
                   kernels::RunLimits& limits) {
  if (!options.max_queries) return;
  const std::uint64_t most = *options.max_queries;
  const std::uint64_t symbols = alphabet(oracle);
  limits.expansion_limit = most / chains / symbols;
  limits.expansion_limit_remainder = (most / chains + 1) % symbols == 0 ? most % chains : 0;
}

// True if no chain that owes more samples has queries left, each having gone as far as this round
// let it: a chain short of its goal of the round is out of queries.
bool all_spent(const kernels::RunLimits& limits, const std::vector<std::uint64_t>& drawn) {
  for (std::uint64_t chain = 0; chain < drawn.size(); ++chain) {
    const std::uint64_t quota = limits.quota + (chain < limits.quota_remainder ? 1 : 0);
    if (drawn[chain] < quota && drawn[chain] == kernels::sample_goal(limits, chain)) return false;
  }
  return true;
}

}  // namespace

bool DrawRounds::roots_fit() const {
  return !options_.max_queries || *options_.max_queries / chains_ >= alphabet(oracle_);
}

void DrawRounds::run(Engine& engine, DrawHandler& draws, SampleResult& result,
                     const std::atomic<bool>& stop) const {
  const Device device = engine.device();
  result.backend = device.backend;
  result.device = device.name;
  if (!roots_fit()) {
    result.budget_spent = true;
    result.state = engine.save();
    result.state.expansions.assign(chains_, 0);
    return;
  }
  try {
    result.budget_spent = draw(engine, draws, stop);
  } catch (const OracleFailure& failure) {
    result.failure = failure.what();
  }
  result.state = engine.save();
  const auto* model = std::get_if<ModelOracle>(&oracle_);
  const bool all_the_same_length = model == nullptr || model->end_bits.empty();
  result.totals =
      reconcile(result.state, options_.algorithm, alphabet(oracle_), engine.oracle_queries(),
                all_the_same_length ? std::optional(horizon(oracle_)) : std::nullopt);
}

// True if the queries allowed were used up.
bool DrawRounds::draw(Engine& engine, DrawHandler& draws, const std::atomic<bool>& stop) const {
  kernels::RunLimits limits{};
  limits.seed = options_.seed;
  limits.purpose = kernels::kPurposeWalk;
  limits.thin = thin_;
  limits.quota = options_.samples / chains_;
  limits.quota_remainder = options_.samples % chains_;
  limits.step_budget = ~std::uint64_t{0};
  limit_queries(oracle_, options_, chains_, limits);
  const std::uint64_t longest = chain_quota(options_.samples, chains_, 0);
  const std::uint64_t chain_record_bytes = chains_ * record_words(oracle_) * 4;
  const std::uint64_t most =
      std::clamp<std::uint64_t>(options_.buffer_bytes / chain_record_bytes, 1, longest);
  std::vector<std::uint32_t> records;
  std::vector<std::uint64_t> drawn(chains_, 0);
  bool spent = false;

  limits.round_size = 1;
  while (limits.round_begin < longest && !stop && !spent) {
    records.resize(chains_ * limits.round_size * record_words(oracle_));
    const Stopwatch watch;
    std::optional<OracleFailure> failure;
    try {
      engine.advance(limits, records, stop);
    } catch (const OracleFailure& failed) {
      failure = failed;
    }
    const bool stopped = stop || failure;
    if (stopped || options_.max_queries) {
      drawn = engine.samples();
    } else {
      for (std::uint64_t chain = 0; chain < chains_; ++chain)
        drawn[chain] = kernels::sample_goal(limits, chain);
    }
    hand_on(limits, records, drawn, draws);
    if (failure) throw OracleFailure(*failure);
    spent = options_.max_queries && !stopped && all_spent(limits, drawn);
    limits.round_begin += limits.round_size;
    // Which chains meet in a round of the lockstep engine follows from the sizes of these, and
    // with it what is asked: no clock may have a say.
    limits.round_size = std::holds_alternative<ModelOracle>(oracle_)
                            ? std::min(2 * limits.round_size, most)
                            : next_round_size(limits.round_size, watch.seconds(), most);
    draws.report();
  }
  return spent;
}

// Decodes a round's records. `drawn[c]`: draws of chain c, up to and including this round.
void DrawRounds::hand_on(const kernels::RunLimits& limits, std::span<const std::uint32_t> records,
                         const std::vector<std::uint64_t>& drawn, DrawHandler& draws) const {
  const std::uint32_t words = record_words(oracle_);
  const std::uint32_t length = horizon(oracle_);
  const auto* model = std::get_if<ModelOracle>(&oracle_);
  const bool sums = model != nullptr && !model->own_masses;
  const double log_scale = draws.log_root_scale();
  const std::uint64_t block = std::min(DrawHandler::kMostDraws, limits.round_size);
  parallel_blocks(chains_, 1, options_.threads, [&](std::uint64_t first, std::uint64_t last) {
    std::vector<std::uint32_t> symbols(block * length);
    std::vector<double> log_mass(sums ? block : 0);
    std::vector<double> log_weight(sums ? block : 0);
    for (std::uint64_t chain = first; chain < last; ++chain) {
      for (std::uint64_t draw = limits.round_begin; draw < drawn[chain]; draw += block) {
        const std::uint64_t count = std::min(block, drawn[chain] - draw);
        const std::uint64_t at = chain * limits.round_size + draw - limits.round_begin;
        if (sums || draws.wants(chain, draw)) {
          for (std::uint64_t i = 0; i < count; ++i)
            decode(oracle_, &records[(at + i) * words], {&symbols[i * length], length});
        }
        if (!sums) {
          draws.take(chain, draw, count, symbols.data());
          continue;
        }
        for (std::uint64_t i = 0; i < count; ++i) {
          const std::uint32_t* record = &records[(at + i) * words + length];
          log_mass[i] = log_scale + kernels::load_double(record);
          log_weight[i] = kernels::load_double(record + 2);
        }
        draws.take(chain, draw, count, symbols.data(), log_mass.data(), log_weight.data());
      }
    }
  });
}

}  // namespace wend
