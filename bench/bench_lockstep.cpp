// Rounds of the lockstep engine over an oracle that costs next to nothing: what the engine itself
// takes for an expansion and for an evaluation.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "host/engines/lockstep/engine.hpp"
#include "host/oracles/oracle.hpp"
#include "host/oracles/walk_of.hpp"
#include "kernels/random/philox.hpp"
#include "wend/oracle.hpp"

namespace wend::bench {
namespace {

/// Fewer where a row is half a megabyte.
constexpr std::uint64_t chains_of(std::uint32_t alphabet) { return alphabet > 256 ? 32 : 4096; }

/// One row for every node.
class OneRow final : public BatchOracle {
 public:
  OneRow(std::uint32_t alphabet, std::uint32_t horizon, RowKind kind) {
    traits_.name = "one row";
    traits_.alphabet = alphabet;
    traits_.horizon = horizon;
    traits_.rows = kind;
    double sum = 0;
    for (std::uint32_t c = 0; c < alphabet; ++c) sum += 1.0 / (c + 1);
    for (std::uint32_t c = 0; c < alphabet; ++c) {
      masses_.push_back(1.0 / (c + 1) / sum);
      logs_.push_back(static_cast<float>(std::log(masses_.back())));
    }
  }
  [[nodiscard]] const OracleTraits& traits() const override { return traits_; }
  void expand(std::uint32_t /*context*/, const OracleBatch& batch,
              const OracleRows& rows) override {
    for (std::uint32_t i = 0; i < batch.size; ++i) {
      const std::size_t at = std::size_t{i} * traits_.alphabet;
      if (rows.log_ratio != nullptr) {
        std::ranges::copy(logs_, rows.log_ratio + at);
      } else {
        std::ranges::copy(masses_, rows.mass + at);
        rows.own[i] = 1.0;
      }
    }
  }

 private:
  OracleTraits traits_;
  std::vector<double> masses_;
  std::vector<float> logs_;
};

void rounds(benchmark::State& state, Algorithm algorithm, std::uint32_t alphabet, RowKind kind,
            std::uint64_t memo) {
  constexpr std::uint32_t kHorizon = 16;
  const kernels::Walk walk = walk_of(algorithm);
  const Oracle oracle = make_model_oracle(std::make_shared<OneRow>(alphabet, kHorizon, kind), walk,
                                          Correction::kNone, kind == RowKind::kMass);
  const std::uint64_t chains = chains_of(alphabet);
  LockstepOptions options;
  options.threads = 1;
  options.memo_bytes = memo;
  const auto visits = static_cast<std::uint32_t>(std::max(1U, 64 / alphabet));
  LockstepEngine engine(std::get<ModelOracle>(oracle), walk, chains_at_root(oracle, chains, visits),
                        options);
  std::vector<std::uint32_t> records(chains * record_words(oracle));
  const std::atomic<bool> stop{false};
  kernels::RunLimits limits{};
  limits.seed = 1;
  limits.purpose = kernels::kPurposeWalk;
  limits.thin = visits;
  limits.quota = ~0ULL >> 1U;
  limits.round_size = 1;
  limits.step_budget = ~std::uint64_t{0};
  for (auto _ : state) {
    engine.advance(limits, records, stop);
    ++limits.round_begin;
  }
  const OracleUse use = engine.use();
  const auto rate = [](std::uint64_t count) {
    return benchmark::Counter(static_cast<double>(count), benchmark::Counter::kIsRate);
  };
  state.counters["expansions/s"] = rate(engine.oracle_queries() / alphabet);
  state.counters["evaluations/s"] = rate(use.evaluations);
  state.counters["memo_hits/s"] = rate(use.memo_hits);
  state.SetLabel(engine.device().name);
}

const int kRegistered = [] {
  for (const Algorithm algorithm :
       {Algorithm::kJerrumSinclair, Algorithm::kLifted, Algorithm::kSequential})
    for (const std::uint32_t alphabet : {2U, 4U, 256U, 49152U})
      for (const RowKind kind : {RowKind::kMass, RowKind::kLogRatio})
        for (const std::uint64_t memo : {std::uint64_t{0}, std::uint64_t{1} << 28U}) {
          if (alphabet > 256 && (memo != 0 || algorithm != Algorithm::kLifted)) continue;
          benchmark::RegisterBenchmark(
              ("lockstep/A" + std::to_string(alphabet) + "/" + std::string(to_string(algorithm)) +
               (kind == RowKind::kMass ? "/masses" : "/logs") + (memo != 0 ? "/memo" : ""))
                  .c_str(),
              [=](benchmark::State& state) { rounds(state, algorithm, alphabet, kind, memo); })
              ->Unit(benchmark::kMillisecond);
        }
  return 0;
}();

}  // namespace
}  // namespace wend::bench
