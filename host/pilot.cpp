#include "host/pilot.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <vector>

#include "host/engine.hpp"
#include "host/parallel.hpp"
#include "kernels/philox.hpp"
#include "wend/diagnostics.hpp"

namespace wend {
namespace {

constexpr std::uint64_t kChains = 64;
constexpr std::uint64_t kRound = 256;  // visits of a chain between two readings of its records
constexpr std::uint64_t kFirstVisits = kRound;
constexpr std::uint64_t kMostVisits = std::uint64_t{1} << 16U;
constexpr double kLengthInTau = 16;  // 64 chains: over a thousand independent visits
constexpr double kAgreement = 1.05;
constexpr std::size_t kObservables = 3;

// Values of every observable at every visit, chain after chain.
class Trace {
 public:
  explicit Trace(std::uint64_t visits) : visits_(visits) {
    for (auto& values : values_) values.resize(kChains * visits);
  }

  void put(std::uint64_t chain, std::uint64_t visit, const Instance& instance,
           std::span<const std::uint16_t> symbols) {
    const std::uint64_t at = chain * visits_ + visit;
    values_[0][at] = instance.log_mass(symbols.data());
    values_[1][at] = symbols[0];
    // One fair bit of the first symbols, so that bottlenecks below the first are seen as well.
    std::uint64_t prefix = 0;
    for (std::size_t h = 0; h < std::min<std::size_t>(4, symbols.size()); ++h)
      prefix = prefix * 65537 + symbols[h] + 1;
    values_[2][at] = kernels::draw_block(0, kernels::kPurposeNoise, 0, prefix).word[0] & 1U;
  }

  // Second halves of all chains.
  [[nodiscard]] std::vector<double> settled(std::size_t observable) const {
    const std::uint64_t half = visits_ / 2;
    std::vector<double> tail;
    tail.reserve(kChains * half);
    for (std::uint64_t chain = 0; chain < kChains; ++chain) {
      const auto begin =
          values_[observable].begin() + static_cast<std::ptrdiff_t>(chain * visits_ + half);
      tail.insert(tail.end(), begin, begin + static_cast<std::ptrdiff_t>(half));
    }
    return tail;
  }

 private:
  std::uint64_t visits_;
  std::array<std::vector<double>, kObservables> values_;
};

}  // namespace

PilotResult run_pilot(const Instance& instance, const Oracle& oracle, kernels::Walk walk,
                      std::uint64_t seed, unsigned threads, const std::atomic<bool>& stop) {
  const std::uint32_t words = record_words(oracle);
  const std::uint32_t length = horizon(oracle);
  PilotResult result;
  for (std::uint64_t visits = kFirstVisits;; visits *= 2) {
    const auto engine =
        make_cpu_engine(oracle, walk, chains_at_root(oracle, kChains, 1), threads);
    std::vector<std::uint32_t> records(kChains * kRound * words);
    kernels::RunLimits limits{};
    limits.seed = seed;
    limits.purpose = kernels::kPurposePilot;
    limits.thin = 1;
    limits.quota = visits;
    limits.round_size = kRound;
    limits.step_budget = ~std::uint64_t{0};
    Trace trace(visits);
    for (limits.round_begin = 0; limits.round_begin < visits; limits.round_begin += kRound) {
      engine->advance(limits, records, stop);
      if (stop) return result;
      parallel_blocks(kChains, 1, threads, [&](std::uint64_t first, std::uint64_t last) {
        std::vector<std::uint16_t> symbols(length);
        for (std::uint64_t chain = first; chain < last; ++chain) {
          for (std::uint64_t d = 0; d < kRound; ++d) {
            decode(oracle, &records[(chain * kRound + d) * words], symbols);
            trace.put(chain, limits.round_begin + d, instance, symbols);
          }
        }
      });
    }
    result.queries += engine->oracle_queries();

    double tau = 1;
    bool agree = true;
    for (std::size_t observable = 0; observable < kObservables; ++observable) {
      const std::vector<double> tail = trace.settled(observable);
      tau = std::max(tau, autocorrelation_time(tail, visits / 2));
      agree = agree && split_rhat(tail, visits / 2).value_or(1.0) < kAgreement;
    }
    result.relaxation = 2 * (tau + 1) / 2;
    result.converged = agree && static_cast<double>(visits) / 2 >= kLengthInTau * tau;
    if (result.converged || visits >= kMostVisits) return result;
  }
}

}  // namespace wend
