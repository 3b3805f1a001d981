#include "host/run/draw_handler.hpp"

#include <array>

namespace wend {

DrawHandler::DrawHandler(const Run& run, const Instance& instance, const SampleOptions& options,
                         const RunSettings& settings, SampleSink* sink, const Progress& progress,
                         const Waiting& waiting)
    : run_(run),
      instance_(instance),
      samples_(options.samples),
      chains_(settings.chains),
      weighted_(settings.weighted),
      sink_(sink),
      progress_(progress),
      waiting_(waiting),
      monitor_(options.samples, settings.chains, instance.facts().horizon, settings.weighted),
      chain_drawn_(settings.chains, 0) {
  if (options.adapt != Adapt::kNone && instance.facts().asked) covered_.emplace();
}

std::uint64_t DrawHandler::take(std::uint64_t chain, std::uint64_t first_draw, std::uint64_t count,
                                const std::uint32_t* symbols) {
  if (wants(chain, first_draw)) {
    // On the stack, since a call may be for one draw.
    std::array<double, kMostDraws> log_mass;
    std::array<double, kMostDraws> log_weight;
    const std::uint32_t horizon = instance_.facts().horizon;
    for (std::uint64_t i = 0; i < count; ++i) {
      log_mass[i] = run_.log_mass(chain, symbols + i * horizon);
      if (weighted_) log_weight[i] = instance_.log_weight(symbols + i * horizon);
    }
    return take(chain, first_draw, count, symbols, log_mass.data(), log_weight.data());
  }
  chain_drawn_[chain] += count;
  return drawn_ += count;
}

std::uint64_t DrawHandler::take(std::uint64_t chain, std::uint64_t first_draw, std::uint64_t count,
                                const std::uint32_t* symbols, const double* log_mass,
                                const double* log_weight) {
  const SampleRows rows{first_row(samples_, chains_, chain) + first_draw,
                        chain,
                        count,
                        symbols,
                        log_mass,
                        weighted_ ? log_weight : nullptr};
  monitor_.put(rows, first_draw);
  if (covered_ && covered_->going())
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::uint32_t horizon = instance_.facts().horizon;
      covered_->add({symbols + i * horizon, horizon}, log_mass[i]);
    }
  if (sink_ != nullptr) sink_->put(rows);
  chain_drawn_[chain] += count;
  return drawn_ += count;
}

void DrawHandler::report() {
  if (!progress_) return;
  const std::scoped_lock lock(progress_mutex_);
  progress_(drawn_, samples_);
}

void DrawHandler::report(const OracleWait& wait) {
  const std::scoped_lock lock(progress_mutex_);
  waiting_(wait);
}

Diagnostics DrawHandler::diagnostics(std::uint64_t queries) const {
  return monitor_.finish(chain_drawn_, queries);
}

}  // namespace wend
