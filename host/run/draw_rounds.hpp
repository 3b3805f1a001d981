#pragma once

#include <atomic>
#include <cstdint>
#include <span>
#include <vector>

#include "host/engines/engine.hpp"
#include "host/oracles/oracle.hpp"
#include "kernels/walk/advance.hpp"
#include "wend/sample.hpp"

namespace wend {

class DrawHandler;

/// Takes the chains of a walk's run, in any engine, through rounds of some draws each, and hands
/// these on.
class DrawRounds {
 public:
  /// `thin`: leaf visits from a chain's draw to its next. The others must outlive the rounds.
  DrawRounds(const Oracle& oracle, const SampleOptions& options, std::uint64_t chains,
             std::uint32_t thin)
      : oracle_(oracle), options_(options), chains_(chains), thin_(thin) {}

  /// Whether options.max_queries let every chain ask for its root's children. If not, nothing can
  /// be drawn: a chain stops before four steps that it might not be able to pay for.
  [[nodiscard]] bool roots_fit() const;

  /// To the end, until `stop`, until the queries that are allowed are used up or the oracle fails;
  /// what was drawn by then is handed on. Fills in the device, the final state, the counters,
  /// reconciled, budget_spent and failure. Throws Error(kRuntime) where a counter law failed.
  void run(Engine& engine, DrawHandler& draws, SampleResult& result,
           const std::atomic<bool>& stop) const;

 private:
  bool draw(Engine& engine, DrawHandler& draws, const std::atomic<bool>& stop) const;
  void hand_on(const kernels::RunLimits& limits, std::span<const std::uint32_t> records,
               const std::vector<std::uint64_t>& drawn, DrawHandler& draws) const;

  const Oracle& oracle_;
  const SampleOptions& options_;
  std::uint64_t chains_;
  std::uint32_t thin_;
};

}  // namespace wend
