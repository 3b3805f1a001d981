#pragma once

#include <cstdint>
#include <mutex>
#include <vector>

#include "wend/diagnostics.hpp"
#include "wend/sample.hpp"

namespace wend {

/// Keeps what the diagnostics need of a stream of draws, in bounded memory: log-mass and first
/// symbol of the first chains' draws, 2^22 of them at most, and the sums of importance weights.
class DrawMonitor {
 public:
  /// For `samples` draws over `chains` chains of sequences of `horizon` symbols.
  DrawMonitor(std::uint64_t samples, std::uint64_t chains, std::uint32_t horizon);

  /// True if put() would keep anything of these draws.
  [[nodiscard]] bool wants(std::uint64_t chain, std::uint64_t draw) const {
    return chain < kept_chains_ && draw < kept_draws_;
  }
  /// Draws `first_draw`.. of rows.chain. Thread-safe for different chains.
  void put(const SampleRows& rows, std::uint64_t first_draw);

  /// `drawn[c]`: draws that chain c has made (fewer than planned after an interruption). Looks at
  /// as many draws of each kept chain as the one with the fewest has, leaving out chains without.
  [[nodiscard]] Diagnostics finish(const std::vector<std::uint64_t>& drawn,
                                   std::uint64_t queries) const;

 private:
  [[nodiscard]] Diagnostics measure(const std::vector<std::uint64_t>& drawn) const;

  std::uint64_t kept_chains_;
  std::uint64_t kept_draws_;  // a chain
  std::uint32_t horizon_;
  std::vector<double> log_mass_;
  std::vector<double> first_symbol_;
  std::mutex weights_mutex_;
  bool weighted_ = false;
  double largest_log_weight_;
  double weight_sum_ = 0;          // of exp(log_weight - largest)
  double squared_weight_sum_ = 0;  // of its square
};

}  // namespace wend
