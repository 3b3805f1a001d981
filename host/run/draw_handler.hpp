#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <vector>

#include "host/instances/instance.hpp"
#include "host/run/draw_monitor.hpp"
#include "host/run/mass_covered.hpp"
#include "host/run/run.hpp"
#include "host/run/settings.hpp"
#include "wend/sample.hpp"

namespace wend {

/// Takes the draws of a run, gives them their masses and weights, and hands them on to the sink and
/// the diagnostics.
class DrawHandler {
 public:
  /// Draws of one call of take(), at most.
  static constexpr std::uint64_t kMostDraws = 1024;

  /// `sink` may be null. All of these must outlive it.
  DrawHandler(const Run& run, const Instance& instance, const SampleOptions& options,
              const RunSettings& settings, SampleSink* sink, const Progress& progress,
              const Waiting& waiting);

  /// False if nobody looks at the symbols of these draws: then they need not be decoded.
  [[nodiscard]] bool wants(std::uint64_t chain, std::uint64_t first_draw) const {
    return sink_ != nullptr || weighted_ || (covered_ && covered_->going()) ||
           monitor_.wants(chain, first_draw);
  }

  /// Draws `first_draw` .. of a chain: `symbols` has count x H, or is null if they are not wanted.
  /// Every draw of a chain in its order; thread-safe for different chains. Returns the draws of all
  /// chains so far.
  std::uint64_t take(std::uint64_t chain, std::uint64_t first_draw, std::uint64_t count,
                     const std::uint32_t* symbols);
  /// The same of draws whose masses and weights are known: count each.
  std::uint64_t take(std::uint64_t chain, std::uint64_t first_draw, std::uint64_t count,
                     const std::uint32_t* symbols, const double* log_mass,
                     const double* log_weight);

  /// Tells the progress so far. Thread-safe.
  void report();
  /// Tells of a call of the oracle that lasts; whether there is anyone to tell. Thread-safe.
  void report(const OracleWait& wait);
  [[nodiscard]] bool reports_waiting() const { return static_cast<bool>(waiting_); }

  [[nodiscard]] double log_root_scale() const { return instance_.log_root_scale(); }

  /// Draws of all chains so far.
  [[nodiscard]] std::uint64_t drawn() const { return drawn_; }
  /// Of what was taken; `queries`: those of the run.
  [[nodiscard]] Diagnostics diagnostics(std::uint64_t queries) const;
  /// Adaptation::log_mass_drawn.
  [[nodiscard]] std::optional<double> log_mass_covered() const {
    return covered_ ? covered_->log_mass() : std::nullopt;
  }

 private:
  const Run& run_;
  const Instance& instance_;
  const std::uint64_t samples_;
  const std::uint64_t chains_;
  const bool weighted_;
  SampleSink* const sink_;
  const Progress& progress_;
  const Waiting& waiting_;
  DrawMonitor monitor_;
  std::optional<MassCovered> covered_;  // of a trained run that asks an oracle
  std::vector<std::uint64_t> chain_drawn_;
  std::atomic<std::uint64_t> drawn_{0};
  std::mutex progress_mutex_;
};

}  // namespace wend
