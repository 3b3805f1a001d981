// Member updates a second of class-elimination: members x children x depth of the paths of a round.
// Beside them, in the same run, what bounds them from above: the products and sums a thread can do
// in registers, and the memory traffic of an update at the bandwidth of the same working set.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "bench/class_references.hpp"
#include "host/elimination/engine.hpp"
#include "host/instances/class/families.hpp"

namespace wend::bench {
namespace {

double seconds_of(auto&& work) {
  double best = 1e300;
  for (int i = 0; i < 5; ++i) {
    const auto start = std::chrono::steady_clock::now();
    work();
    best = std::min(
        best, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  return best;
}

/// Pairs of a product and a sum a second.
double arithmetic_rate() {
  constexpr std::uint64_t kRounds = 2000000;
  static const double rate =
      kRounds * 128 / seconds_of([] { benchmark::DoNotOptimize(multiply_add(kRounds)); });
  return rate;
}

/// Bytes a second where two arrays of `members` doubles are read and one is written.
double bandwidth(std::uint64_t members) {
  std::vector<double> x(members, 1.0);
  const std::vector<double> t(members, 1.0);
  const std::uint64_t rounds = std::max<std::uint64_t>(1, (std::uint64_t{1} << 26U) / members);
  const double seconds = seconds_of([&] {
    for (std::uint64_t i = 0; i < rounds; ++i) {
      scale_by(x.data(), t.data(), members);
      benchmark::DoNotOptimize(x.data());
      benchmark::ClobberMemory();
    }
  });
  return 24.0 * static_cast<double>(members * rounds) / seconds;
}

struct Case {
  std::string name;
  std::uint32_t members;
  std::uint32_t horizon;
  /// Bytes of memory traffic a level and member: the mass, read and written, and the tables.
  double bytes;
  ClassMembers (*make)(const FamilySize&);
};

/// `paths` of a whole class none of whose children stands out, so that every level is summed up.
/// threads = 0: on the GPU, which has bounds of its own.
void run_round(benchmark::State& state, const Case& shape, unsigned threads, std::uint64_t paths) {
  constexpr double kKappa = 1e4;
  ClassTarget target;
  target.members = shape.make({2, shape.horizon, shape.members, 1});
  target.kappa = kKappa;
  target.truth = 0;
  const auto engine = threads == 0 ? make_cuda_class_engine(target, own_oracle(target))
                                   : make_cpu_class_engine(target, own_oracle(target), threads);
  std::vector<std::uint64_t> alive(kernels::member_words(shape.members), ~std::uint64_t{0});
  const kernels::ClassRound round{1,     kKappa,       2 * kKappa * kKappa,
                                  false, alive.data(), alive.data()};
  std::vector<kernels::ClassPath> asked;
  for (std::uint64_t i = 0; i < paths; ++i) asked.push_back({i, 0, ~std::uint64_t{0}});
  std::vector<kernels::PathOutcome> outcomes(paths);
  std::vector<std::uint32_t> symbols(paths * shape.horizon);
  for (auto _ : state) {
    std::vector<std::uint64_t> survivors = alive;
    engine->run(round, asked, outcomes, symbols, survivors);
  }
  const double updates = static_cast<double>(paths) * shape.members * 2.0 * shape.horizon;
  state.counters["updates/s"] =
      benchmark::Counter(updates, benchmark::Counter::kIsIterationInvariantRate);
  if (threads == 0) {
    state.SetLabel(engine->device().name);
    return;
  }
  const double by_arithmetic = arithmetic_rate() * threads;
  const double by_memory = bandwidth(shape.members) * threads / (shape.bytes / 2);
  const double limit = std::min(by_arithmetic, by_memory);
  state.counters["arithmetic/s"] = by_arithmetic;
  state.counters["memory/s"] = by_memory;
  state.counters["of_limit"] =
      benchmark::Counter(updates / limit, benchmark::Counter::kIsIterationInvariantRate);
  state.SetLabel(by_memory < by_arithmetic ? "bound by memory" : "bound by arithmetic");
}

// Mass read and written, and: a word of signs; two probabilities of the level and one of the level
// before; the needles, twice. Below a needle (24 levels down) nothing changes from level to level,
// and no pass is made: the last case is on its way to the end.
const Case kCases[] = {
    {"product", 4096, 256, 24,
     [](const FamilySize& s) -> ClassMembers { return product_members(s, 0.1, "bench"); }},
    {"product", 65536, 256, 24,
     [](const FamilySize& s) -> ClassMembers { return product_members(s, 0.1, "bench"); }},
    {"markov", 4096, 256, 40,
     [](const FamilySize& s) -> ClassMembers { return markov_members(s, "bench"); }},
    {"markov", 65536, 256, 40,
     [](const FamilySize& s) -> ClassMembers { return markov_members(s, "bench"); }},
    {"needle", 65536, 256, 24,
     [](const FamilySize& s) -> ClassMembers {
       return needle_members(s, std::nullopt, 0.5, "bench");
     }},
    {"needle-way", 65536, 64, 24,
     [](const FamilySize& s) -> ClassMembers { return needle_members(s, 64, 0.5, "bench"); }}};

const int kRegistered = [] {
  for (const Case& shape : kCases) {
    for (const unsigned threads : {1U, 2U}) {
      const std::uint64_t paths = threads * std::max<std::uint64_t>(1, 65536 / shape.members);
      benchmark::RegisterBenchmark(
          (shape.name + "/" + std::to_string(shape.members) + "/threads:" + std::to_string(threads))
              .c_str(),
          [&shape, threads, paths](benchmark::State& state) {
            run_round(state, shape, threads, paths);
          })
          ->Unit(benchmark::kMillisecond)
          ->UseRealTime();
    }
    if (cuda_available()) {
      benchmark::RegisterBenchmark(
          (shape.name + "/" + std::to_string(shape.members) + "/cuda").c_str(),
          [&shape](benchmark::State& state) { run_round(state, shape, 0, 8192); })
          ->Unit(benchmark::kMillisecond)
          ->UseRealTime();
    }
  }
  // A round of the largest size, once.
  benchmark::RegisterBenchmark(
      "product/65536/paths:4096/threads:2",
      [](benchmark::State& state) { run_round(state, kCases[1], 2, 4096); })
      ->Unit(benchmark::kMillisecond)
      ->UseRealTime()
      ->Iterations(1);
  return 0;
}();

}  // namespace
}  // namespace wend::bench
