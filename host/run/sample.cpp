#include "wend/sample.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>
#include <string_view>

#include "host/base/memory_limit.hpp"
#include "host/base/parallel.hpp"
#include "host/engines/engine.hpp"
#include "host/instances/instance.hpp"
#include "host/oracles/walk_of.hpp"
#include "host/run/draw_monitor.hpp"
#include "host/run/elimination.hpp"
#include "host/run/pilot.hpp"
#include "host/run/plan.hpp"
#include "kernels/random/philox.hpp"
#include "kernels/walk/advance.hpp"
#include "wend/bounds.hpp"
#include "wend/error.hpp"

namespace wend {
namespace {

class Stopwatch {
 public:
  [[nodiscard]] double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

std::unique_ptr<Engine> make_engine(const Oracle& oracle, const Plan& plan,
                                    const SampleOptions& options) {
  ChainState chains = chains_at_root(oracle, plan.chains, std::max(1U, plan.first_visits));
  const bool on_cpu_alone = std::holds_alternative<PrefixOracle>(oracle);
  const bool cuda = options.backend == Backend::kCuda ||
                    (options.backend == Backend::kAuto && !on_cpu_alone && cuda_available());
  return cuda ? make_cuda_engine(oracle, plan.walk, std::move(chains))
              : make_cpu_engine(oracle, plan.walk, std::move(chains), options.threads);
}

// Turns the records of one round into draws and hands them on.
class RoundReader {
 public:
  RoundReader(const Instance& instance, const Oracle& oracle, const SampleOptions& options,
              const Plan& plan, SampleSink* sink, DrawMonitor& monitor)
      : instance_(instance),
        oracle_(oracle),
        options_(options),
        chains_(plan.chains),
        sink_(sink),
        monitor_(monitor),
        weighted_(options.algorithm == Algorithm::kSequential &&
                  options.correction == Correction::kWeight) {}

  // `drawn[c]`: draws of chain c, up to and including this round.
  void read(const kernels::RunLimits& limits, std::span<const std::uint32_t> records,
            const std::vector<std::uint64_t>& drawn) {
    parallel_blocks(chains_, 1, options_.threads, [&](std::uint64_t first, std::uint64_t last) {
      Buffers buffers(horizon(oracle_), std::min(kBlock, limits.round_size));
      for (std::uint64_t chain = first; chain < last; ++chain) {
        for (std::uint64_t draw = limits.round_begin; draw < drawn[chain]; draw += kBlock) {
          const std::uint64_t count = std::min(kBlock, drawn[chain] - draw);
          read_block(limits, records, chain, draw, count, buffers);
        }
      }
    });
  }

 private:
  static constexpr std::uint64_t kBlock = 1024;

  struct Buffers {
    Buffers(std::uint32_t horizon, std::uint64_t draws)
        : symbols(draws * horizon), log_mass(draws), log_weight(draws) {}
    std::vector<std::uint16_t> symbols;
    std::vector<double> log_mass;
    std::vector<double> log_weight;
  };

  void read_block(const kernels::RunLimits& limits, std::span<const std::uint32_t> records,
                  std::uint64_t chain, std::uint64_t draw, std::uint64_t count, Buffers& buffers) {
    if (sink_ == nullptr && !weighted_ && !monitor_.wants(chain, draw)) return;
    const std::uint32_t words = record_words(oracle_);
    const std::uint32_t length = horizon(oracle_);
    const std::uint64_t at = chain * limits.round_size + draw - limits.round_begin;
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::span<std::uint16_t> symbols(&buffers.symbols[i * length], length);
      decode(oracle_, &records[(at + i) * words], symbols);
      buffers.log_mass[i] = instance_.log_mass(symbols.data());
      if (weighted_) buffers.log_weight[i] = instance_.log_weight(symbols.data());
    }
    const SampleRows rows{first_row(options_.samples, chains_, chain) + draw,
                          chain,
                          count,
                          buffers.symbols.data(),
                          buffers.log_mass.data(),
                          weighted_ ? buffers.log_weight.data() : nullptr};
    monitor_.put(rows, draw);
    if (sink_ != nullptr) sink_->put(rows);
  }

  const Instance& instance_;
  const Oracle& oracle_;
  const SampleOptions& options_;
  std::uint64_t chains_;
  SampleSink* sink_;
  DrawMonitor& monitor_;
  bool weighted_;
};

// Limits of the tables themselves are found without knowing which file asked for them.
Oracle compile_oracle(const Instance& instance, const SampleOptions& options) {
  try {
    return instance.compile(walk_of(options.algorithm), options.correction);
  } catch (const Error& error) {
    const std::string& path = instance.facts().path;
    if (error.kind() != ErrorKind::kInput || std::string_view(error.what()).starts_with(path))
      throw;
    throw Error(ErrorKind::kInput, fmt::format("{}: horizon: {}", path, error.what()));
  }
}

// Chains with their paths, twice while a state is copied out, and one record each.
void check_run_memory(const Oracle& oracle, std::uint64_t chains, const std::string& path) {
  constexpr std::uint64_t kChainBytes = 52;
  check_memory(chains * (2 * (kChainBytes + 4 * path_words(oracle)) + 4 * record_words(oracle)),
               fmt::format("{}: {} chains of horizon {} (fewer with --chains)", path, chains,
                           horizon(oracle)));
}

// Measures K where the plan leaves it to a pilot run.
void resolve_visits(const Instance& instance, const Oracle& oracle, const SampleOptions& options,
                    const std::atomic<bool>& stop, Plan& plan, SampleResult& result) {
  if (plan.visits != Visits::kMeasured) return;
  const Stopwatch watch;
  const std::optional<PilotResult> pilot =
      run_pilot(instance, oracle, plan.walk, options.seed, options.threads, stop);
  result.pilot_seconds = watch.seconds();
  if (!pilot) return;
  plan.pilot_converged = pilot->converged;
  // Unknown kappa: the first visit's density needs a bound on how far estimates fall below the
  // mass alone (docs/design.md), which is 1 for a lookahead.
  plan.first_visits = visits_from_relaxation(pilot->relaxation, plan.kappa.value_or(1.0),
                                             instance.facts().horizon, options.delta);
  result.relaxation = pilot->relaxation;
  result.pilot_queries = pilot->queries;
}

std::string visits_rule(const Plan& plan) {
  if (plan.walk == kernels::Walk::kSequential) return "";
  return plan.visits == Visits::kProven ? "proven"
                                        : (plan.visits == Visits::kMeasured ? "measured" : "fixed");
}

// Draws a chain makes in the next round: about half a second's worth, so that progress shows and
// an interruption loses nothing, within the buffer. The draws themselves do not depend on it.
std::uint64_t next_round_size(std::uint64_t current, double seconds, std::uint64_t most) {
  constexpr double kRoundSeconds = 0.5;
  const double factor = std::clamp(kRoundSeconds / std::max(seconds, 1e-3), 0.25, 4.0);
  const auto wanted = static_cast<std::uint64_t>(std::ceil(static_cast<double>(current) * factor));
  return std::clamp<std::uint64_t>(wanted, 1, most);
}

// Shares options.max_queries out among the chains: floor(most / chains) each, one more for the
// first ones. Throws Error(kUsage) if a chain could not expand its root.
void limit_queries(const Oracle& oracle, const SampleOptions& options, std::uint64_t chains,
                   kernels::RunLimits& limits) {
  if (!options.max_queries) return;
  const std::uint64_t most = *options.max_queries;
  const std::uint64_t symbols = alphabet(oracle);
  if (most / chains < symbols)
    throw Error(ErrorKind::kUsage,
                fmt::format("--max-queries: {} queries are fewer than the {} that {} chains ask at "
                            "their roots",
                            most, chains * symbols, chains));
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

std::uint64_t chain_quota(std::uint64_t samples, std::uint64_t chains, std::uint64_t chain) {
  return samples / chains + (chain < samples % chains ? 1 : 0);
}

std::uint64_t first_row(std::uint64_t samples, std::uint64_t chains, std::uint64_t chain) {
  return samples / chains * chain + std::min(chain, samples % chains);
}

SampleResult sample(const Instance& instance, const SampleOptions& options, SampleSink* sink,
                    const std::atomic<bool>& stop, const Progress& progress) {
  if (options.algorithm == Algorithm::kClassElimination)
    return sample_class(instance, options, sink, stop, progress);
  Plan plan = make_plan(instance.facts(), options);
  SampleResult result;
  result.chains = plan.chains;
  result.requested = options.samples;

  const Stopwatch compile_watch;
  const Oracle oracle = compile_oracle(instance, options);
  result.compile_seconds = compile_watch.seconds();
  resolve_visits(instance, oracle, options, stop, plan, result);

  result.visits_rule = visits_rule(plan);
  result.first_visits = plan.first_visits;
  result.thin = options.thin.value_or(plan.first_visits);
  result.kappa = plan.kappa;

  check_run_memory(oracle, plan.chains, instance.facts().path);
  const Stopwatch run_watch;
  const auto engine = make_engine(oracle, plan, options);
  result.device = engine->device();
  result.backend = result.device.starts_with("cpu") ? "cpu" : "cuda";
  DrawMonitor monitor(options.samples, plan.chains, instance.facts().horizon);
  RoundReader reader(instance, oracle, options, plan, sink, monitor);

  kernels::RunLimits limits{};
  limits.seed = options.seed;
  limits.purpose = kernels::kPurposeWalk;
  limits.thin = result.thin;
  limits.quota = options.samples / plan.chains;
  limits.quota_remainder = options.samples % plan.chains;
  limits.step_budget = ~std::uint64_t{0};
  limit_queries(oracle, options, plan.chains, limits);
  const std::uint64_t longest = chain_quota(options.samples, plan.chains, 0);
  const std::uint64_t chain_record_bytes = plan.chains * record_words(oracle) * 4;
  const std::uint64_t most =
      std::clamp<std::uint64_t>(options.buffer_bytes / chain_record_bytes, 1, longest);
  std::vector<std::uint32_t> records;
  std::vector<std::uint64_t> drawn(plan.chains, 0);

  limits.round_size = 1;
  while (limits.round_begin < longest && !stop && !result.budget_spent) {
    records.resize(plan.chains * limits.round_size * record_words(oracle));
    const Stopwatch round_watch;
    engine->advance(limits, records, stop);
    const bool stopped = stop;
    if (stopped || options.max_queries) {
      drawn = engine->save().samples;
    } else {
      for (std::uint64_t chain = 0; chain < plan.chains; ++chain)
        drawn[chain] = kernels::sample_goal(limits, chain);
    }
    reader.read(limits, records, drawn);
    result.budget_spent = options.max_queries && !stopped && all_spent(limits, drawn);
    limits.round_begin += limits.round_size;
    limits.round_size = next_round_size(limits.round_size, round_watch.seconds(), most);
    result.drawn = 0;
    for (const std::uint64_t draws : drawn) result.drawn += draws;
    if (progress) progress(result.drawn, options.samples);
  }

  result.state = engine->save();
  result.totals = reconcile(result.state, options.algorithm, instance.facts().alphabet,
                            engine->oracle_queries(), instance.facts().horizon);
  result.partial = result.drawn < options.samples;
  result.budget_spent = result.budget_spent && result.partial;
  result.diagnostics = monitor.finish(drawn, result.totals.queries);
  const double acceptance =
      static_cast<double>(result.totals.accepted) /
      static_cast<double>(std::max<std::uint64_t>(1, result.totals.proposals));
  if (result.budget_spent)
    result.guarantee.why =
        "the queries of --max-queries are used up: how many draws each chain has made depends on "
        "the draws";
  else if (result.partial)
    result.guarantee.why =
        "stopped early: how many draws each chain has made depends on how fast it was, and so on "
        "the draws";
  else
    result.guarantee = make_guarantee(instance.facts(), options, plan, acceptance);
  result.run_seconds = run_watch.seconds();
  return result;
}

}  // namespace wend
