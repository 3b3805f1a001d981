#pragma once

#include <cstdint>
#include <vector>

#include "wend/diagnostics.hpp"
#include "wend/sample.hpp"

namespace wend {

/// Keeps what the diagnostics need of a stream of draws, in bounded memory: log-mass and first
/// symbol of the first chains' draws, 2^22 of them at most, and every chain's sums of importance
/// weights. What it finds depends on each chain's draws alone, not on how calls of put() for
/// different chains interleave or how many draws each brings.
class DrawMonitor {
 public:
  /// For `samples` draws over `chains` chains of sequences of `horizon` symbols.
  DrawMonitor(std::uint64_t samples, std::uint64_t chains, std::uint32_t horizon, bool weighted);

  /// True if put() would keep anything of these draws.
  [[nodiscard]] bool wants(std::uint64_t chain, std::uint64_t draw) const {
    return chain < kept_chains_ && draw < kept_draws_;
  }
  /// Draws `first_draw`.. of rows.chain, in their order; with weights if the draws are weighted.
  /// Thread-safe for different chains.
  void put(const SampleRows& rows, std::uint64_t first_draw);

  /// `drawn[c]`: draws that chain c has made (fewer than planned after an interruption). Looks at
  /// as many draws of each kept chain as the one with the fewest has, leaving out chains without.
  [[nodiscard]] Diagnostics finish(const std::vector<std::uint64_t>& drawn,
                                   std::uint64_t queries) const;

 private:
  // Of importance weights, on the scale of the largest.
  struct WeightSums {
    double largest_log_weight;
    double sum = 0;
    double squares = 0;

    void add(const WeightSums& other);
  };

  [[nodiscard]] Diagnostics measure(const std::vector<std::uint64_t>& drawn) const;
  [[nodiscard]] WeightSums all_weights() const;

  std::uint64_t kept_chains_;
  std::uint64_t kept_draws_;  // a chain
  std::uint32_t horizon_;
  std::vector<double> log_mass_;
  std::vector<double> first_symbol_;
  std::vector<WeightSums> weights_;  // a chain; empty if draws are not weighted
};

}  // namespace wend
