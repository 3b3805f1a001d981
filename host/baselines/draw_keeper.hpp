#pragma once

#include <atomic>
#include <cstdint>
#include <utility>

#include "host/baselines/chain.hpp"
#include "host/baselines/target.hpp"
#include "host/run/draw_monitor.hpp"
#include "wend/baseline.hpp"

namespace wend {

/// Hands the draws of a run on, to its sink and to the diagnostics.
class DrawKeeper {
 public:
  /// `sink` may be null. All of these must outlive it.
  DrawKeeper(const BaselineTarget& target, const BaselineOptions& options, std::uint64_t chains,
             SampleSink* sink, const Progress& progress);

  /// Draw number `draw` of a chain. Every draw of a chain in its order; thread-safe for different
  /// chains.
  void keep(std::uint64_t chain, std::uint64_t draw, const BaselinePath& path);

  void report() const;

  [[nodiscard]] std::uint64_t drawn() const { return drawn_; }
  [[nodiscard]] Diagnostics diagnostics(const BaselineResult& result) const;
  /// Mean and variance of ln g over the draws, in the order of the chains. drawn() > 0.
  [[nodiscard]] std::pair<double, double> log_mass_moments() const;

 private:
  /// Of one chain, about its first value.
  struct Sums {
    double first = 0;
    double sum = 0;
    double squares = 0;
    std::uint64_t count = 0;
  };

  const BaselineTarget& target_;
  const BaselineOptions& options_;
  const std::uint64_t chains_;
  SampleSink* const sink_;
  const Progress& progress_;
  DrawMonitor monitor_;
  std::vector<Sums> sums_;
  std::atomic<std::uint64_t> drawn_{0};
};

}  // namespace wend
