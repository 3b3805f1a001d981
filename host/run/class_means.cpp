#include "host/run/class_means.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "host/base/memory_limit.hpp"
#include "host/run/mean_sums.hpp"
#include "wend/error.hpp"
#include "wend/sample.hpp"

namespace wend {
namespace {

constexpr std::uint64_t kFirstSamples = 4096;
constexpr double kMostSamples = 0x1p48;
constexpr double kSpare = 1.1;  // samples beyond what the errors so far call for

/// Keeps all draws, by row.
class KeptDraws final : public SampleSink {
 public:
  KeptDraws(std::uint64_t samples, std::uint32_t horizon)
      : horizon_(horizon), rows_(samples), symbols_(samples * horizon), log_mass_(samples) {}

  static std::uint64_t bytes(std::uint64_t samples, std::uint32_t horizon) {
    return samples * (2 * sizeof(std::uint32_t) * horizon + 2 * sizeof(double) + sizeof(char) +
                      sizeof(std::uint32_t));
  }

  void put(const SampleRows& rows) override {
    std::copy_n(rows.symbols, rows.count * horizon_, symbols_.data() + rows.row * horizon_);
    std::copy_n(rows.log_mass, rows.count, log_mass_.data() + rows.row);
    std::fill_n(rows_.begin() + static_cast<std::ptrdiff_t>(rows.row), rows.count, char{1});
  }

  /// Those that were drawn, each a tour of one visit.
  [[nodiscard]] TourBatch batch() const {
    TourBatch batch;
    const auto drawn = static_cast<std::uint64_t>(std::ranges::count(rows_, char{1}));
    batch.visits.assign(drawn, 1);
    batch.resize(drawn, horizon_, true, false);
    std::uint64_t leaf = 0;
    for (std::uint64_t row = 0; row < rows_.size(); ++row) {
      if (rows_[row] == 0) continue;
      for (std::uint32_t h = 0; h < horizon_; ++h)
        batch.symbols[h * drawn + leaf] = symbols_[row * horizon_ + h];
      batch.log_mass[leaf++] = log_mass_[row];
    }
    return batch;
  }

 private:
  std::uint32_t horizon_;
  std::vector<char> rows_;  // 1: drawn
  std::vector<std::uint32_t> symbols_;
  std::vector<double> log_mass_;
};

SampleOptions sample_options(const MeansOptions& options, std::uint64_t samples) {
  SampleOptions sampling;
  sampling.algorithm = Algorithm::kClassElimination;
  sampling.samples = samples;
  sampling.chains = std::min(options.chains, samples);
  sampling.kappa = options.kappa;
  sampling.delta = *options.delta;
  sampling.seed = options.seed;
  sampling.threads = options.threads;
  sampling.backend = Backend::kCpu;
  return sampling;
}

}  // namespace

void estimate_by_elimination(const Instance& instance, const MeansOptions& options,
                             const std::atomic<bool>& stop, MeansResult& result) {
  const InstanceFacts& facts = instance.facts();
  for (std::uint64_t samples = std::max(kFirstSamples, options.chains);;) {
    check_memory(KeptDraws::bytes(samples, facts.horizon),
                 fmt::format("{}: {} samples of {} symbols", facts.path, samples, facts.horizon));
    KeptDraws draws(samples, facts.horizon);
    const SampleResult sampled = sample(instance, sample_options(options, samples), &draws, stop);
    MeanSums sums(facts, options, 0.0);  // every sample weighs 1, which is Z
    sums.add(draws.batch());
    result.queries += sampled.totals.queries;
    const double excess = sums.says_something() ? sums.excess(*options.relative_error) : 0;
    if (excess <= 1 || stop) {
      if (!sums.says_something())
        throw Error(ErrorKind::kInterrupted, "interrupted before a sample was drawn");
      result.partial = sampled.partial || excess > 1;
      result.draws = sampled.drawn;
      result.device = sampled.device;
      sums.finish(result);
      return;
    }
    const double needed = static_cast<double>(samples) * kSpare * excess * excess;
    samples = std::max(2 * samples, static_cast<std::uint64_t>(std::min(needed, kMostSamples)));
  }
}

}  // namespace wend
