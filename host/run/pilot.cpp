#include "host/run/pilot.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <span>
#include <vector>

#include "host/base/parallel.hpp"
#include "host/engines/engine.hpp"
#include "kernels/random/philox.hpp"
#include "wend/diagnostics.hpp"

namespace wend {
namespace {

constexpr std::uint64_t kChains = 64;
constexpr std::uint64_t kFirstVisits = 256;
constexpr std::uint64_t kMostVisits = std::uint64_t{1} << 16U;
constexpr double kLengthInTau = 16;  // 64 chains: over a thousand independent visits
constexpr double kSafety = 2;
constexpr double kAgreement = 1.05;
constexpr std::size_t kObservables = 3;

// Values of every observable at every visit so far, for each chain.
class Trace {
 public:
  Trace() {
    for (auto& chains : values_) chains.resize(kChains);
  }

  void add(std::uint64_t chain, const Instance& instance, std::span<const std::uint16_t> symbols) {
    values_[0][chain].push_back(instance.log_mass(symbols.data()));
    values_[1][chain].push_back(symbols[0]);
    // One fair bit of the first symbols, so that bottlenecks below the first are seen as well.
    std::uint64_t prefix = 0;
    for (std::size_t h = 0; h < std::min<std::size_t>(3, symbols.size()); ++h)
      prefix = prefix * 65537 + symbols[h] + 1;
    const kernels::DrawBlock bits = kernels::draw_block(0, kernels::kPurposeNoise, 0, prefix);
    values_[2][chain].push_back(bits.word[0] & 1U);
  }

  // The second halves of all chains, one after the other.
  [[nodiscard]] std::vector<double> settled(std::size_t observable) const {
    std::vector<double> tail;
    for (const std::vector<double>& chain : values_[observable])
      tail.insert(tail.end(), chain.begin() + static_cast<std::ptrdiff_t>(chain.size() / 2),
                  chain.end());
    return tail;
  }

 private:
  std::array<std::vector<std::vector<double>>, kObservables> values_;
};

// Visits of a chain between two readings of its records, a power of two that divides kFirstVisits.
std::uint64_t round_size(std::uint64_t record_words) {
  constexpr std::uint64_t kRecordBytes = std::uint64_t{64} << 20U;
  return std::bit_floor(std::clamp<std::uint64_t>(
      kRecordBytes / (kChains * record_words * sizeof(std::uint32_t)), 1, kFirstVisits));
}

}  // namespace

std::optional<PilotResult> run_pilot(const Instance& instance, const Oracle& oracle,
                                     kernels::Walk walk, std::uint64_t seed, unsigned threads,
                                     const std::atomic<bool>& stop) {
  const std::uint32_t words = record_words(oracle);
  const std::uint32_t length = horizon(oracle);
  const auto engine = make_cpu_engine(oracle, walk, chains_at_root(oracle, kChains, 1), threads);
  kernels::RunLimits limits{};
  limits.seed = seed;
  limits.purpose = kernels::kPurposePilot;
  limits.thin = 1;
  limits.quota = kMostVisits;
  limits.round_size = round_size(words);
  limits.step_budget = ~std::uint64_t{0};
  std::vector<std::uint32_t> records(kChains * limits.round_size * words);
  Trace trace;
  for (std::uint64_t visits = kFirstVisits;; visits *= 2) {
    for (; limits.round_begin < visits; limits.round_begin += limits.round_size) {
      engine->advance(limits, records, stop);
      if (stop) return std::nullopt;
      parallel_blocks(kChains, 1, threads, [&](std::uint64_t first, std::uint64_t last) {
        std::vector<std::uint16_t> symbols(length);
        for (std::uint64_t chain = first; chain < last; ++chain) {
          for (std::uint64_t d = 0; d < limits.round_size; ++d) {
            decode(oracle, &records[(chain * limits.round_size + d) * words], symbols);
            trace.add(chain, instance, symbols);
          }
        }
      });
    }

    double tau = 1;
    bool agree = true;
    for (std::size_t observable = 0; observable < kObservables; ++observable) {
      const std::vector<double> tail = trace.settled(observable);
      tau = std::max(tau, autocorrelation_time(tail, visits / 2));
      agree = agree && split_rhat(tail, visits / 2).value_or(1.0) < kAgreement;
    }
    const bool converged = agree && static_cast<double>(visits) / 2 >= kLengthInTau * tau;
    if (converged || visits >= kMostVisits)
      return PilotResult{kSafety * (tau + 1) / 2, converged, engine->oracle_queries()};
  }
}

}  // namespace wend
