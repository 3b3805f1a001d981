#include "host/baselines/draw_keeper.hpp"

#include <type_traits>
#include <vector>

namespace wend {

DrawKeeper::DrawKeeper(const BaselineTarget& target, const BaselineOptions& options,
                       std::uint64_t chains, SampleSink* sink, const Progress& progress)
    : target_(target),
      options_(options),
      chains_(chains),
      sink_(sink),
      progress_(progress),
      monitor_(options.samples, chains, target.horizon, false),
      sums_(chains) {}

void DrawKeeper::keep(std::uint64_t chain, std::uint64_t draw, const BaselinePath& path) {
  using Symbol = std::remove_cvref_t<decltype(*SampleRows::symbols)>;
  std::vector<Symbol> symbols(target_.horizon);
  // An end symbol is repeated to the end.
  for (std::uint32_t h = 0; h < target_.horizon; ++h)
    symbols[h] = static_cast<Symbol>(path.symbols[h < path.length ? h : path.length - 1]);
  const double log_mass = target_.masses != nullptr
                              ? options_.power * target_.masses->log_mass(symbols.data())
                              : log_target(path, options_.power, 0);
  const SampleRows rows{first_row(options_.samples, chains_, chain) + draw,
                        chain,
                        1,
                        symbols.data(),
                        &log_mass,
                        nullptr};
  monitor_.put(rows, draw);
  if (sink_ != nullptr) sink_->put(rows);
  Sums& sums = sums_[chain];
  if (sums.count++ == 0) sums.first = log_mass;
  sums.sum += log_mass - sums.first;
  sums.squares += (log_mass - sums.first) * (log_mass - sums.first);
  ++drawn_;
}

void DrawKeeper::report() const {
  if (progress_) progress_(drawn_, options_.samples);
}

Diagnostics DrawKeeper::diagnostics(const BaselineResult& result) const {
  return monitor_.finish(result.per_chain.samples, result.queries);
}

std::pair<double, double> DrawKeeper::log_mass_moments() const {
  const auto count = static_cast<double>(drawn_);
  double mean = 0;
  for (const Sums& of : sums_) mean += (of.first * static_cast<double>(of.count) + of.sum) / count;
  double variance = 0;
  for (const Sums& of : sums_) {
    if (of.count == 0) continue;
    const auto n = static_cast<double>(of.count);
    const double inner = of.squares - of.sum * of.sum / n;
    const double off = of.first + of.sum / n - mean;
    variance += (inner + n * off * off) / count;
  }
  return {mean, variance};
}

}  // namespace wend
