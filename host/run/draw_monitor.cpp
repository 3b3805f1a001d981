#include "host/run/draw_monitor.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include "host/base/no_mass.hpp"

namespace wend {
namespace {

constexpr std::uint64_t kKeptDraws = std::uint64_t{1} << 22U;

// The first `draws` of the `stride` values of each of these chains.
std::vector<double> head(const std::vector<double>& values,
                         const std::vector<std::uint64_t>& chains, std::uint64_t stride,
                         std::uint64_t draws) {
  std::vector<double> packed;
  packed.reserve(chains.size() * draws);
  for (const std::uint64_t chain : chains) {
    const auto begin = values.begin() + static_cast<std::ptrdiff_t>(chain * stride);
    packed.insert(packed.end(), begin, begin + static_cast<std::ptrdiff_t>(draws));
  }
  return packed;
}

}  // namespace

DrawMonitor::DrawMonitor(std::uint64_t samples, std::uint64_t chains, std::uint32_t horizon,
                         bool weighted)
    : horizon_(horizon), weights_(weighted ? chains : 0, WeightSums{kNoMass}) {
  // All chains the same number of draws, as the formulas ask for.
  kept_draws_ = std::min(samples / chains, kKeptDraws);
  kept_chains_ = std::clamp<std::uint64_t>(kKeptDraws / kept_draws_, 1, chains);
  log_mass_.resize(kept_chains_ * kept_draws_);
  first_symbol_.resize(kept_chains_ * kept_draws_);
}

void DrawMonitor::put(const SampleRows& rows, std::uint64_t first_draw) {
  if (rows.chain < kept_chains_) {
    for (std::uint64_t i = 0; i < rows.count && first_draw + i < kept_draws_; ++i) {
      const std::uint64_t at = rows.chain * kept_draws_ + first_draw + i;
      log_mass_[at] = rows.log_mass[i];
      first_symbol_[at] = rows.symbols[i * horizon_];
    }
  }
  if (rows.log_weight == nullptr) return;
  // One by one: the sum must not depend on how many come in a call.
  for (std::uint64_t i = 0; i < rows.count; ++i)
    weights_[rows.chain].add({rows.log_weight[i], 1, 1});
}

void DrawMonitor::WeightSums::add(const WeightSums& other) {
  if (other.largest_log_weight == kNoMass) return;
  const double scale = std::exp(-std::abs(other.largest_log_weight - largest_log_weight));
  if (other.largest_log_weight > largest_log_weight) {
    sum = sum * scale + other.sum;
    squares = squares * scale * scale + other.squares;
    largest_log_weight = other.largest_log_weight;
  } else {
    sum += other.sum * scale;
    squares += other.squares * scale * scale;
  }
}

DrawMonitor::WeightSums DrawMonitor::all_weights() const {
  WeightSums all{kNoMass};
  for (const WeightSums& chain : weights_) all.add(chain);
  return all;
}

Diagnostics DrawMonitor::finish(const std::vector<std::uint64_t>& drawn,
                                std::uint64_t queries) const {
  Diagnostics diagnostics = measure(drawn);
  const auto cost = [&](const std::optional<double>& effective_samples) {
    if (!effective_samples) return;
    const double each = static_cast<double>(queries) / *effective_samples;
    diagnostics.queries_per_effective_sample =
        std::max(each, diagnostics.queries_per_effective_sample.value_or(0.0));
  };
  if (diagnostics.weighted_effective_samples) {
    cost(diagnostics.weighted_effective_samples);
  } else {
    cost(diagnostics.log_mass.effective_samples);
    cost(diagnostics.first_symbol.effective_samples);
  }
  return diagnostics;
}

Diagnostics DrawMonitor::measure(const std::vector<std::uint64_t>& drawn) const {
  Diagnostics diagnostics;
  if (const WeightSums all = all_weights(); all.sum > 0)
    diagnostics.weighted_effective_samples = all.sum * all.sum / all.squares;
  std::uint64_t total = 0;
  for (const std::uint64_t draws : drawn) total += draws;
  // An interruption may come before a chain's first draw.
  std::vector<std::uint64_t> chains;
  std::uint64_t draws = kept_draws_;
  for (std::uint64_t chain = 0; chain < kept_chains_; ++chain) {
    if (drawn[chain] == 0) continue;
    chains.push_back(chain);
    draws = std::min(draws, drawn[chain]);
  }
  diagnostics.draws_used = draws * chains.size();
  if (diagnostics.draws_used == 0) return diagnostics;

  const double scale = static_cast<double>(total) / static_cast<double>(diagnostics.draws_used);
  const auto observe = [&](const std::vector<double>& values) {
    const std::vector<double> packed = head(values, chains, kept_draws_, draws);
    ObservableDiagnostics observable;
    observable.split_rhat = split_rhat(packed, draws);
    observable.effective_samples = effective_sample_size(packed, draws);
    if (observable.effective_samples) *observable.effective_samples *= scale;
    return observable;
  };
  diagnostics.log_mass = observe(log_mass_);
  diagnostics.first_symbol = observe(first_symbol_);
  return diagnostics;
}

}  // namespace wend
