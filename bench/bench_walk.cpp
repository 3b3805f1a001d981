// Steps and queries a second per instance, algorithm, backend and threads. Beside them, in the same
// run, what bounds a walk from above: the generator alone, and a random gather over the same table.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "bench/instances.hpp"
#include "bench/references.hpp"
#include "host/base/simd.hpp"
#include "host/engines/engine.hpp"
#include "host/oracles/walk_of.hpp"
#include "kernels/random/philox.hpp"

namespace wend::bench {
namespace {

using benchmark::Counter;

constexpr std::uint64_t kSeed = 1;
/// Chains and steps of one round on one CPU thread, about; enough that the end of a round, where
/// lanes run empty, does not matter.
constexpr std::uint64_t kChains = 16384;
constexpr double kRoundSteps = 1e8;

/// The oracle of the last benchmark, which the next one often needs again.
const Oracle& cached_oracle(const Instance& instance, Algorithm algorithm) {
  static std::string key;
  static std::unique_ptr<Oracle> oracle;
  const std::string wanted = instance.name + std::string(to_string(algorithm));
  if (key != wanted) {
    oracle.reset();
    oracle = std::make_unique<Oracle>(instance.make(algorithm));
    key = wanted;
  }
  return *oracle;
}

struct Machine {
  std::string name;
  bool cuda = false;
  Simd simd = Simd::kAuto;
  unsigned threads = 1;
  bool limited = false;  ///< with a limit of queries that does not bind
};

std::uint64_t sum(const std::vector<std::uint64_t>& values) {
  std::uint64_t total = 0;
  for (const std::uint64_t value : values) total += value;
  return total;
}

void walk(benchmark::State& state, const Instance& instance, Algorithm algorithm,
          const Machine& machine) {
  const Oracle& oracle = cached_oracle(instance, algorithm);
  const bool slow = std::holds_alternative<KnapsackOracle>(oracle) || machine.simd == Simd::kScalar;
  const std::uint64_t chains = machine.cuda ? 16 * kChains : kChains * machine.threads;
  const double round_steps =
      kRoundSteps * (machine.cuda ? 300 : machine.threads * (slow ? 0.1 : 1.0));
  // A visit takes about 2 H steps, a proposal H.
  const double visits = round_steps / (static_cast<double>(chains) * 2 * horizon(oracle));
  const bool sequential = algorithm == Algorithm::kSequential;
  const auto most = static_cast<std::uint64_t>(std::max(1.0, visits));
  const std::uint64_t round_size = sequential ? std::min<std::uint64_t>(most, 256) : 1;
  const auto thin = static_cast<std::uint32_t>(sequential ? 1 : most);

  ChainState start = chains_at_root(oracle, chains, thin);
  const kernels::Walk kind = walk_of(algorithm);
  const auto engine =
      machine.cuda ? make_cuda_engine(oracle, kind, std::move(start))
                   : make_cpu_engine(oracle, kind, std::move(start), machine.threads, machine.simd);
  std::vector<std::uint32_t> records(chains * round_size * record_words(oracle));
  const std::atomic<bool> stop{false};
  std::uint64_t round = 0;
  for (auto _ : state) {
    const kernels::RunLimits limits{kSeed,
                                    0,
                                    kernels::kPurposeWalk,
                                    thin,
                                    ~0ULL >> 1U,
                                    0,
                                    round * round_size,
                                    round_size,
                                    1U << 20U,
                                    machine.limited ? ~0ULL >> 2U : ~0ULL};
    engine->advance(limits, records, stop);
    ++round;
  }
  const ChainState end = engine->save();
  state.counters["steps/s"] = Counter(static_cast<double>(sum(end.steps)), Counter::kIsRate);
  state.counters["queries/s"] =
      Counter(static_cast<double>(engine->oracle_queries()), Counter::kIsRate);
  state.counters["samples/s"] = Counter(static_cast<double>(sum(end.samples)), Counter::kIsRate);
  state.counters["table_bytes"] = static_cast<double>(table_bytes(oracle));
  state.SetLabel(engine->device().name);
}

void philox(benchmark::State& state, const References& on) {
  constexpr std::uint32_t kStreams = 256;
  constexpr std::uint32_t kGroups = 20000;
  for (auto _ : state) benchmark::DoNotOptimize(on.philox(kSeed, kStreams, kGroups));
  state.counters["draws/s"] =
      Counter(static_cast<double>(state.iterations()) * kStreams * kGroups * 4, Counter::kIsRate);
}

void gather(benchmark::State& state, const Instance& instance, const References& on,
            bool prefetch) {
  const auto& tree = std::get<TreeOracle>(cached_oracle(instance, Algorithm::kJerrumSinclair));
  const auto pairs = static_cast<std::uint32_t>(tree.rows.bytes() / 8);
  constexpr std::uint64_t kVectors = 1000000;
  for (auto _ : state)
    benchmark::DoNotOptimize(on.gather(tree.rows.words(), pairs, kVectors, prefetch));
  state.counters["pairs/s"] =
      Counter(static_cast<double>(state.iterations()) * kVectors * on.width, Counter::kIsRate);
  state.counters["table_bytes"] = static_cast<double>(tree.rows.bytes());
}

std::vector<Machine> machines(const Instance& instance) {
  std::vector<Machine> all{{"cpu", false, Simd::kAuto, 1}};
  if (const unsigned cores = std::thread::hardware_concurrency(); cores > 1)
    all.push_back({"cpu", false, Simd::kAuto, cores});
  if (instance.name == "tree_A2_H16" || instance.name == "states_A27_H12_W30") {
    all.push_back({"cpu-scalar", false, Simd::kScalar, 1});
    if (cpu_has(Simd::kAvx2)) all.push_back({"cpu-avx2", false, Simd::kAvx2, 1});
    all.push_back({"cpu-limited", false, Simd::kAuto, 1, true});
  }
  if (cuda_available()) all.push_back({"cuda", true, Simd::kAuto, 1});
  return all;
}

bool register_all() {
  const std::optional<References> on = references();
  if (on)
    benchmark::RegisterBenchmark(("reference/philox/" + std::string(to_string(on->lanes))).c_str(),
                                 philox, *on);
  for (const Instance& instance : instances()) {
    if (on && instance.name.starts_with("tree"))
      for (const bool prefetch : {false, true})
        benchmark::RegisterBenchmark(
            ("reference/gather/" + instance.name + (prefetch ? "/prefetched" : "/plain")).c_str(),
            gather, instance, *on, prefetch);
    for (const Algorithm algorithm :
         {Algorithm::kJerrumSinclair, Algorithm::kLifted, Algorithm::kSequential})
      for (const Machine& machine : machines(instance)) {
        const std::string name = "walk/" + instance.name + "/" + std::string(to_string(algorithm)) +
                                 "/" + machine.name + "/threads:" + std::to_string(machine.threads);
        auto* bench =
            benchmark::RegisterBenchmark(name.c_str(), walk, instance, algorithm, machine);
        bench->Unit(benchmark::kMillisecond);
        // One CPU thread is measured by its own clock, which does not see other programs.
        if (machine.cuda || machine.threads > 1) bench->UseRealTime();
      }
  }
  return true;
}

const bool kRegistered = register_all();

}  // namespace
}  // namespace wend::bench
